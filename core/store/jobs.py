"""What is kept of the jobs: a folder each with its record, how far it is and what it said; and the locks.

```
cache/jobs/queue.db, key     the waiting line, and the secret its entries are signed with
cache/jobs/worker.lock       held by the worker as long as it lives: the system lets go of it, however it died
cache/jobs/worker.log        what the worker itself had to say
cache/jobs/<id>/job.json     what was asked, and how it stands
cache/jobs/<id>/progress.json, log.jsonl, cancel
```
"""

from __future__ import annotations

import json
import secrets
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from core.errors import UserError
from core.store.disk import full_disk_explained, write_bytes, write_json
from core.store.layout import Layout

PATIENCE = 10.0
"""Seconds to wait for somebody who is just writing a record."""


@dataclass(frozen=True)
class JobStore:
    """The folder of all jobs."""

    layout: Layout

    @property
    def queue_file(self) -> Path:
        """The waiting line's database; its folder is made."""
        self.layout.jobs.mkdir(parents=True, exist_ok=True)
        return self.layout.jobs / "queue.db"

    @property
    def worker_log(self) -> Path:
        """What the worker process prints; its folder is made."""
        self.layout.jobs.mkdir(parents=True, exist_ok=True)
        return self.layout.jobs / "worker.log"

    def secret(self) -> str:
        """What entries of the queue are signed with, made once and readable by its owner alone."""
        path = self.layout.jobs / "key"
        with self.lock():
            if not path.is_file():
                path.touch(mode=0o600)
                path.write_text(secrets.token_hex(32), encoding="ascii")
            return path.read_text(encoding="ascii")

    def lock(self) -> FileLock:
        """Held while a record is read and written anew."""
        self.layout.jobs.mkdir(parents=True, exist_ok=True)
        return FileLock(self.layout.jobs / "records.lock", timeout=PATIENCE)

    def worker_lock(self) -> FileLock:
        """Held by the one worker from its start to its end."""
        self.layout.jobs.mkdir(parents=True, exist_ok=True)
        return FileLock(self.layout.jobs / "worker.lock")

    def worker_lives(self) -> bool:
        """Whether somebody holds the worker's lock."""
        if not (self.layout.jobs / "worker.lock").exists():
            return False
        lock = self.worker_lock()
        try:
            lock.acquire(blocking=False)
        except Timeout:
            return True
        lock.release()
        return False

    def ids(self) -> list[str]:
        """All jobs there are."""
        return sorted(file.parent.name for file in self.layout.jobs.glob("*/job.json"))

    def record(self, job: str) -> dict[str, Any] | None:
        """A job's record; None where there is no such job.

        Raises:
            UserError: it is damaged.
        """
        return _read(self._folder(job) / "job.json")

    def write_record(self, job: str, record: Mapping[str, Any]) -> None:
        """Put a job's record in place of the one before."""
        write_json(self._folder(job) / "job.json", record)

    def progress(self, job: str) -> dict[str, Any]:
        """How far a job is; empty where it has not begun.

        Raises:
            UserError: it is damaged.
        """
        return _read(self._folder(job) / "progress.json") or {}

    def write_progress(self, job: str, progress: Mapping[str, Any]) -> None:
        """Put how far a job is in place of what was known before."""
        write_json(self._folder(job) / "progress.json", progress)

    def begin(self, job: str) -> None:
        """Forget how far an earlier attempt came, and that it should be cancelled; its log goes on."""
        for name in ("progress.json", "cancel"):
            (self._folder(job) / name).unlink(missing_ok=True)

    def ask_to_cancel(self, job: str) -> None:
        """Leave word that the job should stop."""
        write_bytes(self._folder(job) / "cancel", b"")

    def is_cancelled(self, job: str) -> bool:
        """Whether somebody asked for the job to stop."""
        return (self._folder(job) / "cancel").exists()

    def say(self, job: str, line: Mapping[str, Any]) -> None:
        """Add a line to a job's log."""
        path = self._folder(job) / "log.jsonl"
        with full_disk_explained(path.parent), path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")

    def log(self, job: str, lines: int) -> list[dict[str, Any]]:
        """The last lines of a job's log; one cut short by a crash is left out."""
        path = self._folder(job) / "log.jsonl"
        if not path.is_file():
            return []
        with path.open(encoding="utf-8", errors="replace") as file:
            return [line for text in deque(file, lines) if (line := _object(text)) is not None]

    def _folder(self, job: str) -> Path:
        if not job.isalnum():
            raise UserError(f'There is no job "{job}".')
        return self.layout.jobs / job


def _read(path: Path) -> dict[str, Any] | None:
    try:
        content = _object(path.read_text(encoding="utf-8", errors="replace"))
    except FileNotFoundError:
        return None
    if content is None:
        raise UserError(f"What is known of a job in {path.parent} is damaged: delete that folder.")
    return content


def _object(text: str) -> dict[str, Any] | None:
    try:
        content = json.loads(text)
    except ValueError:
        return None
    return content if isinstance(content, dict) else None
