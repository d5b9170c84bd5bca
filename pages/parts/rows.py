"""Patches and clusters beside each other, where several labels or studies meet on one page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from core.mining.typicality import interval
from core.study import Study
from pages.parts import curating, tiles
from pages.parts.gallery import Group, Tile, cut
from pages.parts.links import href
from pages.parts.records import records
from pages.parts.text import between, signed

ROW = 6
"""Patches of a cluster."""


def patch_tile(study: Study, label: str, row: dict[str, Any], urls: dict[str, str]) -> Tile:
    """One patch (a row of `grouping.View.members`); its link opens it among the clusters of its label."""
    alt = f"Patch of {row['file_name']}, {label}, T {signed(row['typicality'])}"
    link, crop = href("clusters", study, label, patch=row["patch"]), cut(row, row["width"], row["height"])
    hint = between(*interval(row["typicality"], row["error"]))
    return Tile(row["patch"], urls[row["picture"]], alt, link, hint=hint, crop=crop)


def cluster_row(
    study: Study,
    label: str,
    cluster: pd.Series[Any],
    members: pd.DataFrame,
    key: str,
    notes: Sequence[str],
) -> Group:
    """One cluster (a row of `grouping.View.clusters`) with its most central patches; its median T and how
    sure that is come after the notes."""
    rows = records(members[members["cluster"] == cluster["cluster"]].head(ROW))
    urls = tiles.urls(study, label, [row["picture"] for row in rows])
    link = href("clusters", study, label, cluster=str(cluster["number"]))
    shown = [patch_tile(study, label, row, urls) for row in rows]
    estimate = (cluster["low"], cluster["median"], cluster["high"])
    sure = f"median T {signed(cluster['median'])}", between(cluster["low"], cluster["high"])
    return Group(key, curating.title(cluster), shown, link, [*notes, *sure], estimate)
