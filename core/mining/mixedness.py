"""Clusters that hold more than one element, and clusters that share one: k-means makes both."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.mining.similar import Vectors, centres, directions

MIXED = 0.4
"""From which mixedness on a cluster is called mixed (`docs/LOG.md` has how this compares with the truth)."""

REPEATED = 0.9
"""From which likeness of their centres on two clusters are called near-duplicates: a wrong offer to merge
costs more trust than a missed one (`docs/LOG.md`)."""

FEW = 4
"""Fewer patches show no variety that could be measured."""


def mixedness(vectors: Vectors, groups: NDArray[Any]) -> pd.Series[float]:
    """How much of the variety of all patches is left within each cluster.

    That is the variance of a cluster's vectors over the variance of all: 0 when its patches are the same,
    1 when it is as mixed as all patches together.

    Args:
        vectors: (n, d), all of one label's patches that are in a cluster.
        groups: (n,), the cluster each is in.

    Returns:
        Indexed by cluster; NaN for clusters of fewer than `FEW` patches.
    """
    names, codes = np.unique(groups, return_inverse=True)
    points = vectors.astype(np.float32)
    points = points - points.mean(axis=0)  # so that nothing cancels below
    sizes, lengths = np.bincount(codes, minlength=len(names)), np.einsum("ij,ij->i", points, points)
    middles = np.square(centres(points, groups, names), dtype=np.float64).sum(axis=1)
    within = np.maximum(np.bincount(codes, lengths, minlength=len(names)) - sizes * middles, 0)
    whole = lengths.sum(dtype=np.float64) / max(len(points) - 1, 1)
    shares = within / np.maximum(sizes - 1, 1) / (whole or 1.0)
    return pd.Series(np.where(sizes >= FEW, shares, np.nan), index=names, name="mixedness")


def mixed(scores: pd.Series[float]) -> set[str]:
    """The clusters to look into: above `MIXED`, and above most clusters of their label.

    Features of another denoiser may leave every cluster wide; then it is the widest half that counts.
    """
    return set(scores.index[(scores > MIXED) & (scores > scores.median())])


def repeated(vectors: Vectors, groups: NDArray[Any], bar: float = REPEATED) -> pd.DataFrame:
    """Pairs of clusters that look alike, most alike first.

    Args:
        vectors, groups: as for `mixedness`.
        bar: how alike their centres must be, as a cosine seen from the middle of all patches.

    Returns:
        `first`, `second` (clusters, in sorted order) and `alike`.
    """
    names = np.unique(groups)
    towards = directions(centres(vectors, groups, names), vectors.astype(np.float32).mean(axis=0))
    alike = towards @ towards.T
    first, second = np.nonzero(np.triu(alike >= bar, 1))
    pairs = pd.DataFrame({"first": names[first], "second": names[second], "alike": alike[first, second]})
    return pairs.sort_values("alike", ascending=False, kind="stable", ignore_index=True)
