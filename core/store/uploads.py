"""Uploaded datasets under `cache/uploads/`: unpacked whole, or not there at all."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from core.config import Settings
from core.dataset.archives import Archive, root_of
from core.dataset.slices import is_medical
from core.errors import UserError
from core.store import studies
from core.store.disk import full_disk_explained, temporary
from core.store.layout import Layout

LYING = 86400.0
"""Seconds after which an upload nobody read may be replaced by somebody else's."""
SCAN = (
    'The zip holds a medical scan, "{}", whose header may name a patient, and a copy would be kept: unpack '
    "it yourself and give the folder; nothing is kept."
)


class Upload:
    """Unpacks a zip under a name; iterate to its end, one file at a time, and `folder` is there.

    An earlier upload of that name is replaced where whoever brings this one brought it, or it was left lying
    for a day, unless a study was made of it.

    Args:
        own: whether an upload of that name is this visitor's; somebody else's may just be read.

    Raises:
        UserError: this Typiscope only shows, the name cannot be used or belongs to a study of another source
            or to somebody else's upload, or the zip is refused (`dataset/archives.py`; `SCAN` on the way).
    """

    def __init__(self, name: str, source: IO[bytes], settings: Settings, own: bool = False) -> None:
        settings.refuse_if_read_only("Uploading pictures")
        layout = Layout(settings.cache)
        self._target = layout.upload(name)
        if name in studies.names(layout):
            raise UserError(f'There is a study "{name}" already; choose another name.')
        if not own and self._target.is_dir() and time.time() - self._target.stat().st_mtime < LYING:
            raise UserError(f'Somebody is bringing pictures as "{name}" just now; choose another name.')
        self._draft = temporary(self._target)
        shutil.rmtree(self._draft, ignore_errors=True)
        self._draft.mkdir(parents=True)
        try:
            self._archive = Archive(source, self._draft)
        except UserError:
            shutil.rmtree(self._draft)
            raise

    def __len__(self) -> int:
        return len(self._archive)

    def __iter__(self) -> Iterator[str]:
        try:
            with full_disk_explained(self._draft):
                for name in self._archive:
                    if is_medical(self._draft / name):
                        raise UserError(SCAN.format(name))
                    yield name
            shutil.rmtree(self._target, ignore_errors=True)
            self._draft.rename(self._target)
        finally:
            shutil.rmtree(self._draft, ignore_errors=True)

    @property
    def folder(self) -> Path:
        """Where its dataset begins."""
        return root_of(self._target)

    def drop(self) -> None:
        """Forget it again: it turned out to be no dataset."""
        shutil.rmtree(self._target, ignore_errors=True)


def kept(layout: Layout, name: str) -> Path | None:
    """Where the dataset of an upload begins; None where there is none of that name."""
    folder = layout.upload(name)
    return root_of(folder) if folder.is_dir() else None
