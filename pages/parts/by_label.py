"""Charts of one parallel cluster: T, change and colours, label by label."""

from __future__ import annotations

import html
from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from core.dataset.ordered import ordered
from pages.parts import parallel


def typicality(views: pd.DataFrame) -> None:
    """Median T under each label with its interval: a line where labels have an order, else bars."""
    views, at = _along(views)
    colour = _palette()[0]
    error = {"array": views["high"] - views["median"], "arrayminus": views["median"] - views["low"]}
    shared = {"x": at, "y": views["median"], "error_y": error, "customdata": _escaped(views.index)}
    hover = "%{customdata}: T %{y:.5f}<extra></extra>"
    if ordered(list(views.index)):
        drawn = go.Scatter(
            **shared, mode="lines+markers", line_color=colour, marker_size=8, hovertemplate=hover
        )
    else:
        drawn = go.Bar(**shared, marker_color=colour, hovertemplate=hover)
    _draw([drawn], views.index, at, "median T", "typicality by label")


def change(views: pd.DataFrame) -> None:
    """How far places move from their sources under each label; none where all come from it."""
    views, at = _along(views)
    bars = go.Bar(
        x=at, y=views["change"], customdata=_escaped(views.index), marker_color=_palette()[1],
        hovertemplate="%{customdata}: %{y:.3f}<extra></extra>",
    )  # fmt: skip
    _draw([bars], views.index, at, "cosine distance from the source", "change by label")


def colours(views: pd.DataFrame) -> None:
    """The dominant colours under each label, as high as their share."""
    views, at = _along(views)
    kept = [parallel.swatches(row) for row in views.to_dict("records")]
    parts = [
        go.Bar(
            x=[at[i] for i, found in enumerate(kept) if level < len(found)],
            y=[found[level][1] for found in kept if level < len(found)],
            marker_color=[found[level][0] for found in kept if level < len(found)],
            marker_line_width=0,
            customdata=[found[level][0] for found in kept if level < len(found)],
            hovertemplate="%{y:.0%} %{customdata}<extra></extra>",
        )
        for level in range(max(map(len, kept)))
    ]
    _draw(parts, views.index, at, "share of the pixels", "colours by label", tickformat=".0%")


def matrix(moves: pd.DataFrame) -> None:
    """From anywhere (rows) to anywhere (columns): how far places move, in numbers and shades."""
    order = list(ordered(list(moves.index)) or moves.index)
    values, names = moves.loc[order, order].to_numpy(), _escaped(pd.Index(order))
    shades = st.get_option(f"theme.{st.context.theme.type or 'light'}.chartSequentialColors")
    words = [["" if np.isnan(value) else f"{value:.2f}" for value in row] for row in values]
    figure = go.Figure(
        go.Heatmap(
            z=values, x=names, y=names, text=words, texttemplate="%{text}", showscale=False, xgap=2, ygap=2,
            colorscale=[[at / (len(shades) - 1), shade] for at, shade in enumerate(shades)],
            hovertemplate="places of %{y}, as %{x}: %{z:.3f}<extra></extra>", hoverongaps=False,
        )
    )  # fmt: skip
    figure.update_layout(height=110 + 40 * len(order), margin={"l": 0, "r": 0, "t": 10, "b": 0})
    figure.update_xaxes(title="seen as", side="top", automargin=True, type="category")
    figure.update_yaxes(title="places of", autorange="reversed", automargin=True, type="category")
    st.plotly_chart(figure, width="stretch", key="moves", config={"displayModeBar": False})


def _along(views: pd.DataFrame) -> tuple[pd.DataFrame, list[int]]:
    """The labels in their order, with where each stands on the axis: its year, or its number."""
    years = ordered(list(views.index))
    if years:
        return views.loc[list(years)], list(years.values())
    return views, list(range(len(views)))


def _draw(
    parts: Sequence[go.Bar | go.Scatter],
    labels: pd.Index[str],
    at: list[int],
    title: str,
    key: str,
    tickformat: str = "",
) -> None:
    figure = go.Figure(list(parts))
    figure.update_layout(
        height=300, margin={"l": 0, "r": 0, "t": 10, "b": 0}, showlegend=False, barmode="stack", bargap=0.35
    )
    figure.update_xaxes(tickvals=at, ticktext=_escaped(labels), automargin=True, ticklabeloverflow="allow")
    figure.update_yaxes(title=title, tickformat=tickformat)
    st.plotly_chart(figure, width="stretch", key=key, config={"displayModeBar": False})


def _escaped(labels: pd.Index[str]) -> list[str]:
    """Plotly reads some HTML; a label is text."""
    return [html.escape(str(label), quote=False) for label in labels]


def _palette() -> list[str]:
    found: list[str] = st.get_option(f"theme.{st.context.theme.type or 'light'}.chartCategoricalColors")
    return found
