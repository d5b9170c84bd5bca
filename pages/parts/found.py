"""A study's findings, kept for all visitors, and how they become tiles."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd
import streamlit as st

from core.report.findings import Findings
from core.stages import STAGES
from core.store import explained
from core.store.explained import Explanation
from core.study import Study
from pages.parts import demo, opened, tiles
from pages.parts.gallery import Tile, cut
from pages.parts.links import href
from pages.parts.records import records
from pages.parts.text import signed


def findings(study: Study) -> Findings:
    """What the study found, read once as long as nothing about it changes."""
    artifacts = [study.artifact(row.name) for row in STAGES]
    return _findings(study, "|".join(opened.content(one) if one else "none" for one in artifacts))


def explanation(study: Study) -> Explanation | None:
    """One picture through the noise and back: of this study, or of the demo."""
    return explained.read(study.layout, study.name) or explained.read(study.layout, demo.NAME)


def patch_tiles(study: Study, label: str, rows: pd.DataFrame) -> list[Tile]:
    """Patches, cut out of their pictures' tiles; each leads to itself on the page Clusters."""
    urls = tiles.urls(study, label, rows["picture"])
    shown = []
    for row in records(rows):
        name, size = opened.picture(study, label, row["picture"])
        alt = f"Patch of {name}, T {signed(row['typicality'])}"
        link = href("clusters", study, label, patch=row["patch"])
        crop = cut(row, *size)
        shown.append(Tile(row["patch"], urls[row["picture"]], alt, link, crop=crop))
    return shown


def picture_tiles(study: Study, pictures: Iterable[str]) -> list[Tile]:
    """Whole pictures of any labels; each leads to its heat map."""
    wanted, column = list(pictures), study.spec.label_column
    urls, known = tiles.urls_of_any(study, wanted), study.pictures_among(wanted, ("file_name", column))
    return [
        Tile(
            picture, urls[picture], str(known.at[picture, "file_name"]),
            href("typicality", study, str(known.at[picture, column]), picture=picture),
        )
        for picture in wanted
    ]  # fmt: skip


@st.cache_resource(max_entries=8, show_spinner=False)
def _findings(_study: Study, key: str) -> Findings:
    return Findings(_study)
