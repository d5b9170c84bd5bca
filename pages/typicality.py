"""Where does a label show in this picture?"""

from __future__ import annotations

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.study import Study
from pages.parts import looks, maps, opened, over_t, scans, tiles
from pages.parts.gallery import Group, Tile, gallery
from pages.parts.links import href
from pages.parts.overlay import Box, outline, overlay
from pages.parts.records import records
from pages.parts.text import between, count, plain, quoted, signed

STRIP = 48
ORDERS = ("Most typical", "Least typical", "Random")
SIDES = "Side by side"
IN_VIEW, FIRST = "picture in view", "a picture of one's own comes first"
EACH = 16
"""Pictures of each order, side by side."""


def pick_range(study: Study, label: str) -> maps.Range:
    """The part of the diffusion's length T is averaged over."""
    opened.refuse_beyond("t", 0, 1)
    low, high = maps.sampled_range(study, label)
    if high - low < 0.15:
        return low, high
    return st.slider(
        "Range of t", low, high, (low, high), 0.1,
        format="%.1f", key="t", bind="query-params", on_change=stay,
        help="How much noise was added: little (near 0) asks about texture, much (near 1) about layout. The "
        "map and T are of this range; the squares are the best patches of all of it.",
    )  # fmt: skip


def check_link() -> None:
    """Say what of the link the overlay's own controls cannot be moved to; the browser does the rest."""
    for name, low, high in (("opacity", 0, 100), ("threshold", 0, 95), ("contrast", -2, 2)):
        opened.refuse_beyond(name, low, high)
    for name in ("change", "shown", "outlines"):
        opened.refuse_unknown(name, ("true", "false"), "as it is at first")


def stay() -> None:
    """Another range ranks the pictures anew; the one in view stays."""
    if IN_VIEW in st.session_state:
        choose(st.session_state[IN_VIEW])


def pick_order(place: DeltaGenerator) -> str:
    """Which pictures the strip shows."""
    opened.refuse_unknown("order", (*ORDERS, SIDES), ORDERS[0])
    return place.segmented_control(
        "Pictures", (*ORDERS, SIDES), default=ORDERS[0], required=True,
        key="order", bind="query-params", label_visibility="collapsed",
    )  # fmt: skip


def ordered(pictures: pd.DataFrame, order: str) -> pd.DataFrame:
    """The pictures of the strip, in its order: side by side, that of the first."""
    if order == "Random":
        return pictures.sample(frac=1, random_state=0).head(STRIP)
    return (pictures[::-1] if order == "Least typical" else pictures).head(STRIP)


def choose(picture: str) -> None:
    """Look at another picture; it becomes part of the link."""
    st.query_params["picture"] = picture


def step_buttons(pictures: list[str], picture: str) -> None:
    """To the picture before and after, in the strip's order."""
    at = pictures.index(picture) if picture in pictures else -1
    with st.container(horizontal=True):
        for name, to, key in (("Previous", at - 1, "P"), ("Next", at + 1, "N")):
            there = 0 <= to < len(pictures)
            args = (pictures[to],) if there else ()
            st.button(name, shortcut=key, disabled=not there, on_click=choose, args=args)


def boxes(study: Study, label: str, picture: str) -> list[Box]:
    """The picture's patches, best first, as shares of it."""
    if study.state("patches") != "done":
        return []
    patches = opened.rows(study, "patches", "patches", label)
    if patches.empty:
        return []
    own = patches[patches["picture"] == picture].sort_values("rank")
    _, size = opened.picture(study, label, picture)
    return [outline(row, *size) for row in records(own)]


def strip(study: Study, label: str, pictures: pd.DataFrame, chosen: str) -> None:
    """Pictures to choose from."""
    group = Group("strip", "", thumbs(study, label, pictures))
    gallery([group], "strip", "strip", chosen, lambda pick: choose(pick.key))


def side_by_side(study: Study, label: str, pictures: pd.DataFrame, chosen: str) -> None:
    """The most and the least typical ones and some at random, beside one another."""
    groups = [
        Group(order, order, thumbs(study, label, ordered(pictures, order).head(EACH), intervals=False))
        for order in ORDERS
    ]
    gallery(groups, "cards", "side by side", chosen, lambda pick: choose(pick.key))


def thumbs(study: Study, label: str, pictures: pd.DataFrame, intervals: bool = True) -> list[Tile]:
    """Pictures, small, with their mean T."""
    urls = tiles.urls(study, label, pictures.index, "thumb")
    names = opened.pictures(study, label)["file_name"]
    return [
        Tile(picture, urls[picture], names[picture], href("typicality", study, label, picture=picture),
             f"T {signed(row['mean'])}", between(row["low"], row["high"]) if intervals else "")
        for picture, row in zip(pictures.index, records(pictures[["mean", "low", "high"]]), strict=True)
    ]  # fmt: skip


def facts(study: Study, label: str, picture: str, seen: maps.View) -> None:
    """What is known about the picture in view."""
    row = seen.pictures.loc[picture]
    place = seen.pictures.index.get_loc(picture) + 1
    st.metric(
        "Mean T of this picture",
        signed(row["mean"]),
        help="Averaged over the map. Its interval is cautious: as if all places erred together.",
    )
    st.caption(f"{between(row['low'], row['high'])}. No. {place} of {count(len(seen.pictures), 'picture')}.")
    about, prompt = opened.pictures(study, label).loc[picture], study.spec.prompt
    st.markdown(
        f"**{plain(about['file_name'])}**  \n"
        f"Told {quoted(prompt.prompt(label, about))}, compared with {quoted(prompt.null_of(about))}"
    )


study, label = opened.current()
st.title(f"Where does {plain(label)} show in this picture?")
st.markdown(
    f"Red marks what is **typical**: there, knowing that this is {plain(label)} makes it easier for the "
    "denoiser to remove noise. Blue marks what speaks against it."
)
scans.research_use(study)
opened.artifact(study, "typicality")
check_link()
above = st.container()
left, right = st.columns([5, 2], gap="large")
below = st.container()
order = pick_order(below)
about, over = right.container(), right.container()
with over:
    t = pick_range(study, label)
    seen = maps.view(study, label, t)
    in_order = ordered(seen.pictures, order)
    asked_for = st.query_params.get("picture", "")
    picture = asked_for if asked_for in seen.pictures.index else str(in_order.index[0])
    st.session_state[IN_VIEW] = picture
    over_t.chart(study, label, t)
with about:
    if asked_for and asked_for != picture:
        st.warning(f"The link names a picture that has no map of {plain(label)}.", icon=":material/link_off:")
    step_buttons(list(in_order.index), picture)
    facts(study, label, picture, seen)
with left:
    name, size = opened.picture(study, label, picture)
    overlay(
        tiles.urls(study, label, [picture])[picture], name, label, size,
        maps.of_picture(study, label, picture, t, seen), boxes(study, label, picture), key="overlay",
    )  # fmt: skip
    scans.through_volume(study, label, picture, seen.pictures.index, choose)
with below:
    if order == SIDES:
        side_by_side(study, label, seen.pictures, picture)
    else:
        strip(study, label, in_order, picture)
    looks.of_study(study, label, picture, t, seen)
# Whoever opens a link to a picture of somebody's own wants to see that one.
with above if st.session_state.setdefault(FIRST, bool(st.query_params.get("look"))) else below:
    looks.of_own(study, label, t, seen, picture)
