"""One picture under two labels, where it was measured under both."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.dataset.frame import frame_for
from core.dataset.manifest import among_pictures
from core.mining.typicality import interval, mean_over_t, quantile_scale
from core.store.artifacts import Artifact
from core.study import Study
from pages.parts import opened, tiles
from pages.parts.gallery import Group, Picked, Tile, gallery
from pages.parts.links import href
from pages.parts.overlay import Maps, overlay
from pages.parts.text import between, plain, signed

STRIP = 12
"""Pictures of either label to choose from."""

Pair = tuple[dict[str, Any], dict[str, Any]]
"""The rows of the table `maps` of one picture under both labels."""


def draw(study: Study, first: str, second: str) -> None:
    """Both maps of one picture in the same colours; nothing where none was measured under both labels."""
    found = _pairs(study, first, second)
    if not found:
        return
    st.header("The same picture under both labels")
    st.markdown(
        f"Its **typicality** for either label, whichever it has: what is red under {plain(first)} alone "
        f"speaks for {plain(first)}, and what is red under {plain(second)} alone for {plain(second)}."
    )
    asked_for = st.query_params.get("picture", "")
    picture = asked_for if asked_for in found else next(iter(found))
    artifact = opened.artifact(study, "typicality")
    drawn = opened.reading(artifact, lambda: {one: _both(artifact, pair) for one, pair in found.items()})
    scales = [quantile_scale(maps[kind] for both in drawn.values() for maps in both) for kind in (0, 1)]
    url = tiles.urls_of_any(study, [picture])[picture]
    name, width, height = study.pictures_among([picture], opened.SHOWN).loc[picture, list(opened.SHOWN)]
    for place, label, row, values in zip(
        st.columns(2, gap="large"), (first, second), found[picture], drawn[picture], strict=True
    ):
        frame = frame_for(int(width), int(height), study.spec.frame, int(row["multiple"]))
        left, top, right, bottom = frame.bounds
        bounds = left / width, top / height, (right - left) / width, (bottom - top) / height
        shown = Maps(*values, *scales, bounds)
        with place:
            st.markdown(f"**Told {plain(label)}**: mean T {signed(row['mean'])}")
            st.caption(between(*interval(row["mean"], row["mean_error"])))
            overlay(
                url, f"{name} under {label}", label, (int(width), int(height)), shown, [], f"under {label}"
            )
    _strip(study, first, list(found), picture)


def _pairs(study: Study, first: str, second: str) -> dict[str, Pair]:
    """Pictures measured under both labels, the most typical of either label first."""
    if study.state("typicality") != "done":
        return {}
    both_rows = [opened.rows(study, "typicality", "maps", label) for label in (first, second)]
    if any(rows.empty for rows in both_rows):
        return {}
    under = [rows.set_index("picture") for rows in both_rows]
    both = under[0].index.intersection(under[1].index)
    chosen: list[str] = []
    for label, rows in zip((first, second), under, strict=True):
        own = both[among_pictures(opened.pictures(study, label), both)]
        chosen += rows.loc[own].nlargest(STRIP, "mean").index.tolist()
    return {one: (under[0].loc[one].to_dict(), under[1].loc[one].to_dict()) for one in chosen}


def _both(artifact: Artifact, pair: Pair) -> tuple[tuple[NDArray[np.float32], ...], ...]:
    """Typicality, change map and standard error under either label."""
    found = []
    for row in pair:
        typicality, change = mean_over_t(artifact.array("maps", "bins", row), row["counts"])
        found.append((typicality, change, artifact.array("maps", "error", row).astype(np.float32)))
    return tuple(found)


def _strip(study: Study, label: str, pictures: list[str], chosen: str) -> None:
    urls = tiles.urls_of_any(study, pictures, "thumb")
    known = study.pictures_among(pictures, ("file_name", study.spec.label_column)).loc[pictures]
    shown = [
        Tile(
            picture, urls[picture], str(row["file_name"]), href("compare", study, label, picture=picture),
            str(row[study.spec.label_column]),
        )
        for picture, row in known.iterrows()
    ]  # fmt: skip

    def choose(picked: Picked) -> None:
        st.query_params["picture"] = picked.key

    gallery([Group("shared", "", shown)], "strip", "shared", chosen, choose)
