"""Means of T over all squares of a picture, their errors, and the best squares that do not overlap.

A patch's typicality is the mean, over its pixels, of the map upsampled to the picture (paper,
section 3.3). Upsampling and averaging are both linear, and both act on rows and columns apart, so
that mean is `wy @ map @ wx` with one weight a latent row and one a latent column, and no map at
picture resolution is ever made.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from core.errors import UserError

Map = NDArray[np.floating[Any]]


@lru_cache(maxsize=64)
def box_weights(latent: int, framed: int, size: int) -> NDArray[np.float64]:
    """How much each latent pixel of one axis weighs in every run of `size` pixels of the picture.

    Args:
        latent: pixels of the map along this axis.
        framed: pixels of the picture along it.
        size: pixels of a run.

    Returns:
        (framed - size + 1, latent), read-only; row i belongs to the pixels i ... i + size - 1 and sums to 1.
    """
    # Upsampling the identity shows what upsampling does to each pixel.
    bilinear = cv2.resize(np.eye(latent), (latent, framed), interpolation=cv2.INTER_LINEAR)
    runs = np.lib.stride_tricks.sliding_window_view(bilinear, size, axis=0)
    weights: NDArray[np.float64] = np.asarray(runs.mean(axis=-1), dtype=np.float64)
    weights.setflags(write=False)
    return weights


def box_means(values: Map, size: int, frame: tuple[int, int] | None = None) -> NDArray[np.float32]:
    """The mean over every square of `size` pixels.

    Args:
        values: (h, w) map of latent pixels, or of the picture's own.
        size: side of the square, in pixels of the picture.
        frame: (width, height) of the picture the map is upsampled to; None where the map has its resolution.

    Returns:
        (height - size + 1, width - size + 1); [y, x] is the square whose first pixel is (x, y). As
        float32, so that the last bits of float64 arithmetic do not order squares that are equal.

    Raises:
        UserError: the square does not fit into the picture.
    """
    rows, columns = _weights(values.shape, size, frame)
    return (rows @ values.astype(np.float64) @ columns.T).astype(np.float32)


def box_side(size: int, latent: int, framed: int) -> int:
    """How many latent pixels a square of `size` pixels is wide, of `latent` that make up `framed`."""
    return max(1, round(size * latent / framed))


def box_errors(error: Map, size: int, frame: tuple[int, int]) -> NDArray[np.float32]:
    """The standard error of every `box_means`, read off at the middle of each square.

    Args:
        error: (h, w), the standard error of the mean over the square of `box_side` around each latent
            pixel (`Sums.box_error`). Neighbours err together, so it cannot be had from theirs.
        size, frame: as in `box_means`, whose shape is returned and whose errors are raised.
    """
    _weights(error.shape, size, frame)
    rows, columns = (
        _middles(latent, framed, size) for latent, framed in zip(error.shape, frame[::-1], strict=True)
    )
    return error[np.ix_(rows, columns)].astype(np.float32)


def _middles(latent: int, framed: int, size: int) -> NDArray[np.int64]:
    """The latent pixel around which a square lies, for each first pixel it may have."""
    middle = (np.arange(framed - size + 1) + size / 2) * latent / framed
    odd = box_side(size, latent, framed) % 2
    return np.clip(np.rint(middle - odd / 2), 0, latent - 1).astype(np.int64)


def pick_apart(means: NDArray[np.float32], size: int, count: int) -> list[tuple[int, int]]:
    """Greedily the `count` best squares of which no two overlap (paper, section 3.3), best first.

    Args:
        means: (rows, columns), as from `box_means`; NaN is never picked.
        size: side of a square in pixels; squares that only touch do not overlap.
        count: how many at most; fewer where no more fit.

    Returns:
        (x, y) of each square's first pixel. Ties go to the lowest y, then the lowest x.
    """
    left = np.where(np.isnan(means), -np.inf, means)
    picked: list[tuple[int, int]] = []
    for _ in range(count):
        y, x = (int(i) for i in np.unravel_index(np.argmax(left), left.shape))
        if left[y, x] == -np.inf:
            break
        picked.append((x, y))
        left[max(0, y - size + 1) : y + size, max(0, x - size + 1) : x + size] = -np.inf
    return picked


def _weights(
    shape: tuple[int, ...], size: int, frame: tuple[int, int] | None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The weights along y and along x."""
    latent_height, latent_width = shape
    width, height = frame or (latent_width, latent_height)
    if not 1 <= size <= min(width, height):
        raise UserError(f"A patch of {size} pixels does not fit into a picture of {width} x {height}.")
    return box_weights(latent_height, height, size), box_weights(latent_width, width, size)
