"""Did every planted element get a cluster of its own? Patches against masks whose every pixel is known."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Mask = NDArray[np.integer[Any]]
"""(height, width), the id of the element seen at each pixel of a picture, 0 for none."""

SHOWN_FROM = 6
"""Clusters with fewer members are hidden, as in the paper's own figures, and so do not count here."""


def element_of(mask: Mask, left: int, top: int, right: int, bottom: int) -> int:
    """The element with most of a patch's masked pixels (ties: the lowest id); 0 where none is masked."""
    pixels = np.bincount(mask[top:bottom, left:right].ravel(), minlength=2)[1:]
    return int(pixels.argmax()) + 1 if pixels.any() else 0


def patch_elements(patches: pd.DataFrame, mask_of: Callable[[str], Mask]) -> pd.Series[int]:
    """The element each patch belongs to, indexed by patch id.

    Args:
        patches: table `patches`, of which `patch`, `picture` and the box in original pixels are read.
        mask_of: the mask of a picture id, in original pixels; asked once a picture.
    """
    found: dict[str, int] = {}
    for picture, of_picture in patches.groupby("picture"):
        mask = mask_of(str(picture))
        boxes = of_picture[["left", "top", "right", "bottom"]].round().astype(int).to_numpy()
        for patch, (left, top, right, bottom) in zip(of_picture["patch"], boxes, strict=True):
            found[patch] = element_of(mask, left, top, right, bottom)
    return pd.Series(found, dtype="int64", name="element").rename_axis("patch")


def elements_found(
    clusters: pd.DataFrame,
    members: pd.DataFrame,
    patch_elements: pd.Series[int],
    elements: pd.DataFrame,
    first: int = 10,
    purity: float = 0.8,
) -> pd.DataFrame:
    """For each planted element, the purest of its label's first clusters, and whether that is pure enough.

    A cluster's purity for an element is the share of its members that belong to it. The first
    clusters are the `first` by rank among those that are shown (`SHOWN_FROM` members or more).

    Args:
        clusters, members: the tables of stage `clusters`.
        patch_elements: the element of every member, as from the function of that name.
        elements: a row an element with `id` and `label`; other columns are kept.
        first: how many clusters a label.
        purity: from which share on an element counts as found.

    Returns:
        `elements` with `found`, `cluster` (id), `purity` and `rank` of its purest cluster (ties: the
        lower rank); where no cluster holds the element, `cluster` and `rank` are missing and purity is 0.
    """
    shown = clusters[clusters["size"] >= SHOWN_FROM].sort_values("rank").groupby("label").head(first)
    held = members[["cluster"]].assign(id=patch_elements.loc[members["patch"]].to_numpy())
    shares = held.groupby("cluster")["id"].value_counts(normalize=True).rename("purity").reset_index()
    candidates = shares.merge(shown[["cluster", "label", "rank"]], on="cluster")
    purest_first = candidates.sort_values(["purity", "rank"], ascending=[False, True])
    result = elements.merge(purest_first.drop_duplicates(["label", "id"]), on=["label", "id"], how="left")
    result["purity"] = result["purity"].fillna(0.0)
    result["rank"] = result["rank"].astype("Int64")
    return result.assign(found=result["purity"] >= purity)
