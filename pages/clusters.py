"""What makes a label look like itself?"""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from core.mining import regroup
from core.mining.curation import number_of
from core.mining.typicality import interval
from core.study import Study
from pages.parts import atlas, curating, features, grouping, maps, neighbours, opened, scans, tiles
from pages.parts.gallery import Group, Picked, Tile, cut, gallery
from pages.parts.links import href
from pages.parts.overlay import outline, overlay
from pages.parts.records import records
from pages.parts.text import between, count, plain, signed

ROW = 16
"""Patches of a cluster: twice what is seen without scrolling."""
FEW = 6
STORED = "as computed"
LOOKS = ("Rows", "Map")
WANTED = "cluster to look at next"
KEPT = ("Shown", "Starred", "Hidden")
NOTHING = "No patch of {} was typical enough to be grouped, or all of them are in none of these clusters."


def take_wanted() -> None:
    """Before the controls are drawn: pick the cluster that was asked for below them."""
    if wanted := st.session_state.pop(WANTED, None):
        st.session_state["cluster"] = wanted


def forget_cluster() -> None:
    """Other clusters have other numbers."""
    st.session_state["cluster"] = "all"


def pick_method(study: Study, label: str) -> tuple[regroup.Method | None, int]:
    """How patches are grouped: None for the stored clusters, or a method and its number."""
    if features.of_label(study, label).empty:
        return None, 0
    opened.refuse_unknown("method", [STORED, *regroup.METHODS], STORED)
    method = st.selectbox(
        "Method", [STORED, *regroup.METHODS], key="method", bind="query-params", width=180,
        on_change=forget_cluster,
        help="How patches that look alike are found. What is computed stays as it is; this is only a view.",
    )  # fmt: skip
    if method == STORED:
        return None, 0
    words, key, low, high, first = (
        ("Fewest patches of a cluster", "fewest", 2, 30, 5)
        if method == "HDBSCAN"
        else ("Number of clusters", "number", 2, 64, study.spec.clusters.clusters)
    )
    opened.refuse_beyond(key, low, high)
    number = st.slider(
        words, low, high, min(max(first, low), high), key=key, bind="query-params", width=220,
        on_change=forget_cluster,
    )  # fmt: skip
    return method, number


def pick_clusters(clusters: pd.DataFrame) -> pd.DataFrame:
    """One cluster, or all that have enough members and are not hidden."""
    numbers = [str(number) for number in clusters["number"]]
    opened.refuse_unknown("cluster", ["all", *numbers], "all of them")
    chosen = st.selectbox("Cluster", ["all", *numbers], key="cluster", bind="query-params", width=120)
    wanted = KEPT[0]
    if clusters["starred"].any() or clusters["hidden"].any():
        wanted = st.segmented_control(
            "Which", KEPT, default=KEPT[0], required=True, key="which", bind="query-params",
            label_visibility="collapsed", width="content",
        )  # fmt: skip
    small = st.toggle(f"Also fewer than {FEW} patches", key="small", bind="query-params", width="content")
    if chosen != "all":
        return clusters[clusters["number"] == int(chosen)]
    if wanted != KEPT[0]:
        return clusters[clusters["hidden" if wanted == "Hidden" else "starred"]]
    kept = clusters[~clusters["hidden"]]
    large = kept[kept["size"] >= FEW]
    return kept if small or large.empty else large


def pick_look(study: Study, label: str) -> str:
    """Rows of clusters, or a map of patches."""
    if st.session_state["cluster"] != "all" or features.of_label(study, label).empty:
        return LOOKS[0]
    return st.segmented_control(
        "Look", LOOKS, default=LOOKS[0], required=True, key="look", bind="query-params",
        label_visibility="collapsed", width="content",
    )  # fmt: skip


def say_method(method: regroup.Method, view: grouping.View) -> None:
    """What the clusters in view are, where they are not the stored ones."""
    left_out = f" {count(view.left_out, 'patch', 'patches')} belong to none." if view.left_out else ""
    st.caption(f"**{method}**: {regroup.METHODS[method]}{left_out} Only stored clusters can be changed.")


def tile(study: Study, label: str, row: dict[str, Any], url: str, captioned: bool) -> Tile:
    """One patch, cut out of its picture's tile."""
    crop = cut(row, row["width"], row["height"])
    t = f"T {signed(row['typicality'])}"
    link = href("clusters", study, label, patch=row["patch"])
    alt = f"Patch of {row['file_name']}, {t}"
    hint = between(*interval(row["typicality"], row["error"]))
    return Tile(row["patch"], url, alt, link, t if captioned else "", hint=hint, crop=crop)


def doubt(view: grouping.View, cluster: str) -> str:
    """A quiet word on a cluster that may need repair; a click on it leads to what can be done."""
    if cluster in view.doubts.like:
        other, alike = view.doubts.like[cluster]
        return f"Much like cluster {number_of(other)} ({alike:.2f}): merge them?"
    return "Looks mixed: split it?" if cluster in view.doubts.mixed else ""


