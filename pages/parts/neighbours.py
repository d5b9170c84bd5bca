"""What looks like the patch in view, here and under other labels."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import streamlit as st

from core.study import Study
from pages.parts import features, opened, tiles
from pages.parts.gallery import Group, Picked, Tile, cut, gallery
from pages.parts.links import href
from pages.parts.records import records
from pages.parts.text import plain

SHOWN = 12
"""Patches of either kind."""

AT_ONCE = 20_000
"""Patches of a study up to which other labels are searched unasked: of more it takes a while."""


def draw(study: Study, label: str, patch: str) -> None:
    """Both galleries; a click opens that patch in place of this one."""
    own = features.neighbours(study, label, patch, SHOWN)
    if own is None:
        return
    st.markdown("**Patches like it**, by the cosine of their DIFT features: 1 is the same look, 0 unrelated.")
    _show(study, "own", f"In {plain(label)}", own)
    if features.number(study) <= AT_ONCE or st.button(
        "Look under other labels", icon=":material/search:", help="All patches of the study are looked at."
    ):
        _show(study, "other", "Under other labels", features.elsewhere(study, label, patch, SHOWN))


def _show(study: Study, key: str, words: str, rows: pd.DataFrame) -> None:
    if rows.empty:
        return
    st.caption(words)
    label_of = dict(zip(rows["patch"], rows["label"], strict=True))
    if gallery([_group(study, key, rows)], "grid", f"like {key}", on_pick=_open(label_of)):
        st.rerun()  # this drawer is a part of the page; the patch in view is the whole page's


def _open(label_of: dict[str, str]) -> Callable[[Picked], None]:
    def open_patch(picked: Picked) -> None:
        if label_of[picked.key] != st.session_state["label"]:
            opened.choose_label(label_of[picked.key])
        st.query_params["patch"] = picked.key

    return open_patch


def _group(study: Study, key: str, rows: pd.DataFrame) -> Group:
    urls = tiles.urls_by_label(study, rows)
    return Group(key, "", [_tile(study, row, urls, key == "other") for row in records(rows)])


def _tile(study: Study, row: dict[str, Any], urls: dict[str, str], labelled: bool) -> Tile:
    link = href("clusters", study, row["label"], patch=row["patch"])
    alt = f"Patch of {row['file_name']}, {row['label']}"
    return Tile(
        row["patch"], urls[row["picture"]], alt, link, f"{row['alike']:.2f}",
        row["label"] if labelled else "", crop=cut(row, row["width"], row["height"]),
    )  # fmt: skip
