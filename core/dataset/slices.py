"""Slices as pictures: how one is named, which there are, how one is read from its volume when needed.

A slice's path is that of its volume, `#` and which it is: `scan.nii.gz#axial=12`. Nothing is copied. Of a
DICOM series it is any one of its files, `ct/IM1#coronal=40`; of a file with many pictures,
`us.dcm#frame=3`. Its sha256 is made of that of everything it was read from and of its name: one changed
byte of the volume changes it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Literal, cast

import numpy as np
from numpy.typing import NDArray

from core.dataset import dicom, nifti, series
from core.dataset.files import PictureError, read_bytes
from core.dataset.volumes import AXES, Shape, Volume
from core.specs import SliceSpec

Along = Literal["axial", "coronal", "sagittal", "frame"]

_NAME = re.compile(r"(?P<file>.+)#(?P<along>axial|coronal|sagittal|frame)=(?P<number>\d{1,6})", re.DOTALL)
_reading = Lock()


@dataclass(frozen=True)
class SliceOf:
    """Slice `number`, from 0 on, of what lies in `file`."""

    file: str
    along: Along
    number: int

    @property
    def suffix(self) -> str:
        """What names it after the file's own name."""
        return f"#{self.along}={self.number}"


def named(path: str) -> SliceOf | None:
    """The slice a path names; None where it names a file."""
    found = _NAME.fullmatch(path)
    return SliceOf(found["file"], cast(Along, found["along"]), int(found["number"])) if found else None


def file_of(path: str) -> str:
    """The file behind a path, of a slice or not."""
    part = named(path)
    return part.file if part else path


def is_medical(path: str | Path) -> bool:
    """Whether a picture comes out of a medical scan, by the file it is read from."""
    file = Path(file_of(str(path)))
    return nifti.promises(file) or dicom.is_dicom_file(file)


def slices_in(path: str, spec: SliceSpec | None) -> list[SliceOf]:
    """The slices a file stands for, from headers alone; none where it is a picture itself.

    Without `spec` only the pictures of a DICOM file that holds many are told apart. Missing slices of a
    series are among them, so that reading says which. A file that cannot be read stands for itself.
    """
    file = Path(path)
    if named(path):
        return []
    if dicom.promises(file) and (number := dicom.frames_in(file)) > 1:
        return [SliceOf(path, "frame", k) for k in (spec or SliceSpec()).chosen(number)]
    shape = _shape(file) if spec else None
    if spec is None or shape is None:
        return []
    if shape.why_not(spec.axis):
        return [SliceOf(path, spec.axis, 0)]  # once, so that its reason is told
    side = AXES[spec.axis]
    wanted = set(spec.chosen(shape.slices[side]))
    if shape.stacked == side:
        wanted |= set(shape.missing)
    return [SliceOf(path, spec.axis, number) for number in sorted(wanted)]


def others_of_series(path: str) -> tuple[str, ...]:
    """All files of the series a DICOM file is a slice of, itself among them; none where it is of none."""
    file = Path(path)
    found = series.series_of(file) if dicom.promises(file) else None
    return tuple(map(str, found.files)) if found else ()


def read_slice(part: SliceOf) -> tuple[NDArray[np.uint8], str]:
    """A slice as (H, W, 3) uint8 RGB, and its sha256.

    Raises:
        PictureError: its volume or it cannot be read.
    """
    if part.along == "frame":
        data = read_bytes(part.file)
        return dicom.decode(data, part.number), _sha256(hashlib.sha256(data).hexdigest(), part)
    volume = _volume(part.file)
    return volume.cut(part.along, part.number), _sha256(volume.sha256, part)


def _sha256(whole: str, part: SliceOf) -> str:
    return hashlib.sha256(f"{whole}{part.suffix}".encode()).hexdigest()


def _shape(file: Path) -> Shape | None:
    try:
        if nifti.promises(file):
            return nifti.shape_of(file)
    except PictureError:
        return None
    found = series.series_of(file) if dicom.promises(file) else None
    return found.shape if found else None


def _volume(file: str) -> Volume:
    """One thread reads, the others wait: a volume holds many slices."""
    path = Path(file)
    found = None if nifti.promises(path) else series.series_of(path)
    if found is None and not nifti.promises(path):
        read_bytes(path)  # says what is wrong with the file itself
        raise PictureError("is no slice of a series whose files say where they lie")
    with _reading:
        return _kept(file, tuple(_stamps(found.files if found else (path,))))


def _stamps(files: tuple[Path, ...]) -> Iterator[tuple[int, int]]:
    for file in files:
        try:
            facts = file.stat()
        except OSError as error:
            raise PictureError(
                "is missing" if isinstance(error, FileNotFoundError) else "cannot be opened"
            ) from error
        yield facts.st_mtime_ns, facts.st_size


@lru_cache(maxsize=2)
def _kept(file: str, stamps: tuple[tuple[int, int], ...]) -> Volume:
    """The last volumes read, as long as their files are not touched."""
    path = Path(file)
    if nifti.promises(path):
        return nifti.load(path)
    found = series.series_of(path)
    if found is None:
        raise PictureError("is no slice of a series whose files say where they lie")
    return series.load(found)
