"""A tiny study, the worker that runs it, and patience."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core.config import Settings
from core.jobs import asking
from core.jobs.job import Job
from core.store.jobs import JobStore
from core.study import Study
from tests.core.tiny import make_study, use_tiny_stages

ROOT = Path(__file__).parents[3]


class Workers:
    """Starts workers as the app does, and knows them, so that none outlives its test."""

    def __init__(self) -> None:
        self.started: list[subprocess.Popen[bytes]] = []

    def start(self, *args: object, **options: object) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(*args, **options)  # type: ignore[call-overload]
        self.started.append(process)
        return process

    def kill(self) -> None:
        """Kill them as the system does when memory runs out."""
        for process in self.started:
            process.kill()
            process.wait(20)


@pytest.fixture
def workers(monkeypatch: pytest.MonkeyPatch) -> Iterator[Workers]:
    """Workers of tiny stages, which are slow enough to be looked at."""
    own = Workers()

    class Starting:
        Popen, DEVNULL = staticmethod(own.start), subprocess.DEVNULL

    monkeypatch.setattr(asking, "subprocess", Starting)
    monkeypatch.setattr(
        asking, "WORKER", (sys.executable, str(Path(__file__).parent / "tiny_worker.py"), "30")
    )
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    yield own
    own.kill()


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Study:
    """300 pictures that are mere names."""
    use_tiny_stages(monkeypatch)
    return make_study(tmp_path / "cache")


def state(job: str, settings: Settings) -> str:
    """How a job stands."""
    found = asking.find(job, settings)
    assert found is not None
    return found.state


def wait_for(condition: Callable[[], object], patience: float = 60.0) -> None:
    """Until something is so."""
    end = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.02)


def watched(job: Job, study: Study, done: int = 1) -> Job:
    """A job once its stage `typicality` has done a few pictures."""

    def is_there() -> bool:
        found = asking.find(job.id, study.settings)
        assert found is not None and found.state in ("waiting", "running"), found
        return found.progress.stage == "typicality" and found.progress.done >= done

    wait_for(is_there)
    found = asking.find(job.id, study.settings)
    assert found is not None
    return found


def store(study: Study) -> JobStore:
    """Where the jobs lie."""
    return JobStore(study.layout)
