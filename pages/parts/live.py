"""Figures of the open study that stand beside an answer."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from core.cost import passes, seconds_each
from core.study import Study
from pages.parts import maps, opened, tiles
from pages.parts.found import explanation, findings, patch_tiles, picture_tiles
from pages.parts.frames import Reel, frames
from pages.parts.gallery import Group, gallery
from pages.parts.overlay import overlay
from pages.parts.text import asked, count, plain

MILLION = 1_000_000
STRIP = 8
BRICK = "#D2694B"
"""Of charts: legible by day and by night."""


def noise(study: Study, label: str) -> None:
    """A picture at every level of noise, and what the denoiser makes of it."""
    found = explanation(study)
    if found is None:
        st.info("The pictures for this figure are not made yet.", icon=":material/hourglass_empty:")
        st.code("python -m core demo explain", language=None)
        return
    reels = [Reel("With noise", found.frames["noised"]), Reel("Restored", found.frames["restored"])]
    frames(reels, "How much noise: t", [f"t = {t:g}" for t in found.t], 4, "noise")


def heat_map(study: Study, label: str) -> None:
    """The label's most typical picture under its map."""
    opened.artifact(study, "typicality")
    t = maps.sampled_range(study, label)
    seen = maps.view(study, label, t)
    picture = str(seen.pictures.index[0])
    name, size = opened.picture(study, label, picture)
    shown = maps.of_picture(study, label, picture, t, seen)
    url = tiles.urls(study, label, [picture])[picture]
    overlay(url, name, label, size, shown, [], "map")


def by_label(study: Study, label: str) -> None:
    """Mean T of every label: near zero where the denoiser does not know the label's name."""
    table = findings(study).by_label()
    if table.empty:
        opened.artifact(study, "typicality")
        return
    bars = go.Bar(
        x=table["mean"], y=[str(name) for name in table.index], orientation="h",
        error_x={"array": table["high"] - table["mean"]}, hovertemplate="%{y}: T %{x:.4f}<extra></extra>",
    )  # fmt: skip
    _chart(bars, "Mean T of a picture under its own label, with its 95% interval", "", "by label")


def alike(study: Study, label: str) -> None:
    """The first cluster: what DIFT features put together."""
    first = findings(study).top_clusters(label, 1)
    if _grouped(study, first):
        rows = findings(study).patches(first.iloc[0]["cluster"], STRIP)
        gallery([Group("alike", "Cluster 1", patch_tiles(study, label, rows))], "grid", "alike")


def over_t(study: Study, label: str) -> None:
    """Mean T in every bin of t."""
    opened.artifact(study, "typicality")
    known = findings(study)
    table = known.by_t(known.maps_of(label))
    line = go.Scatter(
        x=table["t"], y=table["mean"], mode="lines+markers",
        error_y={"array": table["high"] - table["mean"]},
        hovertemplate="t %{x:.2f}: T %{y:.4f}<extra></extra>",
    )  # fmt: skip
    _chart(line, "t: how much noise, as a share of the diffusion", f"Mean T of {label}", "over t")
    found = explanation(study)
    if found:
        help_ = [loss - told for loss, told in zip(found.loss, found.loss_told, strict=True)]
        whole = go.Scatter(x=list(found.t), y=help_, mode="lines+markers", hovertemplate="t %{x}: %{y:.4f}")
        st.caption(f"The same of one picture over the whole diffusion ({plain(found.file_name)}):")
        _chart(whole, "t", "what the label takes off the loss", "whole t")


def mixed(study: Study, label: str) -> None:
    """The largest cluster from its centre to its edge."""
    clusters = findings(study).top_clusters(label, MILLION)
    if not _grouped(study, clusters):
        return
    largest = clusters.sort_values("size", ascending=False).iloc[0]
    rows = findings(study).patches(largest["cluster"], MILLION).sort_values("position")
    title = f"Cluster {largest['rank'] + 1}, {count(largest['size'], 'patch', 'patches')}"
    groups = [
        Group("near", f"{title}: nearest to its centre", patch_tiles(study, label, rows.head(STRIP))),
        Group("far", "Farthest from it", patch_tiles(study, label, rows.tail(STRIP))),
    ]
    gallery(groups, "grid", "mixed")


def specs(study: Study, label: str) -> None:
    """All parameters of the study in words."""
    st.markdown(asked(study.spec))


def pictures(study: Study, label: str) -> None:
    """What the study is made of."""
    own = opened.pictures(study, label)
    with st.container(horizontal=True, gap="large"):
        st.metric(f"Pictures of {plain(label)}", f"{len(own):,}", width="content")
        st.metric("Labels", f"{len(study.labels):,}", width="content")
        st.metric("Shortest side", f"{own[['width', 'height']].min().min():,} px", width="content")
    gallery([Group("some", "", picture_tiles(study, own.index[:STRIP]))], "strip", "pictures")


def comparisons(study: Study, label: str) -> None:
    """How much work pairs of patches would be, beside what was done."""
    artifact = study.artifact("patches")
    patches = (
        opened.reading(artifact, lambda: artifact.manifest["counts"].get("patches", 0)) if artifact else 0
    )
    with st.container(horizontal=True, gap="large"):
        st.metric("Patches", f"{patches:,}", width="content")
        st.metric("Pairs of them", f"{patches * (patches - 1) // 2:,}", width="content")
        st.metric(
            "UNet passes for all maps",
            f"{study.size * passes(study, 'typicality'):,}",
            width="content",
        )


def cost(study: Study, label: str) -> None:
    """What a million pictures would take at this study's pace."""
    each = seconds_each(study)
    with st.container(horizontal=True, gap="large"):
        st.metric(
            "UNet passes a picture",
            f"{passes(study, 'typicality') + passes(study, 'features'):,}",
            width="content",
        )
        if each is not None:
            st.metric("Seconds a picture, one worker", f"{each:.2f}", width="content")
            days = each * MILLION / 86_400
            st.metric("A million at that pace", f"{days:,.1f} worker-days", width="content")
    if each is None:
        st.caption("How long a picture takes is known once the study is computed.")


def hint(study: Study) -> None:
    """By how much the label lowers the loss, at every t."""
    found = explanation(study)
    if found is None:
        return
    pairs = list(zip(found.loss, found.loss_told, strict=True))
    bars = go.Bar(
        x=[f"{t:g}" for t in found.t], y=[100 * (loss - told) / loss for loss, told in pairs],
        text=[f"{loss:.4f} without, {told:.4f} with it" for loss, told in pairs], textposition="none",
        hovertemplate="t %{x}: %{y:.1f}%<br>%{text}<extra></extra>",
    )  # fmt: skip
    _chart(bars, "t: how much noise", "the hint lowers the loss by, %", "hint")


def _grouped(study: Study, clusters: pd.DataFrame) -> bool:
    """Whether there are clusters; where there are none it is said."""
    if clusters.empty:
        opened.artifact(study, "clusters")
        st.info("No patch of this label was typical enough to be grouped.", icon=":material/search_off:")
    return not clusters.empty


def _chart(trace: go.Bar | go.Scatter, x: str, y: str, key: str) -> None:
    figure = go.Figure(trace)
    figure.update_traces(marker_color=BRICK)
    figure.update_traces(line_color=BRICK, selector={"type": "scatter"})
    figure.update_layout(height=280, margin={"l": 0, "r": 0, "t": 10, "b": 0})
    figure.update_xaxes(title=x)
    figure.update_yaxes(title=y)
    st.plotly_chart(figure, width="stretch", key=key, config={"displayModeBar": False})
