"""How do two labels differ?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from core.mining import compare, similar
from core.study import Study
from pages.parts import features, grouping, opened, rows, shared, tiles, trend
from pages.parts.gallery import Group, Picked, gallery
from pages.parts.links import href
from pages.parts.records import records
from pages.parts.text import count, plain, quoted

TOP = 24
FEW = 6


@dataclass(frozen=True)
class Side:
    """One of the two labels."""

    label: str
    clusters: pd.DataFrame
    """A row for every cluster that is compared, in ranked order."""
    members: pd.DataFrame
    centres: NDArray[np.float32]
    """(k, d), row by row those of `clusters`."""
    middle: NDArray[np.float32]
    """(d,), the mean of all its patches."""


def pick_other(study: Study, label: str) -> str:
    """The label to compare with."""
    others = [other for other in study.labels if other != label]
    if st.query_params.get("other") != label:  # the label at the side may have become the other one
        opened.refuse_unknown("other", others, others[0], "to compare with")
    return st.selectbox(
        "Compared with", others, key="other", bind="query-params", width=260,
        help="The first of the two labels is the one picked at the side.",
    )  # fmt: skip


def side(study: Study, label: str) -> Side | None:
    """What is compared of a label; None where it has no clusters, or they have no features."""
    view = grouping.view(study, label)
    if view.clusters.empty or features.of_label(study, label).empty:
        return None
    kept = view.clusters[~view.clusters["hidden"]]
    clusters = kept[kept["size"] >= FEW] if (kept["size"] >= FEW).any() else kept
    vectors = features.vectors(study, label, view.members["patch"])
    groups, ids = view.members["cluster"].to_numpy(object), clusters["cluster"].tolist()
    middle = similar.middle([vectors])
    return Side(label, clusters, view.members, similar.centres(vectors, groups, ids), middle)


def row_of(study: Study, one: Side, position: int, note: str) -> Group:
    """One cluster, with how common and how typical it is."""
    cluster = one.clusters.iloc[position]
    notes = [note] if note else []
    notes.append(f"{one.label}, in {cluster['coverage']:.0%} of the pictures")
    key = f"{one.label} {cluster['number']}"
    return rows.cluster_row(study, one.label, cluster, one.members, key, notes)


def top(study: Study, one: Side) -> Group:
    """A label's most typical patches, one a picture."""
    best = one.members.sort_values("typicality", ascending=False).drop_duplicates("picture").head(TOP)
    urls = tiles.urls(study, one.label, best["picture"])
    shown = [rows.patch_tile(study, one.label, row, urls) for row in records(best)]
    return Group(f"{one.label} all", one.label, shown, href("clusters", study, one.label))


def choose(sides: Sequence[Side]) -> Any:
    """What a click does: the label of what was clicked becomes the label in view."""
    label_of = {patch: one.label for one in sides for patch in one.members["patch"]}

    def chosen(picked: Picked) -> None:
        label = label_of[picked.key] if picked.kind == "tile" else picked.key.rpartition(" ")[0]
        if label != st.session_state["label"]:
            opened.choose_label(label)

    return chosen


def show(groups: Sequence[Group], layout: Any, key: str, sides: Sequence[Side]) -> None:
    """A gallery whose titles lead to clusters and whose tiles lead to patches."""
    picked = gallery(groups, layout, key, on_pick=choose(sides))
    if picked and picked.kind == "tile":
        st.switch_page("pages/clusters.py", query_params={"patch": picked.key})
    if picked:
        st.switch_page("pages/clusters.py", query_params={"cluster": picked.key.rpartition(" ")[2]})


def pairs(study: Study, sides: tuple[Side, Side]) -> None:
    """Clusters both labels have, then those only one has."""
    first, second = sides
    found = compare.matched(first.centres, second.centres, (first.middle, second.middle))
    st.header("What both have")
    if found.pairs.empty:
        st.markdown("No cluster of one looks like a cluster of the other.")
    else:
        st.markdown(
            "Each cluster beside the closest one of the other label. How alike they are is the cosine of "
            "their mean DIFT features: 1 is the same look, 0 unrelated."
        )
    both = [
        row_of(study, one, int(at), note)
        for row in found.pairs.itertuples()
        for one, at, note in ((first, row.first, ""), (second, row.second, f"alike {row.alike:.2f}"))
    ]
    show(both, "pairs", "both", sides)
    st.header("What only one has")
    st.markdown("Clusters with nothing like them under the other label: what tells the two apart.")
    left, right = st.columns(2, gap="large")
    for place, one, alone, closest in (
        (left, first, found.only_first, found.closest_first),
        (right, second, found.only_second, found.closest_second),
    ):
        with place:
            st.subheader(f"Only {plain(one.label)}")
            if not alone:
                st.caption("Nothing: every cluster has one like it under the other label.")
            ranked = sorted(zip(alone, closest, strict=True))
            shown = [row_of(study, one, at, f"closest {near:.2f}") for at, near in ranked]
            show(shown, "stack", f"only {one is second}", sides)


def over_time(study: Study, sides: tuple[Side, Side]) -> None:
    """How the coverage of an element changes, where some label column has an order."""
    order = trend.order_of(study)
    if order is None:
        return
    first, second = sides
    ids = first.clusters["cluster"].tolist()
    numbers = [str(number) for number in first.clusters["number"]]
    st.header(f"What changes over {quoted(order.column)}?")
    found = trend.showing(study, first.label, first.members, ids)
    opened.refuse_unknown("element", numbers, "the one that changes most")
    number = st.selectbox(
        f"Cluster of {plain(first.label)}", numbers, trend.most_changing(study, order, found, first.label),
        key="element", bind="query-params", width=260, help="At first the one that changes most.",
    )  # fmt: skip
    at = numbers.index(number)
    trend.chart(trend.coverages(study, order, found, at, (first.label, second.label)), order)
    many = count(int(found.shows[:, at].sum()), "patch", "patches")
    st.caption(
        f"**Coverage**: the share of pictures in which one of the most typical patches looks as much like "
        f"this cluster as its own do ({many} of all labels). Bands are 95% intervals."
    )
    show([row_of(study, first, at, "")], "stack", "element tiles", sides)


study, label = opened.current()
title = st.container()
other = pick_other(study, label)
title.title(f"How do {plain(label)} and {plain(other)} differ?")
opened.artifact(study, "clusters")
both = side(study, label), side(study, other)
if both[0] is None or both[1] is None:
    empty = label if both[0] is None else other
    st.info(
        f"No patch of {plain(empty)} was typical enough to be described and grouped.",
        icon=":material/search_off:",
    )
    st.stop()
sides = both[0], both[1]
st.markdown(
    f"The most **typical patches** of {plain(label)} beside those of {plain(other)}: where knowing the label "
    "helps the denoiser most."
)
for place, one in zip(st.columns(2, gap="large"), sides, strict=True):
    with place:
        show([top(study, one)], "stack", f"top {one is sides[1]}", sides)
pairs(study, sides)
over_time(study, sides)
shared.draw(study, label, other)
