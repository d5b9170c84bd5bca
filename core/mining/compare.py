"""How two labels differ: clusters both have, clusters only one has, and elements that come and go."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment  # type: ignore[import-untyped]

from core.mining.intervals import share_interval
from core.mining.similar import Vectors, centres, directions, similarities

SHARED = 0.6
"""How alike the centres of two labels' clusters must be to count as the same element."""

OWN = 0.9
"""The share of a cluster's own patches that a patch elsewhere must not be worse than to show the element."""


@dataclass(frozen=True)
class Matches:
    """The clusters of two labels side by side; numbers are positions in the centres given."""

    pairs: pd.DataFrame
    """`first`, `second`, `alike`: what both have, most alike first."""
    only_first: tuple[int, ...]
    only_second: tuple[int, ...]
    closest_first: tuple[float, ...]
    """How alike the closest cluster of the other label is, for each of `only_first`."""
    closest_second: tuple[float, ...]


def matched(
    first: Vectors, second: Vectors, middles: tuple[Vectors, Vectors], bar: float = SHARED
) -> Matches:
    """Match the clusters of two labels so that the pairs are as alike as possible in sum (Hungarian method).

    A cluster left over by that, or matched badly, goes with its closest one if they are alike enough; so a
    cluster may be the partner of several. What is alike to nothing is what only one label has.

    Args:
        first, second: (k, d) and (l, d), the centres of the clusters.
        middles: (d,) each, the mean of all patches of either label; likeness is seen from between them.
        bar: the lowest likeness of a pair.
    """
    middle = (middles[0] + middles[1]) / 2
    alike = directions(first, middle) @ directions(second, middle).T
    if not alike.size:
        return Matches(
            pd.DataFrame({"first": [], "second": [], "alike": []}),
            tuple(range(len(first))), tuple(range(len(second))),
            (np.nan,) * len(first), (np.nan,) * len(second),
        )  # fmt: skip
    partners = dict(zip(*linear_sum_assignment(-alike), strict=True))
    rows = []
    for own, row in enumerate(alike):
        partner = partners.get(own, -1)
        if partner < 0 or row[partner] < bar:
            partner = int(row.argmax())
        if row[partner] >= bar:
            rows.append((own, int(partner), float(row[partner])))
    left_over = set(range(len(second))) - {partner for _, partner, _ in rows}
    for other in sorted(left_over):
        own = int(alike[:, other].argmax())
        if alike[own, other] >= bar:
            rows.append((own, other, float(alike[own, other])))
    pairs = pd.DataFrame(rows, columns=["first", "second", "alike"])
    best_first, best_second = alike.max(axis=1), alike.max(axis=0)
    alone_first, alone_second = np.flatnonzero(best_first < bar), np.flatnonzero(best_second < bar)
    return Matches(
        pairs.sort_values("alike", ascending=False, kind="stable", ignore_index=True),
        tuple(alone_first.tolist()), tuple(alone_second.tolist()),
        tuple(best_first[alone_first].tolist()), tuple(best_second[alone_second].tolist()),
    )  # fmt: skip


def bars(own: Vectors, groups: NDArray[Any], names: Sequence[str], middle: Vectors) -> NDArray[np.float64]:
    """How alike to each cluster's centre a patch must be to show its element: as alike as `OWN` of its own.

    Args:
        own: (n, d), the patches of the clusters.
        groups: (n,), the cluster each is in.
        names: (k,), the clusters asked for, none of them empty.
        middle: (d,), from which likeness is seen.

    Returns:
        (k,), cosines.
    """
    alike = similarities([own], centres(own, groups, names), middle)
    return np.array([np.quantile(alike[groups == name, at], 1 - OWN) for at, name in enumerate(names)])


def change(showing: Collection[str], values: pd.Series[Any]) -> float:
    """How far apart the highest and the lowest coverage of an element are; 0 where there are no pictures.

    Args:
        showing, values: as for `coverage`.
    """
    shares = values.index.to_series().isin(list(showing)).groupby(values.to_numpy()).mean()
    return float(shares.max() - shares.min()) if len(shares) else 0.0


def coverage(showing: Collection[str], values: pd.Series[Any]) -> pd.DataFrame:
    """In what share of the pictures of each value an element shows.

    Args:
        showing: the pictures that show it.
        values: the value of every picture looked at, indexed by picture.

    Returns:
        Indexed by value, sorted: `pictures`, `showing`, `coverage` and its 95% interval `low`, `high`.
    """
    shows = pd.Series(values.index.isin(list(showing)), index=values.index)
    by_value = shows.groupby(values.to_numpy())
    pictures, some = by_value.size(), by_value.sum().astype(int)
    ends = np.array([share_interval(*counts) for counts in zip(some, pictures, strict=True)]).reshape(-1, 2)
    return pd.DataFrame(
        {
            "pictures": pictures,
            "showing": some,
            "coverage": some / pictures,
            "low": ends[:, 0],
            "high": ends[:, 1],
        }
    )
