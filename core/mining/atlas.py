"""Stage `atlas`: flat maps on which patches that look alike lie close together."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from core.mining.similar import Vectors
from core.specs import AtlasSpec
from core.stages import Inputs, Record, Shard

if TYPE_CHECKING:
    from core.store.artifacts import Artifact

_FEW = 8
"""Fewer patches have no neighbourhoods to keep; they lie along their two widest directions."""


def lay_out(inputs: Inputs, shard: Shard) -> Iterator[Record]:
    """Where the patches of the shard's one label lie on a map of their own (table `points`).

    The first label's shard also lays out the best patches of all labels, equally many of each, on one map
    (table `together`).
    """
    (label,) = shard.keys
    features = inputs.artifacts["features"]
    own = _described(features, label)
    yield from _placed("points", own, features, inputs.spec.atlas)
    if label == inputs.labels[0]:
        each = max(1, inputs.spec.atlas.together // len(inputs.labels))
        best = [_best(inputs, name, each) for name in inputs.labels]
        yield from _placed("together", pd.concat(best, ignore_index=True), features, inputs.spec.atlas)


def positions(vectors: Vectors, spec: AtlasSpec) -> NDArray[np.float32]:
    """Where each patch lies on the map (McInnes, Healy, Melville 2018).

    Near is alike; the distance between far patches, and the axes, mean nothing.

    Args:
        vectors: (n, d).

    Returns:
        (n, 2), from -1 to 1. Twice the same, on any number of threads.
    """
    points = vectors.astype(np.float32)
    if len(points) < 2 or not np.ptp(points, axis=0).any():
        return np.zeros((len(points), 2), np.float32)
    with threadpool_limits(1):
        flat = _nearest_kept(points, spec) if len(points) >= _FEW else _widest(points)
    flat = flat - flat.mean(axis=0)
    extent = float(np.abs(flat).max()) or 1.0
    return np.asarray(flat / extent, np.float32)


def _nearest_kept(points: NDArray[np.float32], spec: AtlasSpec) -> NDArray[Any]:
    from umap import UMAP  # loads numba, so only in a process that lays out maps

    umap = UMAP(
        n_neighbors=min(spec.neighbours, len(points) - 1), min_dist=spec.min_dist, metric="cosine",
        random_state=spec.seed, n_jobs=1,
    )  # fmt: skip
    with warnings.catch_warnings():
        # Where features leave it no other start than a random one, it says so; the seed makes that one, too.
        warnings.simplefilter("ignore", UserWarning)
        return np.asarray(umap.fit_transform(points))


def _widest(points: NDArray[np.float32]) -> NDArray[Any]:
    from sklearn.decomposition import PCA

    axes = PCA(min(2, *points.shape), svd_solver="full").fit_transform(points)
    return np.pad(axes, ((0, 0), (0, 2 - axes.shape[1])))


def _described(features: Artifact, label: str) -> pd.DataFrame:
    """The label's rows by patch id, whatever the shards; a table without rows has no columns."""
    rows = features.rows("features", "label", [label])
    return rows if rows.empty else rows.sort_values("patch")


def _best(inputs: Inputs, label: str, number: int) -> pd.DataFrame:
    """The rows of a label's best patches that have features, by patch id."""
    known = _described(inputs.artifacts["features"], label)
    if known.empty:
        return known
    patches = inputs.artifacts["patches"].rows("patches", "label", [label])
    best = patches[patches["patch"].isin(known["patch"])].nlargest(number, "score")
    return known[known["patch"].isin(best["patch"])]


def _placed(table: str, rows: pd.DataFrame, features: Artifact, spec: AtlasSpec) -> Iterator[Record]:
    if rows.empty:
        return
    flat = positions(features.stacked("features", "vector", rows), spec)
    for patch, label, (x, y) in zip(rows["patch"], rows["label"], flat.tolist(), strict=True):
        yield Record(table, {"patch": patch, "label": label, "x": x, "y": y})
