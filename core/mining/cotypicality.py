"""Places that are typical under every label they are seen under (paper, eq. 4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.mining.boxes import box_means, pick_apart


@dataclass(frozen=True)
class Place:
    """A square of a source and of all its translations.

    Attributes:
        x, y: its first pixel, in pixels of the framed picture.
        typicality: (labels,) T of the square under each label, in the order of the maps.
        cotypicality: their median.
    """

    x: int
    y: int
    typicality: NDArray[np.float32]
    cotypicality: float


def places(maps: NDArray[np.floating[Any]], size: int, frame: tuple[int, int], count: int) -> list[Place]:
    """The `count` squares with the highest median of T over the labels that do not overlap, best first.

    Args:
        maps: (labels, h, w) latent maps of T: of the source and its translations, each under its own label.
        size: side of a square in pixels.
        frame: (width, height) of the framed picture.
        count: how many at most. A place whose T is not a number under some label is never picked.

    Raises:
        UserError: the square does not fit into the picture.
    """
    means = np.stack([box_means(one, size, frame) for one in maps])
    median = np.median(means, axis=0).astype(np.float32)
    return [Place(x, y, means[:, y, x], float(median[y, x])) for x, y in pick_apart(median, size, count)]


def top_places(table: pd.DataFrame, top: int) -> pd.DataFrame:
    """The best `top` rows of table `cotypicality/places` (ties: by place id), best first."""
    if table.empty:  # a table without rows has no columns
        return pd.DataFrame(columns=["place", "picture", "label", "cotypicality"])
    ordered = table.sort_values(["cotypicality", "place"], ascending=[False, True])
    return ordered.head(top).reset_index(drop=True)
