"""Which pictures can still hold one of their label's best patches, after a first look at all?"""

from __future__ import annotations

import numpy as np
import pandas as pd

from core.mining.boxes import box_errors, box_means, pick_apart
from core.mining.sums import Sums
from core.specs import PatchSpec, ScreenSpec

_UNKNOWN = 1e30
"""Standard error of a score of which nothing is known, as after a single draw: it may be anything."""


def best_scores(total: Sums, patches: PatchSpec, frame: tuple[int, int]) -> tuple[list[float], list[float]]:
    """Scores of a picture's best patches, best first, and their standard errors.

    Args:
        total: what the first samples gave.
        patches: size and number of patches, and what ranks them.
        frame: (width, height) of the framed picture in pixels.
    """
    plane = 0 if patches.by == "typicality" else 1
    mean = total.bins[plane].sum(axis=0) / total.counts.sum()
    means = box_means(mean, patches.size, frame)
    # The change map has no spread of its own here; typicality's, which is larger, errs on the safe side.
    error = np.nan_to_num(total.box_error().astype(np.float32), nan=_UNKNOWN)
    errors = box_errors(error, patches.size, frame)
    picked = pick_apart(means, patches.size, patches.per_picture)
    return [float(means[y, x]) for x, y in picked], [float(errors[y, x]) for x, y in picked]


def survivors(screened: pd.DataFrame, spec: ScreenSpec, top: int) -> set[str]:
    """Pictures that may still enter the best `top` patches of their label.

    A patch's true score is taken to lie within `spec.sigmas` standard errors. Where `top` patches of a
    label are surely above some score, a picture whose best patch is surely below it need not be
    measured further.

    Args:
        screened: rows with `picture`, `label`, and lists `scores` and `errors` as of `best_scores`.
        spec: how sure.
        top: how many patches of a label go on.
    """
    keep: set[str] = set()
    if not len(screened):
        return keep
    for _, rows in screened.groupby("label"):
        surely = np.concatenate(
            [
                np.subtract(s, spec.sigmas * np.asarray(e))
                for s, e in zip(rows["scores"], rows["errors"], strict=True)
            ]
        )
        bar = np.sort(surely)[-top] if len(surely) > top else -np.inf
        hopes = [
            np.max(np.add(s, spec.sigmas * np.asarray(e)), initial=-np.inf)
            for s, e in zip(rows["scores"], rows["errors"], strict=True)
        ]
        keep |= {picture for picture, hope in zip(rows["picture"], hopes, strict=True) if hope >= bar}
    return keep
