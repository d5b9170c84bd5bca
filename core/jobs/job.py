"""What a job is: what was asked, how it stands, how far it is."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from pydantic import TypeAdapter, ValidationError

from core.errors import UserError
from core.running import now
from core.specs import digest
from core.store.jobs import JobStore

Kind = Literal["run", "train", "look", "translate", "try"]
State = Literal["waiting", "running", "done", "failed", "cancelled", "interrupted"]

OPEN: tuple[State, ...] = ("waiting", "running")
"""States in which a job needs nobody to do anything."""


@dataclass(frozen=True)
class Finished:
    """One stage of a job that is over."""

    stage: str
    count: int
    failed: int
    seconds: float


@dataclass(frozen=True)
class Progress:
    """How far a job is in its present stage."""

    stage: str = ""
    """What it is doing; empty while it prepares."""
    done: int = 0
    total: int = 0
    """Pictures, labels or training steps of this stage; 0: not known yet."""
    failed: int = 0
    rate: float | None = None
    """Of them a second, since the first was done."""
    left: float | None = None
    """Seconds to the end of this stage."""
    finished: tuple[Finished, ...] = ()
    problem: str = ""


@dataclass(frozen=True)
class Job:
    """A job as it stands; its id is the digest of what is asked, so the same asked twice is one job."""

    id: str
    kind: Kind
    study: str
    title: str
    ask: dict[str, Any]
    """What exactly: the specs, as plain values."""
    state: State = "waiting"
    submitted: str = ""
    started: str | None = None
    finished: str | None = None
    problem: str = ""
    """Why it failed, in one sentence."""
    progress: Progress = field(default_factory=Progress)

    @property
    def seconds(self) -> float | None:
        """How long it took, or takes so far; None where it has not begun."""
        if self.started is None:
            return None
        end = datetime.fromisoformat(self.finished or now())
        return (end - datetime.fromisoformat(self.started)).total_seconds()


_JOB, _PROGRESS = TypeAdapter(Job), TypeAdapter(Progress)


def asked(kind: Kind, study: str, dataset: str, title: str, ask: dict[str, Any]) -> Job:
    """A job nobody has submitted yet."""
    return Job(digest(kind, study, dataset, ask), kind, study, title, ask, submitted=now())


def read(store: JobStore, job: str) -> Job | None:
    """A job as it was written down, with its progress; None where there is none.

    Raises:
        UserError: what is known of it is damaged.
    """
    record = store.record(job)
    if record is None:
        return None
    try:
        progress = _PROGRESS.validate_python(store.progress(job))
        return dataclasses.replace(_JOB.validate_python(record), progress=progress)
    except ValidationError as problem:
        first = problem.errors()[0]
        where = ".".join(str(step) for step in first["loc"])
        raise UserError(
            f'What is known of job "{job}" is damaged ("{where}": {first["msg"].lower()}): '
            f"delete its folder in {store.layout.jobs}."
        ) from problem


def write(store: JobStore, job: Job) -> None:
    """Write down how a job stands; its progress is written by the process that does it."""
    record = dataclasses.asdict(job)
    del record["progress"]
    store.write_record(job.id, record)
