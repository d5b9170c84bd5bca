"""What does it become elsewhere?"""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from core.report import elsewhere
from core.study import Study
from pages.parts import by_label, opened, parallel
from pages.parts.gallery import Picked, gallery
from pages.parts.text import between, count, plain, signed

FEW = 3
"""Examples of a parallel cluster in the list."""
MANY = 12
"""Examples of the one that is open."""
AT_FIRST = 8
"""Parallel clusters in the list, before all are asked for."""
ALL = "all"


def pick_one(numbers: list[str]) -> str:
    """One parallel cluster, or all of them; part of the link."""
    opened.refuse_unknown("parallel", [ALL, *numbers], "all of them", "among the parallel clusters")
    return st.selectbox("Parallel cluster", [ALL, *numbers], key="parallel", bind="query-params", width=160)


def open_one(number: str) -> None:
    """As if picked: only in a callback."""
    st.session_state["parallel"] = number


def columns(study: Study, trend: str, examples: int) -> None:
    """The examples under every label; a click shows one's whole picture, translated."""
    members = parallel.examples(study, trend, examples).set_index("place")

    def chosen(picked: Picked) -> None:
        own = str(members.at[picked.key.partition(" ")[0], "label"])
        if own != st.session_state["label"]:
            opened.choose_label(own)

    picked = gallery(parallel.columns(study, trend, examples), "columns", trend, on_pick=chosen)
    if picked:
        place, _, label = picked.key.partition(" ")
        link = {"picture": str(members.at[place, "picture"])}
        if label != members.at[place, "label"]:
            link["to"] = label
        st.switch_page("pages/translate.py", query_params=link)


def said(trend: dict[str, Any]) -> str:
    """How common and how typical everywhere."""
    where = f"{count(trend['size'], 'place')} in {count(trend['pictures'], 'picture')}"
    return (
        f"{where}, **median co-typicality {signed(trend['median'])}** "
        f"({between(trend['low'], trend['high'])})"
    )


def row(study: Study, trend: dict[str, Any]) -> None:
    """One of the list."""
    number = str(trend["number"])
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.subheader(f"Parallel cluster {number}", anchor=False, width="content")
        st.button(
            "Charts", key=f"open {number}", type="tertiary", icon=":material/bar_chart:",
            on_click=open_one, args=(number,),
        )  # fmt: skip
    st.markdown(said(trend))
    columns(study, trend["trend"], FEW)


def opened_one(study: Study, label: str, trend: dict[str, Any]) -> None:
    """One parallel cluster: more examples, and charts over the labels."""
    st.header(f"Parallel cluster {trend['number']}", anchor=False)
    st.markdown(said(trend))
    columns(study, trend["trend"], MANY)
    views = parallel.views(study, trend["trend"])
    first, second, third = st.columns(3, gap="large")
    with first:
        st.markdown("**How typical it is of each label**: median T, with its 95% interval")
        by_label.typicality(views)
    with second:
        st.markdown("**How much it changes**: the distance of DIFT features from those of the source")
        by_label.change(views)
    with third:
        st.markdown("**Which colours it has**: as high as the share of each")
        by_label.colours(views)
    st.markdown(
        "**From anywhere to anywhere**: how far places of one label (rows) move when they are seen as "
        "another (columns). Empty where none of these places comes from a label."
    )
    by_label.matrix(parallel.moves(study, trend["trend"]))
    st.markdown(f"Seen from {plain(label)}: {elsewhere.said(elsewhere.told_from(views, label), plain)}")
    st.button("All parallel clusters", icon=":material/arrow_back:", on_click=open_one, args=(ALL,))


def listed(study: Study, trends: pd.DataFrame) -> None:
    """The parallel clusters in their order."""
    every = len(trends) <= AT_FIRST or st.toggle(
        f"All {len(trends)}, not only the first {AT_FIRST}", key="every", bind="query-params"
    )
    for trend in (trends if every else trends.head(AT_FIRST)).to_dict("records"):
        row(study, trend)


study, label = opened.current()
st.title("What does it become elsewhere?")
st.markdown(
    "**Parallel clusters**: places that look alike under every label their pictures were translated to, the "
    "ones with the highest **median co-typicality** (typical of all labels at once) first."
)
opened.artifact(study, "trends")
trends = parallel.ranked(study)
if trends.empty:
    st.info("No place was found that is typical everywhere.", icon=":material/search_off:")
    st.stop()
chosen = pick_one([str(number) for number in trends["number"]])
st.caption(
    "In a row, the same places stand in the same order under every label. A click opens one's picture."
)
if chosen == ALL:
    listed(study, trends)
else:
    opened_one(study, label, trends[trends["number"] == int(chosen)].to_dict("records")[0])
