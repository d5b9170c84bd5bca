"""Killed anywhere, cut into any number of workers: the bytes are those of an undisturbed run."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from core import stages
from core.errors import UserError
from core.running import compute
from core.study import Study
from tests.core.tiny import make_study, use_tiny_stages

ROOT = Path(__file__).parents[2]

RUN = """
import os, sys
import pandas as pd
import pytest
from core.config import Settings
from core.study import Study
from tests.core.tiny import use_tiny_stages

def main():
    use_tiny_stages(pytest.MonkeyPatch())
    left, fsync = int(sys.argv[2]), os.fsync
    def counted(handle):
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), 9)
        fsync(handle)
    os.fsync = counted
    study = Study.open("tiny", Settings(cache=sys.argv[1]))
    for stage in ("screen", "typicality"):
        for _ in study.run(stage):
            pass

if __name__ == "__main__":
    main()
"""


@pytest.fixture(autouse=True)
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    use_tiny_stages(monkeypatch)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> str:
    with pytest.MonkeyPatch.context() as patch:
        use_tiny_stages(patch)
        study = make_study(tmp_path_factory.mktemp("undisturbed"))
        run(study)
        return content(study)


def run(study: Study, workers: int = 1) -> None:
    list(study.run("screen"))
    list(study.run("typicality", workers))


def content(study: Study, stage: str = "typicality") -> str:
    artifact = study.artifact(stage)
    assert artifact is not None
    assert artifact.content_digest() == artifact.manifest["content"]
    assert not [path for path in artifact.folder.rglob("*") if path.name.endswith((".tmp", ".dropped"))]
    return artifact.content_digest()


def test_two_workers(tmp_path: Path, undisturbed: str) -> None:
    study = make_study(tmp_path)
    run(study, workers=2)
    assert content(study) == undisturbed


def test_any_order_of_shards(tmp_path: Path, undisturbed: str) -> None:
    study = make_study(tmp_path)
    list(study.run("screen"))
    row = stages.stage("typicality")
    list(compute(study, row, list(reversed(study.shards(row)))))
    assert len(study.run("typicality")) == 0
    list(study.run("typicality"))
    assert content(study) == undisturbed


@pytest.mark.parametrize("moment", [1, 15, 19, 35])
def test_killed_while_writing(tmp_path: Path, undisturbed: str, moment: int) -> None:
    """The n-th wait for the disk is the last thing that happens.

    1: the first file of `screen`; 15, 19: amid and right after a shard of `typicality` is renamed; 35: its
    manifest is written and its folder not yet renamed.
    """
    study = make_study(tmp_path)
    killed = subprocess.run(
        [sys.executable, "-c", RUN, str(tmp_path), str(moment)], cwd=ROOT, capture_output=True
    )
    assert killed.returncode == -9, killed.stderr.decode()
    run(study)
    assert content(study) == undisturbed


@pytest.mark.parametrize("key", [0, 200])
def test_killed_while_computing(
    tmp_path: Path, undisturbed: str, monkeypatch: pytest.MonkeyPatch, key: int
) -> None:
    study = make_study(tmp_path)
    monkeypatch.setenv("TINY_DIE", f"{key:016x}")
    killed = subprocess.run([sys.executable, "-c", RUN, str(tmp_path), "0"], cwd=ROOT, capture_output=True)
    assert killed.returncode == -9, killed.stderr.decode()
    monkeypatch.delenv("TINY_DIE")
    assert len(study.run("typicality")) == 300 - key // 32 * 32
    run(study)
    assert content(study) == undisturbed


def test_a_killed_worker_is_told_of_and_the_rest_is_kept(
    tmp_path: Path, undisturbed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = make_study(tmp_path)
    monkeypatch.setenv("TINY_DIE", f"{299:016x}")  # in shard 2, the first worker's second
    with pytest.raises(UserError, match=r"killed \(SIGKILL\).*memory.*kept"):
        run(study, workers=2)
    monkeypatch.delenv("TINY_DIE")
    assert study.state("typicality") == "partial"
    assert len(study.run("typicality")) < 300
    run(study, workers=2)
    assert content(study) == undisturbed


def test_a_worker_that_fails_says_its_last_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    study = make_study(tmp_path)
    monkeypatch.setenv("TINY_RAISE", f"{5:016x}")
    with pytest.raises(UserError, match="ValueError: no such thing as 0000000000000005"):
        run(study, workers=2)


def test_every_stage_runs_after_the_other(tmp_path: Path) -> None:
    study = make_study(tmp_path, pictures=40)
    for row in stages.STAGES[1:]:
        list(study.run(row.name))
    assert {row.state for row in study.status()} == {"done"}


def test_files_renamed_on_the_way_are_all_measured(tmp_path: Path) -> None:
    study = make_study(tmp_path)
    list(study.run("screen"))
    row = stages.stage("typicality")
    list(compute(study, row, study.shards(row)[:3]))
    renamed = Study.open("tiny", study.settings)
    renamed.__dict__["pictures"] = study.pictures[::-1]
    assert [shard.keys for shard in renamed.shards(row)] != [shard.keys for shard in study.shards(row)]
    list(renamed.run("typicality"))
    artifact = renamed.artifact("typicality")
    assert artifact is not None
    measured = pd.concat([artifact.table(name)["picture"] for name in ("maps", "failures")])
    assert sorted(measured) == sorted(study.pictures.index)
