"""Every command does what it says, and says what went wrong in one sentence."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from core.cli import app
from core.config import Settings
from core.study import Study
from core.training import spec_for
from tests.core.tiny import draw_picture, make_study, use_tiny_stages

ROOT = Path(__file__).parents[2]
ON_DEMAND = ["translate", "cotypicality", "appearance", "trends"]
EVERY = [*ON_DEMAND, "evidence"]

TINY_CLI = """
import pytest
from core.cli import app
from tests.core.tiny import use_tiny_stages

if __name__ == "__main__":
    use_tiny_stages(pytest.MonkeyPatch())
    app()
"""


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    use_tiny_stages(monkeypatch)
    monkeypatch.setenv("TYPISCOPE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def call(*words: str) -> Result:
    return CliRunner().invoke(app, list(words))


def refused(*words: str) -> str:
    """The one sentence a command that cannot be done says."""
    result = call(*words)
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    assert "Traceback" not in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
    return result.stderr


def test_from_pictures_to_a_study(tmp_path: Path) -> None:
    for number, label in enumerate(("Kyoto", "Paris")):
        (tmp_path / "streets" / label).mkdir(parents=True)
        draw_picture(tmp_path / "streets" / label / f"{number}.png", number, (64, 64))
    source = str(tmp_path / "streets")
    result = call("import", source, "--template", "A street in {label}.", "--size", "64", "--json")
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert told["study"] == "streets"
    assert told["stages"][0]["records"] == 2
    call("import", source, "--null", "A street.", "--t-min", "0.2", "--t-max", "0.4")
    call("import", source, "--t-max", "0.5")
    spec = Study.open("streets").spec
    assert (spec.typicality.noise.t_min, spec.typicality.noise.t_max) == (0.2, 0.5)
    assert spec_for(Study.open("streets"), "small").focus_t == (0.2, 0.5)
    assert (spec.prompt.template, spec.prompt.null, spec.frame.size) == (
        "A street in {label}.",
        "A street.",
        64,
    )


def test_run_does_all_that_is_missing_and_no_more(cache: Path) -> None:
    make_study(cache, pictures=40)
    first = call("run", "tiny", "--json")
    assert first.exit_code == 0, first.output
    rows = json.loads(first.stdout)["stages"]
    assert {row["state"] for row in rows} == {"done"}
    assert "typicality: 40 pictures x 128 UNet passes = 5,120 at most" in first.stderr
    again = call("run", "tiny", "--json")
    assert again.stdout == first.stdout
    assert again.stderr == ""


def test_results_that_are_damaged_are_named(cache: Path) -> None:
    study = make_study(cache, pictures=40)
    assert call("run", "tiny").exit_code == 0
    manifest = study.finished("typicality").folder / "manifest.json"
    for content in ("", "{}"):
        manifest.write_text(content)
        assert f"{manifest.parent} are damaged" in refused("status", "tiny")


def test_run_asks_differently(cache: Path) -> None:
    make_study(cache, pictures=40)
    assert call("run", "tiny").exit_code == 0
    result = call("run", "tiny", "--clusters", "4", "--json")
    assert "clusters: 3 to do" in result.stderr
    assert "typicality" not in result.stderr
    assert Study.open("tiny").spec.clusters.clusters == 4


def test_run_on_demand__what_it_needs_and_only_when_asked(cache: Path) -> None:
    study = make_study(cache, pictures=40)
    result = call("run", "tiny", "--stage", "trends", "--translated", "6", "--steps", "10", "--json")
    assert result.exit_code == 0, result.output
    states = {name: study.state(name) for name in ("typicality", "patches", "features", "clusters")}
    assert states == {
        "typicality": "done",
        "patches": "missing",
        "features": "missing",
        "clusters": "missing",
    }
    asked = Study.open("tiny")
    assert (asked.spec.translate.count, asked.spec.translate.steps) == (6, 10)
    assert all(asked.state(name) == "done" for name in ON_DEMAND)
    assert re.search(r"In all [\d,]+ UNet passes at most, [\d.,]+ [kMG]B on the disk", result.stderr)
    # 6 of each of three labels; the source there and back, and two translations with their null passes.
    assert "translate: 18 pictures x 59 UNet passes = 1,062 at most" in result.stderr
    assert call("run", "tiny", "--stage", "trends", "--json").stderr == ""


def test_run__a_study_without_what_is_on_demand_is_whole(cache: Path) -> None:
    study = make_study(cache, pictures=40)
    assert call("run", "tiny").exit_code == 0
    assert all(study.state(name) == "missing" for name in ON_DEMAND)
    assert len(study.status()) == 7 and len(study.status(everything=True)) == 12
    assert call("run", "tiny", "--stage", "translate").exit_code == 0
    assert [row.name for row in Study.open("tiny").status()][7:] == ["translate"]


def test_status_and_its_json_agree(cache: Path) -> None:
    make_study(cache, pictures=40)
    call("run", "tiny", "--stage", "screen")
    rows = json.loads(call("status", "tiny", "--json").stdout)["stages"]
    assert [row["state"] for row in rows] == ["done", "done", *["missing"] * 10]
    assert [row["name"] for row in rows if row["on_demand"]] == EVERY
    lines = call("status", "tiny").stdout.splitlines()
    assert [line.split()[1] for line in lines[1:]] == [row["state"] for row in rows]


def test_lists(cache: Path) -> None:
    assert json.loads(call("list", "--json").stdout) == {"studies": []}
    make_study(cache, pictures=3)
    assert call("list").stdout == "tiny\n"
    names = [row["name"] for row in json.loads(call("stages", "--json").stdout)["stages"]]
    assert names == ["dataset", "screen", "typicality", "patches", "features", "clusters", "atlas", *EVERY]
    assert all(name in call("stages").stdout for name in names)


def test_what_cannot_be_done_is_one_sentence(cache: Path, tmp_path: Path) -> None:
    make_study(cache, pictures=40)
    assert "(there is: tiny)" in refused("status", "nope", "--json")
    assert "(there is: tiny)" in refused("run", "nope")
    assert "screen" in refused("run", "tiny", "--stage", "typicality", "--json").splitlines()[-1]
    assert "even one" in refused("run", "tiny", "--samples", "3")
    assert "check its path" in refused("import", str(tmp_path / "gone"), "--json")
    assert "cannot name a study" in refused("import", str(tmp_path), "--name", "a/b")
    assert "no model" in refused("import", str(tmp_path), "--denoiser", "gone")
    assert "must lie within [0, 1]" in refused("import", str(tmp_path), "--t-min", "0.8")


def test_an_option_refused_is_not_kept(cache: Path) -> None:
    study = make_study(cache, pictures=40)
    refused("run", "tiny", "--samples", "3")
    assert Study.open("tiny").spec == study.spec


@pytest.mark.parametrize("workers", ["1", "2"])
def test_ctrl_c(cache: Path, workers: str) -> None:
    study = make_study(cache)
    list(study.run("screen"))
    process = _start(workers, sleep="0.005")
    _wait_for(lambda: study.writer("typicality").tally().shards > 0)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to every process
    stdout, stderr = process.communicate(timeout=60)
    assert process.returncode == 130, stderr
    assert stdout == ""
    assert "everything finished is kept; the same command goes on from there" in stderr
    assert "Traceback" not in stderr
    assert study.state("typicality") == "partial"
    if workers == "2":  # workers leave between two pictures; one alone is interrupted wherever it is
        assert not list(study.layout.stage("tiny", "typicality").rglob("*.tmp"))
    assert len(study.run("typicality")) < 300
    # The signal may fall into the making of a draft; whoever finishes the stage clears it away.
    list(study.run("typicality"))
    assert study.state("typicality") == "done"
    assert not list(study.layout.stage("tiny", "typicality").rglob("*.tmp"))


def test_ctrl_c_reaches_no_worker_that_is_only_starting() -> None:
    code = """
