"""Clusters made while someone looks: by another method, in another number, or as a person wants them."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.mining.clusters import k_means, summary
from core.mining.similar import Vectors, centres

Method = Literal["k-means", "agglomerative", "HDBSCAN"]

METHODS: dict[Method, str] = {
    "k-means": "Patches go to the nearest of so many centres: round clusters, every patch in one.",
    "agglomerative": "The two most alike are joined until so many are left: clusters of any size.",
    "HDBSCAN": "Dense regions of at least so many patches; what lies between them is in none.",
}
"""How patches can be grouped."""


def regroup(vectors: Vectors, method: Method, number: int, seed: int) -> NDArray[np.intp]:
    """Which group each patch belongs to, from 0; -1 for none (HDBSCAN alone leaves patches out).

    Args:
        vectors: (n, d), n >= 1.
        method: one of `METHODS`.
        number: of clusters, at most n // 2; for HDBSCAN the fewest patches of one, at least 2.
        seed: of k-means; the others have no chance in them.
    """
    points = vectors.astype(np.float64)
    if len(points) < 4:
        return np.zeros(len(points), np.intp)
    if method == "HDBSCAN":
        from sklearn.cluster import HDBSCAN

        fewest = min(max(number, 2), len(points))
        return np.asarray(HDBSCAN(min_cluster_size=fewest, copy=True).fit_predict(points), np.intp)
    if method == "agglomerative":
        from sklearn.cluster import AgglomerativeClustering

        wanted = min(max(number, 1), len(points) // 2)
        return np.asarray(AgglomerativeClustering(wanted, linkage="ward").fit_predict(points), np.intp)
    return k_means(points, max(number, 1), seed)[0]


def halves(vectors: Vectors, seed: int) -> NDArray[np.bool_]:
    """A cluster in two (k-means): True for the members of the smaller half.

    All False where there is nothing to split: fewer than four patches, or all the same.
    """
    codes = k_means(vectors, 2, seed)[0]
    sizes = np.bincount(codes)
    return codes == int(sizes.argmin()) if len(sizes) == 2 else np.zeros(len(codes), np.bool_)


def ids_by_median(members: pd.DataFrame, groups: NDArray[np.intp], label_id: str) -> NDArray[np.object_]:
    """An id for each patch's group, numbered from 0 by falling median typicality; None where it has none.

    Args:
        members: a row a patch with `typicality`.
        groups: (n,), as from `regroup`.
        label_id: what the ids begin with.
    """
    medians = members["typicality"].groupby(groups).median().drop(-1, errors="ignore")
    order = medians.sort_values(ascending=False, kind="stable").index
    names = {group: f"{label_id}-{rank}" for rank, group in enumerate(order)}
    return np.array([names.get(group) for group in groups], dtype=object)


def described(
    label: str, members: pd.DataFrame, vectors: Vectors, pictures: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The tables `clusters` and `members` of stage `clusters`, for patches grouped in any way.

    Args:
        label: the one all patches belong to.
        members: a row a patch: `patch`, `picture`, `typicality`, `cluster` (an id, or None for none).
        vectors: (n, d), the patches' features, row by row.
        pictures: how many the label has.

    Returns:
        Clusters ranked by median typicality, and members with `distance` to their centre, nearest first.
    """
    inside = members["cluster"].notna().to_numpy()
    own, points = members[inside].reset_index(drop=True), vectors[inside].astype(np.float64)
    if own.empty:
        return pd.DataFrame(columns=["cluster", "label", "rank", "size"]), own
    names, codes = np.unique(own["cluster"].to_numpy(object), return_inverse=True)
    middles = centres(points, own["cluster"].to_numpy(object), names)
    own["distance"] = np.sqrt(np.square(points - middles[codes]).sum(axis=1))
    rows: list[dict[str, Any]] = [
        {"cluster": str(name), "label": label, **summary(part, pictures)}
        for name, part in own.groupby("cluster")
    ]
    clusters = pd.DataFrame(rows).sort_values(["median", "cluster"], ascending=[False, True], kind="stable")
    clusters.insert(2, "rank", np.arange(len(clusters)))
    own = own.sort_values(["cluster", "distance", "patch"], ignore_index=True)
    position = own.groupby("cluster").cumcount()
    kept = own[["cluster", "patch", "distance"]].assign(label=label, position=position)
    return clusters.reset_index(drop=True), kept
