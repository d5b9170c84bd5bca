"""Single pictures that somebody wants looked at under every label, or translated more or less strongly.

```
cache/<study>/looks/<picture>/picture    the bytes of one that was brought here
cache/<study>/looks/<picture>/<digest>/  the maps of it or of one of the study's, or a translation of one:
                                         an artifact like a stage's
```
They are few: with every new one the oldest beyond `MOST` are forgotten, maps and all.
"""

from __future__ import annotations

import hashlib
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from core.config import Settings
from core.dataset.dicom import is_dicom
from core.dataset.files import PictureError
from core.dataset.manifest import picture_id
from core.dataset.pictures import decode_picture
from core.errors import UserError
from core.store.disk import write_bytes
from core.store.layout import Layout

MOST = 200
"""Pictures of a study that are looked at and kept."""
KINDS = "JPEG, PNG, WebP, GIF, BMP, TIFF or AVIF"
MAX_BYTES = 20 << 20
"""Of a picture brought here."""

_ID = re.compile(r"[0-9a-f]{16}")


@dataclass(frozen=True)
class Brought:
    """A picture that belongs to no dataset; its `id` is made of its bytes, as that of any other."""

    id: str
    sha256: str
    path: Path
    width: int
    height: int


def bring(study: str, content: bytes, settings: Settings) -> Brought:
    """Keep the bytes of a picture file.

    Raises:
        UserError: this Typiscope only shows, or it is no picture that can be used, or too large.
    """
    settings.refuse_if_read_only("Looking at a picture of your own")
    if len(content) > MAX_BYTES:
        raise UserError(f"This picture is too large: at most {MAX_BYTES >> 20} MB, please.")
    if not content:
        raise UserError(f"This file is empty; choose a picture: {KINDS}.")
    if is_dicom(content):
        raise UserError(
            "This is a DICOM file, whose header may name a patient, and a copy would be kept: save the "
            "picture in it as a PNG and choose that."
        )
    try:
        decode_picture(content)
    except PictureError as problem:
        raise UserError(f"This file {problem.reason}; choose a picture: {KINDS}.") from problem
    layout, name = Layout(settings.cache), picture_id(hashlib.sha256(content).hexdigest())
    write_bytes(layout.looks(study) / name / "picture", content)
    forget_oldest(layout, study)
    brought = find(layout, study, name)
    assert brought is not None
    return brought


def find(layout: Layout, study: str, picture: str) -> Brought | None:
    """A picture that was brought; None where it was not, or is forgotten.

    Raises:
        PictureError: what is kept of it is no picture any more.
    """
    path = layout.looks(study) / picture / "picture"
    if not _ID.fullmatch(picture) or not path.is_file():
        return None
    content = path.read_bytes()
    height, width = decode_picture(content).shape[:2]
    return Brought(picture, hashlib.sha256(content).hexdigest(), path, width, height)


def forget_oldest(layout: Layout, study: str) -> None:
    """Keep the `MOST` pictures that were asked about last."""
    folders = [folder for folder in layout.looks(study).glob("*") if _ID.fullmatch(folder.name)]
    for folder in sorted(folders, key=_asked, reverse=True)[MOST:]:
        shutil.rmtree(folder, ignore_errors=True)


def _asked(folder: Path) -> float:
    try:
        return folder.stat().st_mtime
    except FileNotFoundError:  # somebody else forgot it just now
        return 0.0
