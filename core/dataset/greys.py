"""From measured values to a picture: square pixels, grey levels, RGB."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from core.dataset.files import PictureError, refuse_odd_size

Values = NDArray[Any]


def shades(values: Values, low: float, high: float, inverted: bool = False) -> NDArray[np.uint8]:
    """Values of any shape as uint8: `low` and what lies beyond it is black, `high` white; NaN is black."""
    span = high - low
    share = (values.astype(np.float64) - low) / span if span else np.zeros(values.shape)
    share = np.clip(np.nan_to_num(share, posinf=1.0, neginf=0.0), 0, 1)
    return np.rint(255 * (1 - share if inverted else share)).astype(np.uint8)


def rgb(grey: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(H, W) as (H, W, 3)."""
    return np.repeat(grey[..., None], 3, axis=2)


def squared(pixels: NDArray[np.uint8], down: float, across: float) -> NDArray[np.uint8]:
    """(H, W) or (H, W, 3) with pixels as high as they are wide; the finer of the two sides stays as it is.

    Args:
        pixels: the picture.
        down: how far one row lies from the next; what is no length counts as that of the other side.
        across: the same of columns.

    Raises:
        PictureError: it is then too small, too narrow or too large.
    """
    down, across = _length(down, across), _length(across, down)
    height, width = pixels.shape[:2]
    fine = min(down, across)
    wanted = (width * across / fine, height * down / fine)
    refuse_odd_size(*wanted)
    size = (round(wanted[0]), round(wanted[1]))
    if size == (width, height):
        return pixels
    return cv2.resize(pixels, size, interpolation=cv2.INTER_LINEAR).astype(np.uint8, copy=False)


def refuse_blank(grey: NDArray[np.uint8]) -> None:
    """Most volumes begin and end beside what they show.

    Raises:
        PictureError: all pixels are alike.
    """
    if grey.min() == grey.max():
        raise PictureError("shows nothing: all its pixels are one grey")


def _length(one: float, other: float) -> float:
    good = [length for length in (one, other) if np.isfinite(length) and length > 0]
    return good[0] if good else 1.0
