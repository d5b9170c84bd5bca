"""How alike are two measurements of the same pictures? Maps, patches and the best of them; arrays only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.mining.boxes import box_errors, box_means, pick_apart
from core.mining.patches import top_patches
from core.mining.sums import Sums
from core.mining.typicality import mean_over_t
from core.specs import PatchSpec

By = Literal["typicality", "change"]
STEP = 8
"""Pixels between the squares that are compared; neighbours a pixel apart say the same thing twice."""


@dataclass(frozen=True)
class Estimate:
    """One picture's maps as the project keeps them: (h, w) each."""

    typicality: NDArray[np.float32]
    change: NDArray[np.float32]
    error: NDArray[np.float16]
    """Of the square around each latent pixel."""

    @staticmethod
    def of(total: Sums) -> Estimate:
        """What stage `patches` would read of these sums."""
        typicality, change = mean_over_t(total.bin_means(), total.counts)
        return Estimate(typicality, change, total.box_error())


@dataclass(frozen=True)
class Pictures:
    """Whose maps they are, in order, and how patches are taken from them."""

    ids: Sequence[str]
    labels: Sequence[str]
    frame: tuple[int, int]
    patches: PatchSpec


def means(estimates: Sequence[Estimate], pictures: Pictures, by: By) -> NDArray[np.float32]:
    """Box means of every picture on a grid of squares, (pictures, rows, columns)."""
    size, frame = pictures.patches.size, pictures.frame
    return np.stack([box_means(getattr(one, by), size, frame)[::STEP, ::STEP] for one in estimates])


def correlation(
    a: Sequence[Estimate], b: Sequence[Estimate], pictures: Pictures, by: By = "typicality"
) -> float:
    """Pearson's r over the patches of all pictures: the patches of a label compete across its pictures."""
    return float(np.corrcoef(means(a, pictures, by).ravel(), means(b, pictures, by).ravel())[0, 1])


def coverage(tested: Sequence[Estimate], reference: Sequence[Estimate], pictures: Pictures) -> float:
    """Share of patches whose reference lies within the 95% interval the project gives them."""
    size, frame = pictures.patches.size, pictures.frame
    errors = np.stack([box_errors(one.error, size, frame)[::STEP, ::STEP] for one in tested])
    off = np.abs(means(tested, pictures, "typicality") - means(reference, pictures, "typicality"))
    return float(np.mean(off <= 1.96 * errors))


def best(estimates: Sequence[Estimate], pictures: Pictures, by: By = "typicality") -> pd.DataFrame:
    """The patches that go on to clustering: of all candidates each label's best."""
    return top_patches(candidates(estimates, pictures, by), pictures.patches.top)


def candidates(estimates: Sequence[Estimate], pictures: Pictures, by: By = "typicality") -> pd.DataFrame:
    """Each picture's best patches that lie apart: `patch`, `picture`, `label`, `x`, `y`, `score`, and `error`
    of their typicality."""
    size, rows = pictures.patches.size, []
    for picture, label, one in zip(pictures.ids, pictures.labels, estimates, strict=True):
        means = box_means(getattr(one, by), size, pictures.frame)
        errors = box_errors(one.error, size, pictures.frame)
        for rank, (x, y) in enumerate(pick_apart(means, size, pictures.patches.per_picture)):
            place = {"patch": f"{picture}-{rank}", "picture": picture, "label": label, "x": x, "y": y}
            rows.append({**place, "score": float(means[y, x]), "error": float(errors[y, x])})
    return pd.DataFrame(rows)


def overlap(chosen: pd.DataFrame, reference: pd.DataFrame, size: int) -> float:
    """Share of the reference's patches that were chosen too: same picture, intersection over union >= 0.5.

    That ratio means two squares share two thirds of either. Squares of one selection do not overlap, so
    none can have two such partners, and counting pairs is matching one to one.
    """
    pairs = reference.merge(chosen, on=["label", "picture"], suffixes=("", "_chosen"))
    across = (size - (pairs["x"] - pairs["x_chosen"]).abs()).clip(lower=0)
    down = (size - (pairs["y"] - pairs["y_chosen"]).abs()).clip(lower=0)
    shared = across * down
    return float((shared / (2 * size**2 - shared) >= 0.5).sum() / len(reference))
