"""Volumes: voxels in one orientation, whatever the file's, and the slices that are cut from them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from core.dataset.files import PictureError
from core.dataset.greys import refuse_blank, rgb, shades, squared
from core.specs import Axis

AXES: dict[Axis, int] = {"sagittal": 0, "coronal": 1, "axial": 2}
"""Along which side of a volume slices of that name lie one behind the other."""
assert set(AXES) == set(get_args(Axis))

_ENDS = (0.5, 99.5)
"""Percentiles that become black and white where a volume does not say what should."""


@dataclass(frozen=True)
class Shape:
    """What is known of a volume before its voxels are read."""

    slices: tuple[int, int, int]
    """How many slices there are from left to right, from back to front and from feet to head."""
    missing: Collection[int] = ()
    """Numbers of slices that were taken, as the gaps between the others tell, but are not there."""
    stacked: int | None = None
    """The side along which those were taken one by one; None where the volume was stored as a whole."""
    uneven: bool = False
    """Whether the distances between those vary, so that only they themselves are true pictures."""

    def why_not(self, axis: Axis) -> str:
        """Why no slices can be cut along an axis; empty where they can."""
        if self.stacked in (None, AXES[axis]):
            return ""
        if self.missing:
            numbers = ", ".join(map(str, sorted(self.missing)[:5]))
            return f"cannot be cut into {axis} slices, since some of its own are missing (no. {numbers})"
        return f"cannot be cut into {axis} slices, since its own lie unevenly apart" if self.uneven else ""


@dataclass(frozen=True)
class Volume:
    """Voxels whose numbers grow from left to right, from back to front and from feet to head.

    (x, y, z), any real type. `spacing` in mm along each; `black` and `white` are the values shown so.
    """

    voxels: NDArray[Any]
    spacing: tuple[float, float, float]
    black: float
    white: float
    shape: Shape
    sha256: str
    """Of the bytes it was read from."""
    inverted: bool = False

    def cut(self, axis: Axis, number: int) -> NDArray[np.uint8]:
        """Slice `number`, from 0 on, as (H, W, 3) uint8 RGB with square pixels.

        As radiologists look at them: the patient's right on the left (of sagittal ones, the front), the
        front or the head on top.

        Raises:
            PictureError: there is no such slice, it is missing, or shows nothing.
        """
        if why := self.shape.why_not(axis):
            raise PictureError(why)
        side = AXES[axis]
        if number >= self.voxels.shape[side]:
            raise PictureError(f"has {self.voxels.shape[side]} {axis} slices, and no slice {number}")
        if side == self.shape.stacked and number in self.shape.missing:
            raise PictureError("is missing between the other slices of its volume")
        plane = np.take(self.voxels, number, axis=side).T[::-1, ::-1]
        grey = shades(plane, self.black, self.white, self.inverted)
        refuse_blank(grey)
        across, down = (length for at, length in enumerate(self.spacing) if at != side)
        return rgb(squared(np.ascontiguousarray(grey), down, across))


def ends(voxels: NDArray[Any]) -> tuple[float, float]:
    """The values to show black and white where a volume does not say: without its very darkest and brightest.

    Of a volume that is nearly empty its own least and greatest.
    """
    real = voxels[np.isfinite(voxels)] if voxels.dtype.kind == "f" else voxels.reshape(-1)
    if not real.size:
        return 0.0, 0.0
    low, high = np.percentile(real[:: max(1, real.size // 2_000_000)], _ENDS)
    return (float(low), float(high)) if low < high else (float(real.min()), float(real.max()))
