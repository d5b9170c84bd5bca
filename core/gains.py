"""What a training gains on pictures it does not see, and when it had better stop."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np


class Gain(NamedTuple):
    """One look at held-out pictures."""

    step: int
    """Steps made before it."""
    gain: float
    """Mean T (eq. 3) under the right label: how much it helps with pictures that were never seen."""
    over_wrong: float
    """The same less the mean T under wrong labels: how much of it is the right label's own merit."""


def best(gains: Sequence[Gain]) -> Gain | None:
    """The first look of the highest gain; None where nobody looked."""
    return max(gains, key=lambda look: look.gain, default=None)


def is_over(gains: Sequence[Gain], patience: int) -> bool:
    """Whether the gain has not risen for `patience` looks; never where that is 0."""
    highest = best(gains)
    return bool(patience and highest and len(gains) - 1 - list(gains).index(highest) >= patience)


def overfitting(losses: Sequence[float], gains: Sequence[Gain]) -> str:
    """What is to be said when the loss falls on while the held-out gain falls; else empty.

    Compared are the steps since the best look with as many before it: a loss of one step says nothing.

    Args:
        losses: of every step, from the first on.
        gains: of every look.
    """
    highest = best(gains)
    if highest is None or len(gains) - 1 - list(gains).index(highest) < 2:
        return ""
    last = gains[-1]
    long = min(last.step - highest.step, highest.step)
    before, since = losses[highest.step - long : highest.step], losses[last.step - long : last.step]
    if not len(before) or not len(since) or np.mean(since) >= np.mean(before) or last.gain >= highest.gain:
        return ""
    return (
        f"Overfitting: after step {highest.step:,} the training loss still fell "
        f"({np.mean(before):.4f} to {np.mean(since):.4f}), but the gain on held-out pictures fell too "
        f"({highest.gain:.5f} to {last.gain:.5f}). The model learns these pictures by heart: take more "
        "pictures, fewer steps or a lower rank."
    )
