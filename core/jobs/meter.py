"""How far a job is, written down at most a few times a second."""

from __future__ import annotations

import dataclasses
import time

from core.jobs.job import Finished, Progress
from core.running import now
from core.store.jobs import JobStore

EVERY = 0.4
"""Seconds between two writings."""
TOLD = 20
"""Failures of a stage that are named in the log; the others are counted."""


class Meter:
    """Counts what a job does and tells whoever looks at its files."""

    def __init__(self, store: JobStore, job: str) -> None:
        self._store, self._job = store, job
        self._now = Progress()
        self._began = self._written = time.monotonic()
        self._first: tuple[float, int] | None = None

    def say(self, text: str) -> None:
        """Add a line to the log."""
        self._store.say(self._job, {"time": now(), "text": text})

    def begin(self, stage: str, total: int) -> None:
        """A stage begins."""
        self._now = Progress(stage, total=total, finished=self._now.finished)
        self._began, self._first = time.monotonic(), None
        self._write()

    def count(self, item: object) -> None:
        """One more is done: a picture, a label (`reason` where it could not be used), a step (`number`)."""
        done = getattr(item, "number", None) or self._now.done + 1
        reason = getattr(item, "reason", None)
        failed = self._now.failed + (reason is not None)
        if reason is not None and failed <= TOLD:
            self.say(f"{getattr(item, 'key', '')} {reason}")
        self._now = dataclasses.replace(self._now, done=done, failed=failed)
        if self._first is None:
            self._first = (time.monotonic(), done)

    @property
    def is_due(self) -> bool:
        """Whether it is time to write, and to see whether somebody wants the job to stop."""
        return time.monotonic() - self._written >= EVERY

    def tell(self) -> None:
        """Write down how far the stage is."""
        rate = self._rate()
        left = (self._now.total - self._now.done) / rate if rate else None
        self._now = dataclasses.replace(self._now, rate=rate, left=left)
        self._write()

    def end(self) -> None:
        """The stage is over."""
        seconds = round(time.monotonic() - self._began, 1)
        over = Finished(self._now.stage, self._now.done, self._now.failed, seconds)
        failed = f", {over.failed:,} could not be used" if over.failed else ""
        self.say(f"{over.stage}: {over.count:,} done in {seconds:,.1f} s{failed}")
        self._now = Progress(finished=(*self._now.finished, over))
        self._write()

    def fail(self, problem: str) -> None:
        """The job cannot go on."""
        self.say(problem)
        self._now = dataclasses.replace(self._now, problem=problem)
        self._write()

    def _rate(self) -> float | None:
        """Since the first was done: what went before was loading."""
        if self._first is None:
            return None
        seconds, counted = time.monotonic() - self._first[0], self._now.done - self._first[1]
        return counted / seconds if seconds > 0 and counted > 0 else None

    def _write(self) -> None:
        self._written = time.monotonic()
        self._store.write_progress(self._job, dataclasses.asdict(self._now))
