"""A flat map on which patches that look alike lie close together."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from core.mining.similar import Vectors

_AXES = 50
"""What of the features the map is made from: their widest directions. The rest is mostly noise, and slow."""

_NEIGHBOURS = 30
"""How many neighbours of a patch are to stay near it, at most (perplexity)."""

_FEW = 8
"""Fewer patches have no neighbourhoods to keep; they lie along their two widest directions."""


def positions(vectors: Vectors) -> NDArray[np.float32]:
    """Where each patch lies on the map (t-SNE from a start along the two widest directions).

    Near is alike; the distance between far patches, and the axes, mean nothing.

    Args:
        vectors: (n, d).

    Returns:
        (n, 2), from -1 to 1. No chance is in it, and the number of threads changes nothing.
    """
    points = vectors.astype(np.float64)
    if len(points) < 2 or not np.ptp(points, axis=0).any():
        return np.zeros((len(points), 2), np.float32)
    from sklearn.decomposition import PCA

    with threadpool_limits(1):
        axes = PCA(min(_AXES, *points.shape), svd_solver="full").fit_transform(points)
        flat = np.pad(axes[:, :2], ((0, 0), (0, max(0, 2 - axes.shape[1]))))
        if len(points) >= _FEW:
            flat = _spread(axes, flat)
    extent = float(np.abs(flat).max()) or 1.0
    return (flat / extent).astype(np.float32)


def _spread(axes: NDArray[Any], start: NDArray[Any]) -> NDArray[Any]:
    from sklearn.manifold import TSNE

    perplexity = min(_NEIGHBOURS, (len(axes) - 1) / 3)
    start = 1e-4 * start / (start[:, 0].std() or 1.0)
    spread = TSNE(perplexity=perplexity, init=start, n_jobs=1).fit_transform(axes)
    return np.asarray(spread - spread.mean(axis=0))
