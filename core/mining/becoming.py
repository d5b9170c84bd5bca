"""What becomes of a colour from one label to another, in words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

SEEN = 3.0
"""A distance in CIELAB, or a difference in L, that an eye notices without looking for it."""
COLOURFUL = 10.0
"""A difference in chroma that makes something greyer, or more colourful."""
GREY = 10.0
"""Chroma below which a colour has no hue to speak of."""
HUES = (
    (20, "more pink"), (55, "redder"), (75, "more orange"), (110, "yellower"), (185, "greener"),
    (300, "bluer"), (345, "more purple"), (360, "more pink"),
)  # fmt: skip
"""Up to which angle of a and b a hue has its name."""


def mean_colour(colours: Sequence[Sequence[float]], shares: Sequence[float]) -> NDArray[np.float64]:
    """(3,) CIELAB: dominant colours, each as much as its share of the pixels."""
    stacked = np.stack([np.asarray(colour, np.float64) for colour in colours])
    return np.asarray(np.average(stacked, axis=0, weights=np.asarray(shares, np.float64)), np.float64)


def chroma(colour: NDArray[np.floating[Any]]) -> float:
    """How colourful a colour is: its distance from grey."""
    return math.hypot(float(colour[1]), float(colour[2]))


def apart(some: NDArray[np.floating[Any]], other: NDArray[np.floating[Any]]) -> float:
    """The distance of two colours in CIELAB."""
    return float(np.linalg.norm(some - other))


def in_words(before: NDArray[np.floating[Any]], after: NDArray[np.floating[Any]]) -> str:
    """ "darker and greyer"; empty where an eye would hardly notice."""
    if apart(before, after) < SEEN:
        return ""
    words, lighter = [], float(after[0] - before[0])
    if abs(lighter) >= SEEN:
        words.append("lighter" if lighter > 0 else "darker")
    gained = chroma(after) - chroma(before)
    if abs(gained) >= COLOURFUL:
        words.append("more colourful" if gained > 0 else "greyer")
    hue = _hue(after)
    if hue and hue != _hue(before):
        words.append(hue)
    return ", ".join(words[:-1]) + (" and " if len(words) > 1 else "") + words[-1] if words else ""


def _hue(colour: NDArray[np.floating[Any]]) -> str:
    if chroma(colour) < GREY:
        return ""
    angle = math.degrees(math.atan2(float(colour[2]), float(colour[1]))) % 360
    return next(name for end, name in HUES if angle <= end)
