"""One picture under two labels: from the store where it was asked about all, else as a job."""

from __future__ import annotations

import streamlit as st

from core.dataset.manifest import among_pictures
from core.study import Study
from pages.parts import looks, maps, opened, tiles
from pages.parts.gallery import Group, Picked, Tile, gallery
from pages.parts.links import href
from pages.parts.overlay import overlay
from pages.parts.text import between, plain, signed

STRIP = 12
"""Pictures of either label to choose from."""


def draw(study: Study, first: str, second: str) -> None:
    """Both maps of one picture in the same colours, or the button that has it looked at."""
    found = _offered(study, first) | _offered(study, second)
    if not found:
        return
    st.header("The same picture under both labels")
    st.markdown(
        f"Its **typicality** for either label, whichever it has: what is red under {plain(first)} alone "
        f"speaks for {plain(first)}, and what is red under {plain(second)} alone for {plain(second)}."
    )
    picture = opened.picture_asked_for(found, next(iter(found)), "among the most typical of either label")
    if not _under_both(study, picture, found[picture], (first, second)):
        st.caption("It was asked about its own label alone so far.")
        looks.ask(study, found[picture], picture, "both")
    _strip(study, found, picture)


def _offered(study: Study, label: str) -> dict[str, str]:
    """The label's most typical pictures, with the label; the best first."""
    if study.state("typicality") != "done":
        return {}
    rows = opened.rows(study, "typicality", "maps", label)
    if rows.empty:
        return {}
    own = rows[among_pictures(opened.pictures(study, label), rows["picture"])]
    return dict.fromkeys(own.nlargest(STRIP, "mean")["picture"], label)


def _under_both(study: Study, picture: str, own: str, labels: tuple[str, str]) -> bool:
    """Draw it under both; False where it was not asked about both."""
    t = maps.sampled_range(study, own)
    told = {one.label: one for one in looks.under_labels(study, own, picture, t, maps.view(study, own, t))}
    if not told.keys() >= set(labels):
        return False
    url = tiles.urls(study, own, [picture])[picture]
    name, size = opened.picture(study, own, picture)
    for place, label in zip(st.columns(2, gap="large"), labels, strict=True):
        one = told[label]
        with place:
            st.markdown(f"**Told {plain(label)}**: mean T {signed(one.mean)}")
            st.caption(between(one.low, one.high))
            overlay(url, f"{name} under {label}", label, size, one.maps, [], f"under {label}")
    return True


def _strip(study: Study, pictures: dict[str, str], chosen: str) -> None:
    shown = []
    for label in dict.fromkeys(pictures.values()):
        own = [picture for picture, of in pictures.items() if of == label]
        urls, names = tiles.urls(study, label, own, "thumb"), opened.pictures(study, label)["file_name"]
        shown += [
            Tile(one, urls[one], str(names[one]), href("compare", study, label, picture=one), label)
            for one in own
        ]

    def choose(picked: Picked) -> None:
        st.query_params["picture"] = picked.key

    gallery([Group("shared", "", shown)], "strip", "shared", chosen, choose)
