"""Do the maps point at the truth? T against boxes or masks, over all pixels of a label (paper, fig. 11).

The truth may be boxes drawn by people or masks of planted elements. Three questions: how well T ranks
pixels (average precision), whether its highest pixel is right (the pointing game), and whether the regions
in which it is high are the boxes (`recall.py`). Whether each planted element got a cluster of its own is
asked in `elements.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.mining import recall, resampling
from core.mining.resampling import Estimate


@dataclass(frozen=True)
class Evidence:
    """What the denoiser says about one picture, and the truth: three (height, width) arrays of one shape."""

    typicality: NDArray[np.floating[Any]]
    """T at picture resolution."""
    change: NDArray[np.floating[Any]]
    """The change map at picture resolution."""
    positives: NDArray[np.bool_]
    """Where the label truly shows."""
    picture: str = ""
    """Its id."""
    boxes: recall.Boxes | None = None
    """What was marked, in pixels of these arrays; None stands for the boxes around the positives' regions."""


@dataclass(frozen=True)
class Scale:
    """What all pictures of an evaluation share: where bins of T meet, and the thresholds that are tried."""

    edges: NDArray[np.float32]
    thresholds: NDArray[np.float32]

    @classmethod
    def of(cls, maps: Sequence[NDArray[np.floating[Any]]]) -> Scale:
        """Quantiles of the maps, of any shapes; at least one."""
        values = np.concatenate([np.ravel(one) for one in maps]).astype(np.float32)
        return cls(resampling.score_edges(maps), np.quantile(values, recall.LEVELS).astype(np.float32))


@dataclass(frozen=True)
class Measured:
    """A label's pictures held against the truth; arrays have a row a picture, in the order of ids."""

    pictures: tuple[str, ...]
    average_precision: float
    change_map_average_precision: float
    own: NDArray[np.float64]
    """Average precision of T within each picture; NaN where no pixel is positive."""
    size: NDArray[np.int64]
    """Pixels."""
    positive: NDArray[np.int64]
    """Of them those that are positive."""
    hit: NDArray[np.float64]
    """Whether the highest pixel of T is positive; of several equal ones the share that is."""
    boxes: NDArray[np.int64]
    """How many are marked."""
    found: NDArray[np.int32]
    """Of them those found at each threshold, for each of `recall.OVERLAPS`: (n, thresholds, overlaps)."""
    by_chance: NDArray[np.int32]
    """The same with the map of the label's picture before: one that knows the label, and not the picture."""
    histograms: NDArray[np.uint32] = field(repr=False)
    """(n, 2, BINS), see `resampling.histogram`."""

    def among(self, pictures: Iterable[str]) -> Measured:
        """Only these pictures; over a part of them average precision is that of the histograms."""
        wanted = set(pictures)
        kept = [row for row, picture in enumerate(self.pictures) if picture in wanted]
        if len(kept) == len(self.pictures):
            return self
        rows = {name: getattr(self, name)[kept] for name in _BY_PICTURE}
        binned = float(resampling.binned_average_precision(rows["histograms"].sum(axis=0)))
        return Measured(tuple(self.pictures[row] for row in kept), binned, np.nan, **rows)


_BY_PICTURE = ("own", "size", "positive", "hit", "boxes", "found", "by_chance", "histograms")

FIGURES = ("average_precision", "pointing_game", "box_recall", "loose_box_recall")
"""What a label is measured in; the last two at the one threshold of the evaluation."""


def average_precision(scores: NDArray[np.floating[Any]], positives: NDArray[np.bool_]) -> float:
    """The area under the precision-recall curve over all pixels: every threshold, none left out.

    Args:
        scores, positives: of one shape, any; ten million pixels take a few seconds.

    Returns:
        0 to 1, NaN where no pixel is positive. Compare with `chance`, what a random map gets.
    """
    from sklearn.metrics import average_precision_score  # a second to import, and pages hardly ever need it

    if not positives.any():
        return float("nan")
    return float(average_precision_score(positives.ravel(), scores.ravel()))


def chance(measured: Measured) -> float:
    """The average precision of a map that knows nothing: the share of positive pixels."""
    size = int(measured.size.sum())
    return float(measured.positive.sum() / size) if size else float("nan")


