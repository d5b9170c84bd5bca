"""Which patches look like one another: cosines of DIFT features, exact and without an index.

Features of any pictures point roughly the same way, so a plain cosine is close to 1 for all of them. Here
it is taken from the `middle` of all patches: 1 is the same look, 0 nothing in common, below 0 the opposite.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Vectors = NDArray[np.floating[Any]]


def middle(blocks: Iterable[Vectors]) -> NDArray[np.float32]:
    """The mean of all vectors.

    Args:
        blocks: (n_i, d) each, a part of the vectors at a time so that they need not fit into memory.

    Raises:
        ValueError: there is no vector.
    """
    total: NDArray[np.float64] | None = None
    seen = 0
    for block in blocks:
        part = block.sum(axis=0, dtype=np.float64)
        total, seen = part if total is None else total + part, seen + len(block)
    if total is None or not seen:
        raise ValueError("the mean of no vectors")
    return (total / seen).astype(np.float32)


def similarities(blocks: Iterable[Vectors], queries: Vectors, middle: Vectors) -> NDArray[np.float32]:
    """How alike each vector is to each query: the cosine of the two as seen from the middle.

    Args:
        blocks: (n_i, d) each, float16 or wider; computed in float32.
        queries: (k, d).
        middle: (d,), as from the function of that name.

    Returns:
        (n, k) of all blocks in order, from -1 to 1; 0 for what lies exactly in the middle.
    """
    towards = directions(queries, middle).T
    found = [np.zeros((0, len(queries)), np.float32)]
    for block in blocks:
        seen, lengths = _seen_from(middle, block)
        found.append(_over(seen @ towards, lengths))
    return np.concatenate(found)


def directions(vectors: Vectors, middle: Vectors) -> NDArray[np.float32]:
    """(n, d) vectors as seen from the middle, each of length 1; zeros where one lies in it."""
    return _over(*_seen_from(middle, vectors))


def _seen_from(middle: Vectors, vectors: Vectors) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Where vectors lie from the middle, (n, d), and how far away, (n, 1)."""
    seen = vectors.astype(np.float32)
    seen -= middle.astype(np.float32)
    return seen, np.sqrt(np.einsum("ij,ij->i", seen, seen))[:, None]


def _over(values: NDArray[np.float32], lengths: NDArray[np.float32]) -> NDArray[np.float32]:
    divided: NDArray[np.float32] = np.divide(values, lengths, out=np.zeros_like(values), where=lengths > 1e-6)
    return divided


def nearest(alike: NDArray[np.floating[Any]], allowed: NDArray[np.bool_], count: int) -> NDArray[np.intp]:
    """The positions of the most alike among those allowed, best first (ties: the earlier one).

    Args:
        alike: (n,), as from `similarities`.
        allowed: (n,).
        count: how many at most.
    """
    places = np.flatnonzero(allowed)
    order = np.argsort(-alike[places], kind="stable")
    return places[order[:count]]


def centres(
    vectors: Vectors, groups: NDArray[Any], names: Sequence[str] | NDArray[Any]
) -> NDArray[np.float32]:
    """The mean vector of each group named, (k, d); zeros for one without vectors.

    Args:
        vectors: (n, d).
        groups: (n,), the name of the group each belongs to.
        names: (k,), all different; vectors of other groups are passed over.
    """
    codes = pd.Index(names, dtype=object).get_indexer(pd.Index(groups, dtype=object))
    found = np.zeros((len(names), vectors.shape[1]), np.float32)
    for code in np.unique(codes[codes >= 0]):
        found[code] = vectors[codes == code].mean(axis=0, dtype=np.float64)
    return found
