"""How often an element shows over labels that have an order, such as decades."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st
from numpy.typing import NDArray

from core.dataset.ordered import ordered
from core.mining import compare, similar
from core.study import Study
from pages.parts import features, opened


@dataclass(frozen=True)
class Order:
    """A label column whose labels have an order."""

    column: str
    years: dict[str, int]
    """Where each label lies on the axis, in order."""


@dataclass(frozen=True)
class Showing:
    """The patches of all labels that show each of a label's elements."""

    patches: pd.DataFrame
    """`patch`, `picture` and `label` of every patch that has features."""
    shows: NDArray[np.bool_]
    """(patches, elements)."""


def order_of(study: Study) -> Order | None:
    """The study's own label column where it has an order, or the dataset's first other one that has."""
    own = study.spec.label_column
    for column in (own, *(one for one in study.label_columns if one != own)):
        if years := ordered(sorted(study.column(column)[column].dropna().unique())):
            return Order(column, years)
    return None


def showing(study: Study, label: str, members: pd.DataFrame, clusters: list[str]) -> Showing:
    """Where the elements of a label's clusters show: in patches as alike to a cluster as its own are.

    Args:
        members: of the label's clusters: `cluster` and `patch`.
        clusters: ids, in the order of `Showing.shows`.
    """
    key = f"{opened.content(opened.artifact(study, 'features'))} {clusters} {_digest(members)}"
    return _showing(study, label, members, clusters, key)


def coverages(
    study: Study, order: Order, found: Showing, element: int, labels: tuple[str, str]
) -> dict[str, pd.DataFrame]:
    """The coverage of one element over the order: one line over all labels, or one a label compared."""
    seen = _pictures(found, element)
    if order.column == study.spec.label_column:
        return {"": compare.coverage(seen, _values(study, order, labels[0]))}
    return {label: compare.coverage(seen, _values(study, order, label)) for label in labels}


def most_changing(study: Study, order: Order, found: Showing, label: str) -> int:
    """The element whose coverage changes most over the order."""
    values = _values(study, order, label)
    elements = range(found.shows.shape[1])
    return max(elements, key=lambda element: compare.change(_pictures(found, element), values))


def chart(lines: Mapping[str, pd.DataFrame], order: Order) -> None:
    """Draw coverage with its 95% interval, a line a name."""
    figure = go.Figure()
    palette = st.get_option(f"theme.{st.context.theme.type or 'light'}.chartCategoricalColors")
    for colour, (name, table) in zip(palette, lines.items(), strict=False):
        table = table.loc[[label for label in order.years if label in table.index]]
        at = [order.years[label] for label in table.index]
        figure.add_scatter(
            x=[*at, *at[::-1]], y=[*table["high"], *table["low"][::-1]], mode="none", fill="toself",
            fillcolor=colour, opacity=0.16, hoverinfo="skip", showlegend=False,
        )  # fmt: skip
        more = table[["low", "high", "showing", "pictures"]].reset_index(names="label")
        figure.add_scatter(
            x=at, y=table["coverage"], name=name, mode="lines+markers", line_color=colour,
            marker_size=8, customdata=more,
            hovertemplate="%{customdata[0]}: %{y:.0%} (95%: %{customdata[1]:.0%} to %{customdata[2]:.0%})"
            "<br>%{customdata[3]} of %{customdata[4]} pictures<extra></extra>",
        )  # fmt: skip
    figure.update_layout(height=300, margin={"l": 0, "r": 0, "t": 10, "b": 0}, showlegend=len(lines) > 1)
    figure.update_yaxes(tickformat=".0%", rangemode="tozero", title="Coverage")
    figure.update_xaxes(tickvals=list(order.years.values()), ticktext=list(order.years))
    st.plotly_chart(figure, width="stretch", key="trend", config={"displayModeBar": False})


def _pictures(found: Showing, element: int) -> set[str]:
    return set(found.patches["picture"][found.shows[:, element]])


def _values(study: Study, order: Order, label: str) -> pd.Series[Any]:
    """Where each picture lies in the order: all of them, or the label's where the order is another column."""
    if order.column == study.spec.label_column:
        return study.column(order.column)[order.column]
    return study.pictures_of(label, (order.column,))[order.column].dropna()


def _digest(members: pd.DataFrame) -> int:
    """Names which patch is in which cluster, within this process."""
    return hash(tuple(zip(members["patch"], members["cluster"], strict=True)))


@st.cache_resource(max_entries=16, show_spinner="Looking for these elements under all labels\u2026")
def _showing(_study: Study, label: str, _members: pd.DataFrame, _clusters: list[str], key: str) -> Showing:
    own = features.vectors(_study, label, _members["patch"])
    groups = _members["cluster"].to_numpy(object)
    patches, alike = features.alike(_study, similar.centres(own, groups, _clusters))
    return Showing(patches, alike >= compare.bars(own, groups, _clusters, features.middle(_study)))