def truth_mask(
    width: int,
    height: int,
    boxes: Iterable[Sequence[float]] = (),
    mask: NDArray[np.integer[Any]] | None = None,
    elements: Sequence[int] | None = None,
) -> NDArray[np.bool_]:
    """The positive pixels of a picture: those in any box, and those of its mask.

    Args:
        width, height: of the picture, in pixels.
        boxes: [x, y, w, h] in those pixels, rounded to whole ones; parts outside the picture are cut off.
        mask: (height, width), the id of the element seen at each pixel, 0 for none.
        elements: which ids count; None for every id but 0.

    Returns:
        (height, width).
    """
    truth = np.zeros((height, width), dtype=np.bool_)
    for x, y, w, h in boxes:
        left, top, right, bottom = (max(0, round(edge)) for edge in (x, y, x + w, y + h))
        truth[top:bottom, left:right] = True
    if mask is not None:
        truth |= mask > 0 if elements is None else np.isin(mask, elements)
    return truth


def pointing(scores: NDArray[np.floating[Any]], positives: NDArray[np.bool_]) -> float:
    """The pointing game for one picture: whether the highest pixel is positive, 0 or 1.

    Of several equally high ones it is the share that is positive: what picking one at random would get.
    """
    return float(positives[scores == scores.max()].mean())


def measure(evidence: Iterable[Evidence], scale: Scale) -> Measured:
    """Hold all pictures of one label against the truth.

    Args:
        evidence: in the order of picture ids; the pixels of all are held, 9 bytes each.
    """
    taken = [_Taken.of(one, scale) for one in evidence]
    typicality, change, positives = (
        np.concatenate([getattr(one.flat, name).ravel() for one in taken] or [np.empty(0)])
        for name in ("typicality", "change", "positives")
    )
    positives = positives.astype(np.bool_)
    rows = [
        {
            "own": average_precision(one.flat.typicality, one.flat.positives),
            "size": one.flat.positives.size,
            "positive": int(one.flat.positives.sum()),
            "hit": pointing(one.flat.typicality, one.flat.positives),
            "boxes": len(one.truth),
            "found": recall.found(one.truth, one.regions),
            "by_chance": recall.found(one.truth, taken[number - 1].regions),
            "histograms": one.histogram,
        }
        for number, one in enumerate(taken)
    ]
    return Measured(
        tuple(one.flat.picture for one in taken),
        average_precision(typicality, positives),
        average_precision(change, positives),
        **stacked(rows),
    )


def stacked(rows: Sequence[Mapping[str, Any]]) -> dict[str, NDArray[Any]]:
    """The fields of `Measured` that have a row a picture, of those rows; there may be none."""
    counted = (len(recall.LEVELS), len(recall.OVERLAPS))
    shapes = {"found": counted, "by_chance": counted, "histograms": (2, resampling.BINS)}
    return {
        name: np.array([row[name] for row in rows]).reshape(len(rows), *shapes.get(name, ()))
        for name in _BY_PICTURE
    }


def best_threshold(labels: Mapping[str, Measured]) -> int:
    """Which threshold finds most boxes, the mean over labels; the first of several equals.

    It is chosen on the very pictures it is reported on, so recall at it is a little flattered; by chance too.
    """
    recalls = [one.found[:, :, 0].sum(axis=0) / one.boxes.sum() for one in labels.values() if one.boxes.sum()]
    return int(np.argmax(np.mean(recalls, axis=0))) if recalls else 0


def estimates(label: str, measured: Measured, threshold: int) -> dict[str, Estimate]:
    """The figures of one label (`FIGURES`), each with its chance level and its bootstrap draws.

    Args:
        label: its name, which decides the draws.
        threshold: as from `best_threshold`.
    """
    weights = resampling.draws_of(len(measured.pictures), label)
    known = measured.positive > 0
    shares = measured.positive[known] / measured.size[known]
    drawn = resampling.average_precision_draws(measured.histograms, weights)
    found = {
        "average_precision": Estimate(measured.average_precision, chance(measured), drawn),
        "pointing_game": resampling.share(
            measured.hit * known, known, float(shares.mean()) if len(shares) else np.nan, weights
        ),
    }
    boxes = measured.boxes.sum()
    for number, name in enumerate(FIGURES[2:]):
        guessed = measured.by_chance[:, threshold, number].sum()
        found[name] = resampling.share(
            measured.found[:, threshold, number], measured.boxes,
            float(guessed / boxes) if boxes and len(measured.pictures) > 1 else np.nan, weights,
        )  # fmt: skip
    return found


@dataclass(frozen=True)
class _Taken:
    """One picture, with what is needed of it more than once."""

    flat: Evidence
    truth: recall.Boxes
    regions: list[recall.Boxes]
    histogram: NDArray[np.uint32]

    @classmethod
    def of(cls, one: Evidence, scale: Scale) -> _Taken:
        truth = recall.boxes_of_mask(one.positives) if one.boxes is None else one.boxes
        return cls(
            one, truth, recall.regions_at(one.typicality, scale.thresholds),
            resampling.histogram(one.typicality, one.positives, scale.edges),
        )  # fmt: skip