def groups(study: Study, label: str, view: grouping.View, clusters: pd.DataFrame) -> list[Group]:
    """A row a cluster: how common, how typical, and what it looks like."""
    alone = len(clusters) == 1
    shown = view.members[view.members["cluster"].isin(clusters["cluster"])]
    shown = shown if alone else shown.groupby("cluster").head(ROW)
    urls = tiles.urls(study, label, shown["picture"])
    may_repair = not alone and curating.allowed(study, view)
    of_cluster: dict[str, list[dict[str, Any]]] = {cluster: [] for cluster in clusters["cluster"]}
    for row in records(shown):
        of_cluster[row["cluster"]].append(row)
    found = []
    for cluster in clusters.itertuples():
        rows = of_cluster[cluster.cluster]
        notes = [
            f"{count(cluster.size, 'patch', 'patches')} in {cluster.coverage:.0%} of the pictures",
            f"median T {signed(cluster.median)}",
            between(cluster.low, cluster.high),
        ]
        if (mixedness := view.doubts.mixedness.get(cluster.cluster)) is not None:
            notes.append(f"mixedness {mixedness:.2f}")
        number = str(cluster.number)
        patches = [tile(study, label, row, urls[row["picture"]], alone) for row in rows]
        link = href("clusters", study, label, cluster=number)
        estimate = (cluster.low, cluster.median, cluster.high)
        more = doubt(view, cluster.cluster) if may_repair else ""
        found.append(Group(number, curating.title(cluster), patches, link, notes, estimate, more))
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


def step(view: grouping.View, row: pd.Series[Any]) -> None:
    """To the patch before and after in the same cluster, and to all of the cluster."""
    own = view.members.loc[view.members["cluster"] == row["cluster"], "patch"].tolist()
    at = own.index(row["patch"])
    with st.container(horizontal=True):
        for name, to, key in (("Previous", at - 1, "P"), ("Next", at + 1, "N")):
            if st.button(name, shortcut=key, disabled=not 0 <= to < len(own)):
                st.query_params["patch"] = own[to]
                st.rerun()  # the drawer is a part of the page; the patch in view is the whole page's
        number = view.clusters.loc[view.clusters["cluster"] == row["cluster"], "number"].iloc[0]
        if st.button("All of the cluster", icon=":material/apps:"):
            st.session_state[WANTED] = str(number)
            close()
            st.rerun()


@st.dialog("The patch in its picture", position="right", width=620, on_dismiss=close)
def drawer(study: Study, label: str, view: grouping.View, row: pd.Series[Any]) -> None:
    """One patch with what surrounds it."""
    picture, size = row["picture"], (int(row["width"]), int(row["height"]))
    cluster = view.clusters[view.clusters["cluster"] == row["cluster"]].iloc[0]
    st.markdown(
        f"**T {signed(row['typicality'])}** ({between(*interval(row['typicality'], row['error']))}), "
        f"no. {row['position'] + 1} of {cluster['size']:,} from the centre of "
        f"**{plain(curating.title(cluster))}**, in {plain(row['file_name'])}"
    )
    step(view, row)
    t = maps.sampled_range(study, label)
    found = maps.of_picture(study, label, picture, t, maps.view(study, label, t))
    url = tiles.urls(study, label, [picture])[picture]
    overlay(url, row["file_name"], label, size, found, [outline(row, *size)], key="drawer")
    st.page_link(
        "pages/typicality.py", label="Open this picture", icon=":material/blur_on:",
        query_params={"picture": picture},
    )  # fmt: skip
    neighbours.draw(study, label, row["patch"])


study, label = opened.current()
st.title(f"What makes {plain(label)} look like {plain(label)}?")
st.markdown(
    f"The most typical patches of {plain(label)}, in **clusters** of those that look alike. The one with the "
    "highest **median typicality** comes first; the bar shows its 95% interval. **Mixedness** is how much of "
    "the variety of all these patches is left within a cluster: near 0 one look, near 1 all sorts."
)
scans.research_use(study)
opened.artifact(study, "clusters")
take_wanted()
controls = st.container(horizontal=True, vertical_alignment="bottom", gap="medium")
with controls:
    method, number = pick_method(study, label)
view = grouping.view(study, label, method, number)
if view.clusters.empty:
    st.info(NOTHING.format(plain(label)), icon=":material/search_off:")
    st.stop()
with controls:
    shown = pick_clusters(view.clusters)
    look = pick_look(study, label)
if method:
    say_method(method, view)
curating.toolbar(study, label, view)
if shown.empty:
    st.info("None of these clusters: choose others above.", icon=":material/toggle_on:")
alone = len(shown) == 1 and st.session_state["cluster"] != "all"
if alone:
    with st.container(horizontal=True):
        st.button("All clusters", icon=":material/arrow_back:", on_click=forget_cluster)
        if curating.allowed(study, view):
            curating.panel(study, label, view, shown.iloc[0])
    if curating.allowed(study, view):
        curating.doubts(view, shown.iloc[0])
if look == "Map":
    atlas.draw(study, label, view)
else:
    layout = "grid" if len(shown) == 1 else "rows"
    gallery(groups(study, label, view, shown), layout, "clusters", on_pick=pick)
if alone and shown["cluster"].iloc[0] in view.doubts.like and curating.allowed(study, view):
    other, _ = view.doubts.like[shown["cluster"].iloc[0]]
    st.subheader(f"Cluster {number_of(other)}, which looks much like it")
    curating.merge_button(study, label, shown["cluster"].iloc[0], other)
    beside = view.clusters[view.clusters["cluster"] == other]
    gallery(groups(study, label, view, beside), "grid", "much like it", on_pick=pick)
if (asked_for := st.query_params.get("patch", "")) and asked_for not in set(view.members["patch"]):
    st.warning(
        f"The link names a patch that is in none of these clusters of {plain(label)}.",
        icon=":material/link_off:",
    )
wanted = view.members[view.members["patch"] == st.query_params.get("patch", "")]
if len(wanted):
    drawer(study, label, view, wanted.iloc[0])