import multiprocessing, os, signal, time
from core.workers import _out_of_reach
signal.signal(signal.SIGINT, signal.default_int_handler)
process = multiprocessing.get_context("spawn").Process(target=time.sleep, args=(0.1,))
with _out_of_reach():
    process.start()
os.kill(process.pid, signal.SIGINT)
process.join()
assert process.exitcode == 0, process.exitcode
os.kill(os.getpid(), signal.SIGINT)
"""
    ended = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, stderr=subprocess.PIPE, text=True, check=False
    )
    assert ended.stderr.strip().endswith("KeyboardInterrupt")  # it reaches whoever started it
    assert ended.stderr.count("Traceback") == 1


def test_workers_do_not_outlive_their_parent(cache: Path) -> None:
    study = make_study(cache)
    list(study.run("screen"))
    process = _start("2", sleep="0.005")
    _wait_for(lambda: study.writer("typicality").tally().shards > 0)
    process.kill()
    process.communicate(timeout=60)  # its stderr ends when the last worker is gone
    list(study.run("typicality"))
    artifact = study.artifact("typicality")
    undisturbed = make_study(cache.parent / "other")
    list(undisturbed.run("screen"))
    list(undisturbed.run("typicality"))
    other = undisturbed.artifact("typicality")
    assert artifact is not None
    assert other is not None
    assert artifact.content_digest() == other.content_digest()


def test_browsing_never_loads_torch() -> None:
    code = "import sys, core.cli, core.study, core.store.tiles; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_the_settings_find_the_cache(cache: Path) -> None:
    assert Settings().cache == cache


def _start(workers: str, sleep: str) -> subprocess.Popen[str]:
    words = ["run", "tiny", "--stage", "typicality", "--workers", workers, "--json"]
    script = Path(os.environ["TYPISCOPE_CACHE"]) / "cli.py"
    script.write_text(TINY_CLI)
    return subprocess.Popen(
        [sys.executable, str(script), *words],
        cwd=ROOT,
        env={**os.environ, "TINY_SLEEP": sleep, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # Whoever runs the tests in the background may have it ignored, and children would inherit that.
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.default_int_handler),
    )


def _wait_for(condition: object) -> None:
    assert callable(condition)
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.02)
