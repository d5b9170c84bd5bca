"""What makes a label look like itself?"""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from core.mining.typicality import interval
from core.study import Study
from pages.parts import maps, opened, tiles
from pages.parts.gallery import Group, Picked, Tile, cut, gallery
from pages.parts.links import href
from pages.parts.overlay import outline, overlay
from pages.parts.text import between, count, plain, signed

ROW = 24
FEW = 6


def members_of(study: Study, label: str) -> pd.DataFrame:
    """Every patch of the label's clusters with its place in its picture, nearest to the centre first."""
    members = opened.table(study, "clusters", "members")
    patches = opened.table(study, "patches", "patches").drop(columns=["label", "rank", "shard"])
    pictures = study.pictures[["file_name", "width", "height"]]
    own = members[members["label"] == label].merge(patches, on="patch")
    return own.join(pictures, on="picture", how="inner").sort_values(["cluster", "position"])


def pick_clusters(clusters: pd.DataFrame) -> pd.DataFrame:
    """One cluster, or all that have enough members."""
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    numbers = [str(rank + 1) for rank in clusters["rank"]]
    chosen = left.selectbox("Cluster", ["all", *numbers], key="cluster", bind="query-params", width=220)
    small = right.toggle(f"Show clusters with fewer than {FEW} patches", key="small", bind="query-params")
    if chosen != "all":
        return clusters[clusters["rank"] == int(chosen) - 1]
    return clusters if small else clusters[clusters["size"] >= FEW]


def tile(study: Study, label: str, row: dict[str, Any], url: str, captioned: bool) -> Tile:
    """One patch, cut out of its picture's tile."""
    crop = cut(row, row["width"], row["height"])
    alt = f"Patch of {row['file_name']}, T {signed(row['typicality'])}"
    link = href("clusters", study, label, patch=row["patch"])
    return Tile(
        row["patch"], url, alt, link, f"T {signed(row['typicality'])}" if captioned else "", crop=crop
    )


def groups(study: Study, label: str, clusters: pd.DataFrame, members: pd.DataFrame) -> list[Group]:
    """A row a cluster: how common, how typical, and what it looks like."""
    alone = len(clusters) == 1
    shown = members[members["cluster"].isin(clusters["cluster"])]
    shown = shown if alone else shown.groupby("cluster").head(ROW)
    urls = tiles.urls(study, shown["picture"])
    found = []
    for cluster in clusters.itertuples():
        rows = shown[shown["cluster"] == cluster.cluster].to_dict("records")
        notes = [
            f"{count(cluster.size, 'patch', 'patches')} in {cluster.coverage:.0%} of the pictures",
            f"median T {signed(cluster.median)}",
            between(cluster.low, cluster.high),
        ]
        number = str(cluster.rank + 1)
        patches = [tile(study, label, row, urls[row["picture"]], alone) for row in rows]
        link = href("clusters", study, label, cluster=number)
        estimate = (cluster.low, cluster.median, cluster.high)
        found.append(Group(number, f"Cluster {number}", patches, link, notes, estimate))
    return found


def pick(picked: Picked) -> None:
    """A click on a title shows the whole cluster, one on a patch opens it; both become part of the link."""
    if picked.kind == "group":
        st.session_state["cluster"] = picked.key
    else:
        st.query_params["patch"] = picked.key


def close() -> None:
    """Forget the patch that was open."""
    st.query_params.pop("patch", None)


@st.dialog("The patch in its picture", position="right", width=620, on_dismiss=close)
def drawer(study: Study, label: str, row: pd.Series[Any]) -> None:
    """One patch with what surrounds it."""
    picture, size = row["picture"], (int(row["width"]), int(row["height"]))
    t = maps.sampled_range(study)
    found = maps.of_picture(study, label, picture, t, maps.view(study, label, t))
    url = tiles.urls(study, [picture])[picture]
    overlay(url, row["file_name"], label, size, found, [outline(row, *size)], key="drawer")
    st.markdown(
        f"**T {signed(row['typicality'])}** ({between(*interval(row['typicality'], row['error']))}), "
        f"no. {row['position'] + 1} from the centre of its cluster, in {plain(row['file_name'])}"
    )
    st.page_link(
        "pages/typicality.py", label="Open this picture", icon=":material/blur_on:",
        query_params={"picture": picture},
    )  # fmt: skip


study, label = opened.current()
st.title(f"What makes {plain(label)} look like {plain(label)}?")
st.markdown(
    f"The most typical patches of {plain(label)}, in **clusters** of those that look alike. The one with the "
    "highest **median typicality** comes first; the bar shows its 95% interval."
)
clusters = opened.table(study, "clusters", "clusters")
clusters = clusters[clusters["label"] == label].sort_values("rank") if len(clusters) else clusters
if clusters.empty:
    st.info(f"No patch of {plain(label)} was typical enough to be grouped.", icon=":material/search_off:")
    st.stop()
shown = pick_clusters(clusters)
members = members_of(study, label)
if shown.empty:
    st.info(f"No cluster has {FEW} patches or more; switch on the small ones.", icon=":material/toggle_on:")
gallery(groups(study, label, shown, members), "grid" if len(shown) == 1 else "rows", "clusters", on_pick=pick)
wanted = members[members["patch"] == st.query_params.get("patch", "")]
if len(wanted):
    drawer(study, label, wanted.iloc[0])
