"""The waiting line between the app and the worker: huey on a SQLite file, holding nothing but job ids."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from huey import SqliteHuey
from huey.serializer import SignedSerializer

from core.errors import UserError
from core.store.jobs import JobStore


class Line:
    """First come, first served. Entries are signed, since huey writes them as pickles.

    Raises:
        UserError: the line's file is damaged.
    """

    def __init__(self, store: JobStore) -> None:
        self._file = store.queue_file
        serializer = SignedSerializer(store.secret())
        with self._explained():
            self._huey = SqliteHuey(
                "jobs", filename=str(self._file), serializer=serializer, results=False, strict_fifo=True
            )
        # huey knows entries by the name of their task; the worker takes the ids and does the rest itself.
        self._task = self._huey.task(name="job")(_nothing)

    def add(self, job: str) -> None:
        """Put a job at the end."""
        with self._explained():
            self._task(job)

    def next(self) -> str | None:
        """Take the first job; None where nobody waits."""
        with self._explained():
            entry = self._huey.dequeue()
        return None if entry is None else str(entry.args[0])

    def __len__(self) -> int:
        with self._explained():
            return int(self._huey.pending_count())

    def close(self) -> None:
        """Let go of the file."""
        self._huey.storage.close()

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, ValueError) as problem:  # ValueError: an entry nobody here has signed
            raise UserError(
                f"The waiting line in {self._file} cannot be used ({problem}): delete that file; "
                "no result and no job is lost by it."
            ) from problem


def _nothing(job: str) -> None:
    """What huey is told a task does."""
