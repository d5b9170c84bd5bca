"""T per latent pixel (paper, eq. 3) as a reader uses it: over any range of t, at any size, on one scale."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import cv2
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.errors import UserError

T_BINS = 10
"""The diffusion's length is kept in this many equal bins of t, so each is 0.1 wide."""


def mean_over_t(
    bins: NDArray[np.floating[Any]],
    counts: Sequence[int] | NDArray[np.integer[Any]],
    t_range: tuple[float, float] = (0.0, 1.0),
) -> NDArray[np.float32]:
    """The mean map over a range of t, from the means per bin of t: no denoiser is asked again.

    Each bin weighs as many samples as it holds; one that lies partly inside the range weighs by
    the share of it that does. Over the whole range this is the plain mean of all samples, eq. 3.

    Args:
        bins: (..., b, h, w), the mean of each of the b bins that hold samples, in order of t.
        counts: (10,), how many samples each of all bins holds; b of them are not 0.
        t_range: first and last t, as shares of the diffusion's length.

    Returns:
        (..., h, w) in the units of `bins`.

    Raises:
        UserError: the range holds no samples.
    """
    low, high = t_range
    edges = np.arange(T_BINS + 1) / T_BINS
    inside = np.clip(np.minimum(high, edges[1:]) - np.maximum(low, edges[:-1]), 0, None) * T_BINS
    # Rounded, so that a range written as 0.7000000001 does not reach into the next bin.
    weights = np.round(inside, 6) * np.asarray(counts, dtype=np.float64)
    used = np.flatnonzero(weights > 0)
    if not len(used):
        raise UserError(f"No noise sample has t between {low:g} and {high:g}: choose a wider range of t.")
    stored = np.flatnonzero(counts)
    kept = bins[..., np.searchsorted(stored, used), :, :].astype(np.float64)
    mean: NDArray[np.float32] = np.average(kept, axis=-3, weights=weights[used]).astype(np.float32)
    return mean


def upsample(latent_map: NDArray[np.floating[Any]], height: int, width: int) -> NDArray[np.float32]:
    """A latent map at picture resolution, bilinear (paper, section 3.3): (h, w) to (height, width)."""
    resized = cv2.resize(latent_map.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(resized, dtype=np.float32)


def interval(mean: Any, error: Any, z: float = 1.96) -> tuple[Any, Any]:
    """The two ends of the normal interval `mean` +- `z` standard errors; numbers, arrays or columns alike."""
    return mean - z * error, mean + z * error


def quantile_scale(maps: Iterable[NDArray[np.floating[Any]]], share: float = 0.995) -> float:
    """The |T| at which the colours of all pictures of a view end: one scale, symmetric around zero.

    Args:
        maps: maps of any shapes.
        share: which quantile of |T|; the few pixels beyond it may saturate.

    Returns:
        A positive number; 1 where the maps hold nothing but zeros, so that it can always be divided by.
    """
    values = np.concatenate([np.zeros(0), *(np.abs(one).ravel() for one in maps)])
    values = values[np.isfinite(values)]
    return (float(np.quantile(values, share)) if len(values) else 0.0) or 1.0


def name_by_mean(means: pd.DataFrame) -> pd.Series[str]:
    """The label each picture is given by the denoiser: the one with the largest mean T.

    This is the diffusion classifier (paper, supplementary "typicality"): T orders labels as p(c|x) does.

    Args:
        means: mean T, a row a picture, a column a label; NaN where it was not measured.

    Returns:
        One label a picture (ties: the first column); pictures without any mean are left out.
    """
    return means.dropna(how="all").idxmax(axis="columns").astype(str)
