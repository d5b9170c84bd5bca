"""What is known of a source's pictures while they are read, so that a stopped import goes on where it was."""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import suppress
from pathlib import Path

from core.dataset.reading import Facts
from core.store.disk import full_disk_explained
from core.store.layout import Layout


class Readings:
    """A list that grows by a line a picture, of one source, until its import is done.

    A file counts as known as long as its size and its time of change are those it was read at.
    """

    def __init__(self, layout: Layout, source: Path) -> None:
        name = hashlib.sha256(os.fsencode(source)).hexdigest()[:16]
        self._file = layout.readings / f"{name}.jsonl"
        self._known: dict[str, tuple[list[int], Facts]] = {}
        self._file.parent.mkdir(parents=True, exist_ok=True)
        if self._file.is_file():
            self._load()

    def get(self, path: str) -> Facts | None:
        """What an earlier reading found, where the file is still the same; asked by several threads."""
        signature, facts = self._known.get(path, (None, None))
        return facts if facts is not None and signature == _signature(path) else None

    def add(self, path: str, facts: Facts) -> None:
        """Write down what was just read."""
        if signature := _signature(path):
            with full_disk_explained(self._file.parent), self._file.open("a", encoding="utf-8") as file:
                file.write(json.dumps([path, signature, facts]) + "\n")

    def forget(self) -> None:
        """The import is done, or refused: the next one reads everything anew."""
        self._file.unlink(missing_ok=True)

    def _load(self) -> None:
        for line in self._file.read_text(encoding="utf-8", errors="replace").splitlines():
            with suppress(ValueError, TypeError):  # cut short by whatever stopped it
                path, signature, (sha256, width, height) = json.loads(line)
                self._known[path] = (signature, (sha256, width, height))


def _signature(path: str) -> list[int] | None:
    """Size in bytes and time of change in nanoseconds; None for what is no file of its own."""
    try:
        seen = Path(path).stat()
    except (OSError, ValueError):
        return None
    return [seen.st_size, seen.st_mtime_ns]
