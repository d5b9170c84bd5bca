"""All patches on a flat map, those that look alike close together; what is drawn around is shown below."""

from __future__ import annotations

from typing import Any

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from core.store.reading import reading
from core.study import Study
from pages.parts import curating, opened, tiles
from pages.parts.gallery import Group, Picked, Tile, cut, gallery
from pages.parts.grouping import View
from pages.parts.links import href
from pages.parts.records import records
from pages.parts.text import count, signed

SHOWN = 120
"""Tiles of a selection."""

GREY = "#8A8F99"
COLOURS = 8
SYMBOLS = ("circle", "diamond")
"""Each colour is taken once with each; the groups that are left share a grey."""

OTHERS = "other labels"
"""All labels but the one in view, where there are more than colours."""

SCOPES = ("this label", "all labels")


@st.fragment
def draw(study: Study, label: str, view: View) -> None:
    """The map, and the patches that are selected on it."""
    scope = st.segmented_control(
        "Patches of", SCOPES, default=SCOPES[0], required=True, key="scope", bind="query-params"
    )  # fmt: skip
    points = _of_label(study, label, view) if scope == SCOPES[0] else _of_all(study, label)
    st.caption(
        "Each point is a patch; near points look alike (UMAP of DIFT features), far ones just differ. "
        "Draw around some with the **lasso** to see them below."
    )
    event = st.plotly_chart(
        _figure(points), width="stretch", key=f"map of {scope}", on_select="rerun",
        selection_mode=("points", "box", "lasso"), config={"displaylogo": False, "scrollZoom": True},
    )  # fmt: skip
    chosen = [str(point["customdata"][0]) for point in event.selection.points]
    if not chosen:
        return
    more = f", the first {SHOWN} shown" if len(chosen) > SHOWN else ""
    st.markdown(f"**{count(len(chosen), 'patch', 'patches')} selected**{more}")
    label_of = points.set_index("patch")["label"]
    tiles_of_chosen = _tiles(study, points[points["patch"].isin(chosen)].head(SHOWN))

    def open_patch(picked: Picked) -> None:
        if label_of[picked.key] != st.session_state["label"]:
            opened.choose_label(label_of[picked.key])
        st.query_params["patch"] = picked.key

    if gallery([Group("selected", "", tiles_of_chosen)], "grid", "selected", on_pick=open_patch):
        st.rerun()  # the drawer belongs to the whole page


def _of_label(study: Study, label: str, view: View) -> pd.DataFrame:
    """The label's patches with `x`, `y` and the title of their cluster as `group`, in ranked order."""
    place = opened.rows(study, "atlas", "points", label)[["patch", "x", "y"]]
    titles = {row.cluster: curating.title(row) for row in view.clusters.itertuples()}
    order = {cluster: at for at, cluster in enumerate(titles)}
    own = view.members.merge(place, on="patch")
    own = own.sort_values("cluster", key=lambda column: column.map(order), kind="stable")
    return own.assign(group=own["cluster"].map(titles))


def _of_all(study: Study, label: str) -> pd.DataFrame:
    """The most typical patches of every label, equally many of each, with their label as `group`; of many
    labels only the one in view stands out, above the others."""
    place = opened.table(study, "atlas", "together")[["patch", "x", "y"]]
    artifact, ids = opened.artifact(study, "patches"), place["patch"].tolist()
    patches = reading(artifact, lambda: artifact.rows("patches", "patch", ids))
    own = patches.drop(columns=["x", "y"]).merge(place, on="patch")  # those are of the picture
    pictures = study.pictures_among(own["picture"].unique().tolist(), opened.SHOWN)[list(opened.SHOWN)]
    own = own.join(pictures, on="picture", how="inner")
    own = own.assign(group=own["label"])
    if len(study.labels) > COLOURS:  # of so many, who would find one?
        own["group"] = own["group"].where(own["label"] == label, OTHERS)
    return own.sort_values(["group", "patch"], key=lambda column: column.where(column != OTHERS, ""))


def _figure(points: pd.DataFrame) -> go.Figure:
    palette = st.get_option(f"theme.{st.context.theme.type or 'light'}.chartCategoricalColors")
    looks = ((colour, symbol) for symbol in SYMBOLS for colour in palette[:COLOURS])
    figure, left_over = go.Figure(), (GREY, SYMBOLS[0])
    for name, part in points.groupby("group", sort=False):
        colour, symbol = left_over if name == OTHERS else next(looks, left_over)
        words = [
            f"{_text(row.file_name)}<br>{_text(row.label)}, T {signed(row.typicality)}"
            for row in part.itertuples()
        ]
        figure.add_scattergl(
            x=part["x"], y=part["y"], mode="markers", name=_text(name), hovertext=words,
            customdata=part[["patch"]], hovertemplate="%{hovertext}",
            marker={"size": 8, "opacity": 0.45 if colour == GREY else 0.85, "color": colour,
                    "symbol": symbol},
        )  # fmt: skip
    bare = {"visible": False, "showgrid": False, "zeroline": False}
    figure.update_layout(
        height=560, margin={"l": 0, "r": 0, "t": 0, "b": 0}, dragmode=_drag(), xaxis=bare,
        yaxis=bare | {"scaleanchor": "x"}, legend={"orientation": "h", "y": -0.02, "yanchor": "top"},
    )  # fmt: skip
    return figure


def _drag() -> str | bool:
    """What a finger or a mouse does that is drawn over the map. On a phone it scrolls the page past it, and
    the lasso is one of the buttons."""
    return False if "Mobi" in st.context.headers.get("User-Agent", "") else "lasso"


def _text(name: object) -> str:
    """A name as Plotly shows it letter by letter: it would take some HTML for what it means."""
    return str(name).replace("&", "&amp;").replace("<", "&lt;")


def _tiles(study: Study, rows: pd.DataFrame) -> list[Tile]:
    urls = tiles.urls_by_label(study, rows)
    return [_tile(study, row, urls) for row in records(rows)]


def _tile(study: Study, row: dict[str, Any], urls: dict[str, str]) -> Tile:
    alt = f"Patch of {row['file_name']}, {row['label']}, T {signed(row['typicality'])}"
    link = href("clusters", study, row["label"], patch=row["patch"])
    return Tile(
        row["patch"], urls[row["picture"]], alt, link, f"T {signed(row['typicality'])}", row["group"],
        crop=cut(row, row["width"], row["height"]),
    )  # fmt: skip
