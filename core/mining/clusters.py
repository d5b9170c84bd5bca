"""Stage `clusters`: patches of a label that look alike, ranked by median typicality (paper, section 3.3)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from core.mining.intervals import median_interval
from core.specs import digest
from core.stages import Inputs, Record, Shard

RESTARTS = 10
"""k-means ends in a local optimum; the best of ten starts depends less on the seed, for a second a label."""


def k_means(
    vectors: NDArray[np.floating[Any]], clusters: int, seed: int
) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """Which cluster each vector belongs to, and how far it is from that cluster's centre.

    Few vectors make fewer clusters, of two or more on average: at most n // 2, at least one, and
    never more than there are different vectors.

    Args:
        vectors: (n, d), n >= 1.
        clusters: how many at most.
        seed: of the starting centres.

    Returns:
        (n,) cluster numbers and (n,) Euclidean distances. The same on any number of threads.
    """
    from sklearn.cluster import KMeans  # 80 MB that a process which only shows clusters does without

    points = vectors.astype(np.float64)
    wanted = min(clusters, max(1, len(points) // 2), len(np.unique(points, axis=0)))
    # Threads add up partial sums in an order of their own; the last bits then move patches between clusters.
    with threadpool_limits(1):
        fitted = KMeans(wanted, n_init=RESTARTS, random_state=seed).fit(points)
    assignment = fitted.labels_.astype(np.intp)
    distances = np.sqrt(np.square(points - fitted.cluster_centers_[assignment]).sum(axis=1))
    return assignment, distances.astype(np.float32)


def group(inputs: Inputs, shard: Shard) -> Iterator[Record]:
    """The clusters of the shard's one label, most typical first, each followed by its members.

    Nothing for a label without features. `coverage` is the share of the label's pictures that
    have a patch in the cluster.
    """
    (label,) = shard.keys
    artifact = inputs.artifacts["features"]
    features = _of_label(artifact.table("features"), label)
    if features.empty:
        return
    vectors = np.stack([artifact.array("features", "vector", row) for _, row in features.iterrows()])
    assignment, distances = k_means(vectors, inputs.spec.clusters.clusters, inputs.spec.clusters.seed)
    typicality = inputs.artifacts["patches"].table("patches").set_index("patch")["typicality"]
    members = features[["patch", "picture"]].assign(
        group=assignment, distance=distances, typicality=features["patch"].map(typicality)
    )
    pictures = int((inputs.pictures[inputs.spec.label_column] == label).sum())
    for rank, cluster in enumerate(_by_median(members)):
        yield from _records(label, rank, cluster, pictures)


def summary(cluster: pd.DataFrame, pictures: int) -> dict[str, Any]:
    """Size, coverage and median typicality of one cluster, as columns of the table `clusters`.

    Args:
        cluster: a row a member with `picture` and `typicality`.
        pictures: how many the label has.
    """
    shown_in = cluster["picture"].nunique()
    low, high = median_interval(cluster["typicality"].to_numpy())
    return {
        "size": len(cluster),
        "pictures": shown_in,
        "coverage": shown_in / pictures,
        "median": float(cluster["typicality"].median()),
        "low": low,
        "high": high,
    }


def _of_label(features: pd.DataFrame, label: str) -> pd.DataFrame:
    """The label's rows by patch id, whatever the shards; a table without rows has no columns."""
    return features if features.empty else features[features["label"] == label].sort_values("patch")


def _by_median(members: pd.DataFrame) -> list[pd.DataFrame]:
    """One frame a cluster, highest median typicality first (ties: by first patch id)."""
    groups = [group for _, group in members.groupby("group")]
    return sorted(groups, key=lambda group: (-group["typicality"].median(), group["patch"].iloc[0]))


def _records(label: str, rank: int, cluster: pd.DataFrame, pictures: int) -> Iterator[Record]:
    """The row of one cluster and those of its members, nearest to the centre first."""
    name = f"{digest(label)}-{rank}"
    yield Record("clusters", {"cluster": name, "label": label, "rank": rank, **summary(cluster, pictures)})
    nearest_first = cluster.sort_values(["distance", "patch"])
    for position, (patch, distance) in enumerate(
        zip(nearest_first["patch"], nearest_first["distance"], strict=True)
    ):
        member = {"cluster": name, "label": label, "patch": patch}
        yield Record("members", {**member, "distance": float(distance), "position": position})
