"""Mean T against t, beside the range of t that is chosen."""

from __future__ import annotations

import html
import math
from dataclasses import replace
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from core.errors import UserError
from core.store import explained
from core.store.explained import Explanation
from core.study import Study
from pages.parts import maps, opened
from pages.parts.found import findings
from pages.parts.text import plain

WHY = (
    "Where little noise hides little (t near 0) the label mostly tells nothing new; under almost nothing but "
    "noise (t near 1) only the layout is left to ask about. So the paper takes the middle, 0.1 to 0.7."
)
GREY = "#8A8A8A"
"""Legible by day and by night."""


def chart(study: Study, label: str, chosen: tuple[float, float]) -> None:
    """What the label is worth at each t, over its pictures, with the 95% interval and the range chosen."""
    content = opened.content(opened.artifact(study, "typicality"))
    colour = st.get_option(f"theme.{st.context.theme.type or 'light'}.primaryColor")
    table = _by_t(study, label, content)
    if table.empty:
        return
    whole = _explained(study, content)
    drawn = _drawn(table, whole, label, colour, chosen, content)
    st.plotly_chart(drawn, width="stretch", key="over t", config={"displayModeBar": False})
    most = table["t"][table["mean"].idxmax()] if table["mean"].notna().any() else math.nan
    here = f" Here the label helps most at t = {most:.2f}." if math.isfinite(most) else ""
    low, high = maps.sampled_range(study, label)
    dotted = f" Dotted: one picture of {plain(whole.label)} over the whole diffusion." if whole else ""
    st.caption(
        f"Mean T of the pictures of {plain(label)} at each t they were asked about, {low:g} to {high:g}; the "
        f"band is its 95% interval.{here}{dotted} {WHY}"
    )


@st.cache_resource(max_entries=64, show_spinner=False)
def _explained(_study: Study, key: str) -> Explanation | None:
    """What is known of one of the study's own pictures at every t."""
    try:
        found = explained.read(_study.layout, _study.name)
    except UserError:  # damaged: the page How it works says so
        return None
    return found and replace(found, frames={})


@st.cache_resource(max_entries=512, show_spinner=False)
def _by_t(_study: Study, label: str, key: str) -> pd.DataFrame:
    return findings(_study).by_t(maps.complete(_study, label))


@st.cache_resource(max_entries=64, show_spinner=False)
def _drawn(
    _table: pd.DataFrame,
    _whole: Explanation | None,
    label: str,
    colour: str,
    chosen: tuple[float, float],
    key: str,
) -> go.Figure:
    """Made once for a label and a range: to put a figure together takes plotly a third of a click."""
    known = _table.dropna()
    band = go.Scatter(
        x=[*known["t"], *known["t"][::-1]], y=[*known["high"], *known["low"][::-1]], mode="none",
        fill="toself", fillcolor=colour, opacity=0.25, hoverinfo="skip",
    )  # fmt: skip
    curve = go.Scatter(
        x=_table["t"], y=_table["mean"], mode="lines+markers", line_color=colour, marker_size=6,
        customdata=_table[["low", "high"]],
        hovertemplate="t %{x:.2f}: T %{y:.4f}<br>95%: %{customdata[0]:.4f} to %{customdata[1]:.4f}"
        "<extra></extra>",
    )  # fmt: skip
    return go.Figure([band, *_dotted(_whole), curve], _layout(colour, chosen))


def _dotted(whole: Explanation | None) -> list[go.Scatter]:
    """T of one picture at every t, also where the study was not asked."""
    if whole is None:
        return []
    helps = [without - told for without, told in zip(whole.loss, whole.loss_told, strict=True)]
    words = f"one picture of {html.escape(whole.label)}, t %{{x:.2f}}: T %{{y:.4f}}<extra></extra>"
    return [
        go.Scatter(
            x=list(whole.t), y=helps, mode="lines", line={"color": GREY, "dash": "dot"}, hovertemplate=words
        )
    ]


def _layout(colour: str, chosen: tuple[float, float]) -> dict[str, Any]:
    """The axes, with the chosen range shaded."""
    low, high = chosen
    shaded = {"type": "rect", "xref": "x", "yref": "paper", "x0": low, "x1": high, "y0": 0, "y1": 1}
    shaded |= {"fillcolor": colour, "opacity": 0.12, "line": {"width": 0}, "layer": "below"}
    return {
        "height": 170, "margin": {"l": 0, "r": 8, "t": 8, "b": 0}, "showlegend": False, "shapes": [shaded],
        "xaxis": {"range": [0, 1], "title": "t", "tickvals": [0, 0.25, 0.5, 0.75, 1], "fixedrange": True},
        "yaxis": {"title": "mean T", "nticks": 4, "fixedrange": True, "rangemode": "tozero"}
        | {"exponentformat": "none"},
    }  # fmt: skip
