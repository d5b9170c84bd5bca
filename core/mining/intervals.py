"""How sure an estimate is, without assuming a shape for what it was estimated from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray


def median_interval(values: NDArray[np.floating[Any]], confidence: float = 0.95) -> tuple[float, float]:
    """Two of the values between which the population's median lies with at least this confidence.

    The number of values below the median is binomial(n, 1/2) whatever their distribution, as long
    as they are independent. Fewer than six values cannot bound it with 95%: then both ends are NaN.
    """
    from scipy.stats import binom  # type: ignore[import-untyped]

    ordered = np.sort(values)
    outside = int(binom.ppf((1 - confidence) / 2, len(ordered), 0.5))
    if not outside:
        return np.nan, np.nan
    return float(ordered[outside - 1]), float(ordered[-outside])


def share_interval(some: int, of: int, confidence: float = 0.95) -> tuple[float, float]:
    """Where a population's share lies when `some` of the `of` that were seen had it (Wilson's interval).

    Both ends are NaN where none was seen.
    """
    if not of:
        return np.nan, np.nan
    from scipy.stats import binomtest

    found = binomtest(int(some), int(of)).proportion_ci(confidence, method="wilson")
    return float(found.low), float(found.high)


def average_precision_interval(
    scores: Sequence[NDArray[np.floating[Any]]],
    positives: Sequence[NDArray[np.bool_]],
    resamples: int = 200,
    seed: int = 0,
    confidence: float = 0.95,
) -> tuple[float, float]:
    """Bootstrap interval of the average precision over the pixels of several pictures.

    Whole pictures are drawn with replacement, since pixels of one picture are not independent.
    Pixels are sorted once; each draw only weighs them anew.

    Args:
        scores, positives: one array a picture, of equal shapes within a picture.

    Returns:
        Both ends; NaN where no pixel is positive.
    """
    flat, truth = (np.concatenate([np.ravel(one) for one in many]) for many in (scores, positives))
    owner = np.repeat(np.arange(len(scores)), [one.size for one in scores])
    order = np.argsort(-flat, kind="stable")
    flat, truth, owner = flat[order], truth[order].astype(bool), owner[order]
    last_of_ties = np.flatnonzero(np.append(np.diff(flat) != 0, True))
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(resamples):
        weights = np.bincount(rng.integers(len(scores), size=len(scores)), minlength=len(scores))[owner]
        hits, seen = np.cumsum(weights * truth)[last_of_ties], np.cumsum(weights)[last_of_ties]
        if hits[-1]:
            found.append((np.diff(hits, prepend=0) * hits / np.maximum(seen, 1)).sum() / hits[-1])
    if not found:
        return np.nan, np.nan
    low, high = np.quantile(found, [(1 - confidence) / 2, (1 + confidence) / 2])
    return float(low), float(high)
