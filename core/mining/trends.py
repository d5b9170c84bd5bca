"""Stage `trends`: parallel clusters, and what they become from label to label (paper, section 5.1).

A place has a feature vector under every label. Joined, they say how it looks everywhere at once; places
that are alike in that are a parallel cluster.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.decomposition import PCA
from threadpoolctl import threadpool_limits

from core.mining.clusters import k_means
from core.mining.colours import dominant
from core.mining.cotypicality import top_places
from core.mining.intervals import median_interval
from core.specs import TrendSpec
from core.stages import Inputs, Record, Shard

SAMPLED = 64
"""Most members whose pixels a cluster's colours are taken from: the nearest to its centre."""


@dataclass(frozen=True)
class Seen:
    """The n best places under one label, in the order of their table.

    Attributes:
        typicality: (n,).
        vectors: (n, d) DIFT features of length 1.
        colours: (n, s, s, 3) uint8, the places shrunk to few pixels.
    """

    typicality: NDArray[np.float64]
    vectors: NDArray[np.float32]
    colours: NDArray[np.uint8]


def group(inputs: Inputs, shard: Shard) -> Iterator[Record]:
    """The parallel clusters of the study, the most co-typical first, each followed by its members and by
    what it is under every label. Nothing where nothing was translated."""
    places = top_places(inputs.artifacts["cotypicality"].table("places"), inputs.spec.cotypicality.top)
    if places.empty:
        return
    seen = {label: _seen(inputs, places, label) for label in inputs.labels}
    spec = inputs.spec.trends
    assignment, distances = k_means(joined(seen, spec.directions), spec.clusters, spec.seed)
    members = places[["place", "picture", "label", "cotypicality"]].assign(
        group=assignment, distance=distances, at=np.arange(len(places))
    )
    for rank, cluster in enumerate(by_cotypicality(members)):
        yield from _records(f"trend-{rank}", rank, cluster, seen, spec)


def joined(seen: Mapping[str, Seen], directions: int) -> NDArray[np.float64]:
    """(n, labels * directions): each label's features reduced to their widest directions, side by side.

    The paper reduces by UMAP, whose result depends on chance; principal components do not.
    """
    reduced = []
    with threadpool_limits(1):
        for one in seen.values():
            points = one.vectors.astype(np.float64)
            few = min(directions, *points.shape)
            reduced.append(PCA(few, svd_solver="full").fit_transform(points))
    return np.concatenate(reduced, axis=1)


def by_cotypicality(members: pd.DataFrame) -> list[pd.DataFrame]:
    """One frame a cluster, members nearest to the centre first; the highest median co-typicality leads
    (ties: by first place id)."""
    groups = [one.sort_values(["distance", "place"]) for _, one in members.groupby("group")]
    return sorted(groups, key=lambda one: (-one["cotypicality"].median(), one["place"].min()))


def under_label(
    cluster: pd.DataFrame, label: str, seen: Mapping[str, Seen], spec: TrendSpec
) -> dict[str, Any]:
    """What a parallel cluster is under one label: a row of table `views`.

    `change` is the mean cosine distance of a place's features from its source's, over the members that come
    from another label; NaN where there is none.
    """
    at, here = cluster["at"].to_numpy(), seen[label]
    low, high = median_interval(here.typicality[at])
    moved = cluster[cluster["label"] != label]
    apart = [
        _apart(here.vectors[i], seen[own].vectors[i])
        for i, own in zip(moved["at"], moved["label"], strict=True)
    ]
    colours, shares = dominant(here.colours[at[:SAMPLED]].reshape(-1, 3), spec.colours, spec.seed)
    return {
        "label": label,
        "size": len(cluster),
        "own": len(cluster) - len(moved),
        "median": float(np.median(here.typicality[at])),
        "low": low,
        "high": high,
        "change": float(np.mean(apart)) if apart else float("nan"),
        "colours": colours.tolist(),
        "shares": shares.tolist(),
    }


def moves(
    labels: Sequence[str], own: Sequence[str], vectors: Mapping[str, NDArray[np.float32]]
) -> NDArray[np.float64]:
    """From anywhere to anywhere: how far places of each label move under each other one, (k, k).

    Rows are the labels places come from, columns those they are seen under: the mean cosine distance of a
    place's features from its source's. NaN where no place comes from a label.

    Args:
        labels: all k of them.
        own: the label each of n places comes from.
        vectors: (n, d) features of the places under each label.
    """
    found = np.full((len(labels), len(labels)), np.nan)
    for row, source in enumerate(labels):
        places = [at for at, label in enumerate(own) if label == source]
        for column, target in enumerate(labels):
            apart = [_apart(vectors[target][at], vectors[source][at]) for at in places]
            found[row, column] = np.mean(apart) if apart else np.nan
    return found


def _apart(some: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    """The cosine distance of two vectors; they were rounded, so their lengths are only about 1."""
    lengths = float(np.linalg.norm(some) * np.linalg.norm(other)) or 1.0
    return max(0.0, 1 - float(some @ other) / lengths)


def _records(
    name: str, rank: int, cluster: pd.DataFrame, seen: Mapping[str, Seen], spec: TrendSpec
) -> Iterator[Record]:
    low, high = median_interval(cluster["cotypicality"].to_numpy())
    median = float(cluster["cotypicality"].median())
    sizes = {"size": len(cluster), "pictures": cluster["picture"].nunique()}
    yield Record("trends", {"trend": name, "rank": rank, **sizes, "median": median, "low": low, "high": high})
    for position, row in enumerate(cluster.to_dict("records")):
        member = {key: row[key] for key in ("place", "picture", "label", "cotypicality", "distance")}
        yield Record("members", {"trend": name, **member, "position": position})
    for label in seen:
        yield Record("views", {"trend": name, **under_label(cluster, label, seen, spec)})


def _seen(inputs: Inputs, places: pd.DataFrame, label: str) -> Seen:
    artifact = inputs.artifacts["appearance"]
    views, measured = artifact.table("views"), inputs.artifacts["cotypicality"].table("views")
    rows = views[views["label"] == label].set_index("place").loc[places["place"]].reset_index()
    typicality = measured[measured["label"] == label].set_index("place").loc[places["place"], "typicality"]
    arrays = {
        name: np.stack([artifact.array("views", name, row) for _, row in rows.iterrows()])
        for name in ("vector", "colours")
    }
    return Seen(
        typicality.to_numpy(np.float64),
        arrays["vector"].astype(np.float32),
        arrays["colours"].astype(np.uint8),
    )
