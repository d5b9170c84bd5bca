"""Are marked boxes found? Regions in which a map is high, against the boxes that experts drew."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Boxes = NDArray[np.float64]
"""(n, 4): x, y, w, h in pixels."""

OVERLAPS = (0.5, 0.25)
"""Intersection over union from which on a box counts as found: the usual one, and a loose one."""

LEVELS = (0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.925, 0.95, 0.97, 0.98, 0.99)
"""Thresholds that are tried, as shares of all the study's map pixels that lie below."""

LEAST_SHARE = 0.001
"""Of a picture: a region of a mask that is smaller is a speck nobody would draw a box around."""


def regions(high: NDArray[np.bool_], least: int = 1) -> Boxes:
    """The box around each connected region (8 neighbours) of at least `least` pixels."""
    _, _, found, _ = cv2.connectedComponentsWithStats(high.astype(np.uint8), connectivity=8)
    boxes = found[1:][found[1:, cv2.CC_STAT_AREA] >= least]
    return np.asarray(boxes[:, :4], dtype=np.float64)


def boxes_of_mask(positives: NDArray[np.bool_]) -> Boxes:
    """What stands for boxes where the truth is a mask: those around its regions, specks left out."""
    return regions(positives, max(1, round(LEAST_SHARE * positives.size)))


def contours(positives: NDArray[np.bool_]) -> list[NDArray[np.float64]]:
    """The outer edge of each region of a mask, (n, 2) of x, y in pixels, specks left out."""
    lines, _ = cv2.findContours(positives.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    least = max(1, round(LEAST_SHARE * positives.size))
    return [
        line[:, 0].astype(np.float64) + 0.5
        for line in lines
        if len(line) > 2 and cv2.contourArea(line) >= least
    ]


def overlaps(ones: Boxes, others: Boxes) -> NDArray[np.float64]:
    """Intersection over union of each of n boxes with each of m, (n, m)."""
    low = np.maximum(ones[:, None, :2], others[None, :, :2])
    high = np.minimum((ones[:, :2] + ones[:, 2:])[:, None], (others[:, :2] + others[:, 2:])[None])
    inside = np.clip(high - low, 0, None).prod(axis=-1)
    areas = ones[:, None, 2:].prod(axis=-1) + others[None, :, 2:].prod(axis=-1)
    return np.asarray(inside / np.maximum(areas - inside, 1e-9))


def regions_at(
    scores: NDArray[np.floating[Any]], thresholds: Sequence[float] | NDArray[np.floating[Any]]
) -> list[Boxes]:
    """The regions of a map at or above each threshold."""
    return [regions(scores >= threshold) for threshold in thresholds]


def found(truth: Boxes, at: Sequence[Boxes]) -> NDArray[np.int32]:
    """How many true boxes have a region that overlaps enough, (thresholds, len(OVERLAPS))."""
    counts = np.zeros((len(at), len(OVERLAPS)), np.int32)
    for number, boxes in enumerate(at):
        if len(truth) and len(boxes):
            best = overlaps(truth, boxes).max(axis=1)
            counts[number] = [(best >= least).sum() for least in OVERLAPS]
    return counts
