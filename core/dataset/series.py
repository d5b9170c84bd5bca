"""DICOM series: files of one folder that are the slices of one volume, put in their place in space.

Which files belong together is told by identifiers that stay in memory.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from core.dataset import dicom
from core.dataset.files import PictureError, read_bytes
from core.dataset.volumes import Shape, Volume, ends

if TYPE_CHECKING:
    from pydicom import Dataset

_NEARLY = 0.1
"""Of the distance between two slices: what counts as the same distance."""
_TURN = np.diag([-1.0, -1.0, 1.0])
"""DICOM counts to the patient's left and back, volumes here to the right and front."""


@dataclass(frozen=True)
class _Place:
    """Where one file's picture lies: its corner, the ways along its rows and down its columns, in mm."""

    file: Path
    key: tuple[Any, ...]
    corner: NDArray[np.float64]
    along: NDArray[np.float64]
    down: NDArray[np.float64]
    spacing: tuple[float, float]
    size: tuple[int, int]

    @property
    def depth(self) -> float:
        return float(self.corner @ np.cross(self.along, self.down))


@dataclass(frozen=True)
class Series:
    """Files in the order they lie in, and at which number of an even stack each lies."""

    files: tuple[Path, ...]
    numbers: tuple[int, ...]
    uneven: bool
    affine: NDArray[np.float64]
    """(4, 4), from column, row and number to mm."""
    size: tuple[int, int]
    """Columns and rows."""

    @property
    def shape(self) -> Shape:
        """Counted as `Volume` does."""
        order = _orientation(self.affine)
        counted, deep = [1, 1, 1], self.numbers[-1] + 1
        for length, (side, _) in zip((*self.size, deep), order, strict=True):
            counted[int(side)] = length
        side, flip = order[2]
        gone = sorted(set(range(deep)) - set(self.numbers))
        missing = tuple(sorted(deep - 1 - number for number in gone)) if flip < 0 else tuple(gone)
        return Shape((counted[0], counted[1], counted[2]), missing, int(side), self.uneven)


def series_of(file: Path) -> Series | None:
    """The series a DICOM file is a slice of; None where it is alone or does not say where it lies."""
    folder = file.parent
    try:
        return _in_folder(folder, folder.stat().st_mtime_ns).get(file)
    except OSError:
        return None


def load(series: Series) -> Volume:
    """Read all files of a series into one volume, its greys by the window of its middle file, or its values.

    Raises:
        PictureError: one of them cannot be read, or they are no grey pictures of one size.
    """
    from nibabel.orientations import apply_orientation

    sha, heads = hashlib.sha256(), []
    columns, rows = series.size
    voxels = np.zeros((columns, rows, series.numbers[-1] + 1), np.float32)
    for file, number in zip(series.files, series.numbers, strict=True):
        data = read_bytes(file)
        sha.update(hashlib.sha256(data).digest())
        head = dicom.header(data, pixels=True)
        dicom.refuse_unusable(head)
        voxels[:, :, number] = _plane(head, (rows, columns)).T
        head.PixelData = b""  # the rest is small
        heads.append(head)
    order, shape = _orientation(series.affine), series.shape
    lengths = np.linalg.norm(series.affine[:3, :3], axis=0)
    spacing = [1.0, 1.0, 1.0]
    for length, (side, _) in zip(lengths, order, strict=True):
        spacing[int(side)] = float(length)
    middle = heads[len(heads) // 2]
    black, white = dicom.window(middle) or ends(voxels[:, :, list(series.numbers)])
    upright, mm = apply_orientation(voxels, order), (spacing[0], spacing[1], spacing[2])
    inverted = dicom.photometric(middle) == "MONOCHROME1"
    return Volume(upright, mm, black, white, shape, sha.hexdigest(), inverted)


def _plane(head: Dataset, size: tuple[int, int]) -> NDArray[Any]:
    values = dicom.stored(head)
    if values.shape != size:
        raise PictureError("holds colours or another size than the rest of its series")
    try:
        return dicom.rescaled(head, values)
    except Exception as error:
        raise PictureError("holds values that cannot be shown") from Exception(type(error).__name__)


@lru_cache(maxsize=4)
def _in_folder(folder: Path, changed: int) -> dict[Path, Series]:
    """The series each file of a folder belongs to; read anew when files come or go."""
    groups: dict[tuple[Any, ...], list[_Place]] = defaultdict(list)
    for file in sorted(folder.iterdir()):
        if file.is_file() and dicom.promises(file) and (place := _place(file)):
            groups[place.key].append(place)
    found: dict[Path, Series] = {}
    for places in groups.values():
        if len(places) > 1 and (series := _stacked(places)):
            found |= dict.fromkeys(series.files, series)
    return found


def _place(file: Path) -> _Place | None:
    try:
        head = dicom.header(file)
        turned = [float(number) for number in dicom.value(head, "ImageOrientationPatient")]
        corner = np.array([float(number) for number in dicom.value(head, "ImagePositionPatient")])
        size = int(head.Columns), int(head.Rows)
        series = str(head.SeriesInstanceUID)
    except (PictureError, AttributeError, TypeError, ValueError):
        return None
    if len(turned) != 6 or corner.shape != (3,) or dicom.frames(head) > 1:
        return None
    along, down = np.array(turned[:3]), np.array(turned[3:])
    if not np.isclose(np.linalg.norm(np.cross(along, down)), 1, atol=0.01):
        return None
    key = (series, size, tuple(round(number, 3) for number in turned))
    return _Place(file, key, corner, along, down, dicom.spacing(head), size)


def _stacked(places: list[_Place]) -> Series | None:
    """Sorted along the way they are stacked; None where two lie at the same place."""
    places = sorted(places, key=lambda place: place.depth)
    depths = np.array([place.depth for place in places])
    gaps = np.diff(depths)
    step = float(np.median(gaps))
    if gaps.min() < 1e-3:
        return None
    ratios = gaps / step
    uneven = bool((abs(ratios - np.rint(ratios)) > _NEARLY).any() or (ratios < 0.5).any())
    steps = np.ones(len(gaps)) if uneven else np.rint(ratios)
    numbers = np.concatenate([[0], np.cumsum(steps)]).astype(int)
    first = places[0]
    affine = np.eye(4)
    apart, between = first.spacing
    affine[:3, 0] = _TURN @ first.along * between
    affine[:3, 1] = _TURN @ first.down * apart
    affine[:3, 2] = _TURN @ np.cross(first.along, first.down) * step
    affine[:3, 3] = _TURN @ first.corner
    files = tuple(place.file for place in places)
    return Series(files, tuple(int(n) for n in numbers), uneven, affine, first.size)


def _orientation(affine: NDArray[np.float64]) -> NDArray[np.float64]:
    from nibabel.orientations import io_orientation

    return np.asarray(io_orientation(affine))
