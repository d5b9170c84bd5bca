"""Do the maps point at the truth? Average precision of T against boxes or masks (paper, fig. 11).

The truth may be boxes drawn by people or masks of planted elements. Whether each of those elements
got a cluster of its own is asked in `elements.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray


@dataclass(frozen=True)
class Evidence:
    """What the denoiser says about one picture, and the truth: three (height, width) arrays of one shape."""

    typicality: NDArray[np.floating[Any]]
    """T at picture resolution."""
    change: NDArray[np.floating[Any]]
    """The change map at picture resolution."""
    positives: NDArray[np.bool_]
    """Where the label truly shows."""


class Localisation(NamedTuple):
    """How well maps point at the truth."""

    by_label: pd.DataFrame
    """A row a label: `average_precision`, `change_map_average_precision`, `chance`, `pictures`."""
    mean: pd.Series[float]
    """The mean over the labels that have any positive pixel."""


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


def chance(positives: NDArray[np.bool_]) -> float:
    """The average precision of a map that knows nothing: the share of positive pixels."""
    return float(positives.mean())


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


def evaluate(labels: Mapping[str, Iterable[Evidence]]) -> Localisation:
    """Average precision of T and of the change map, over all pixels of all pictures of each label.

    Args:
        labels: the evidence of each label, which may be a generator: one label is held at a time.
    """
    rows = {label: _one_label(evidence) for label, evidence in labels.items()}
    by_label = pd.DataFrame.from_dict(rows, orient="index").rename_axis("label")
    return Localisation(by_label, by_label.dropna().mean())


def _one_label(evidence: Iterable[Evidence]) -> dict[str, float]:
    """One row of `Localisation.by_label`."""
    flat = [(one.typicality.ravel(), one.change.ravel(), one.positives.ravel()) for one in evidence]
    if not flat:
        nan = float("nan")
        return {"average_precision": nan, "change_map_average_precision": nan, "chance": nan, "pictures": 0}
    typicality, change, positives = (np.concatenate(parts) for parts in zip(*flat, strict=True))
    return {
        "average_precision": average_precision(typicality, positives),
        "change_map_average_precision": average_precision(change, positives),
        "chance": chance(positives),
        "pictures": len(flat),
    }
