"""Changing clusters: merge, split, name, hide, star, and all of it undone again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import streamlit as st

from core.errors import UserError
from core.mining import curation, regroup
from core.mining.curation import History
from core.store import curation as kept
from core.study import Study
from pages.parts import features, opened
from pages.parts.grouping import View, load, stored
from pages.parts.text import count, plain

SPLITS_FROM = 4
"""Fewer patches are not split."""


def title(cluster: Any) -> str:
    """What a cluster (a row of `View.clusters`) is called; shown as text."""
    name = f"{cluster.number}. {cluster.called}" if cluster.called else f"Cluster {cluster.number}"
    return f"\u2605 {name}" if cluster.starred else name


def allowed(study: Study, view: View) -> bool:
    """Whether these clusters can be changed."""
    return view.history is not None and kept.writable(study.settings)


def toolbar(study: Study, label: str, view: View) -> None:
    """Undo and redo, and a word on changes that do not fit what is shown."""
    artifact = opened.artifact(study, "clusters")
    if load(study).is_of_others(stored(artifact)):
        st.caption(
            "This study has changes that were made on other clusters; they are kept, and not applied here."
        )
    history = view.history
    if history is None or not history.edits or not kept.writable(study.settings):
        return
    last, first = history.current[-1:], history.edits[history.done :][:1]
    with st.container(horizontal=True, vertical_alignment="center"):
        for words, icon, edits, how in (
            ("Undo", ":material/undo:", last, History.undo),
            ("Redo", ":material/redo:", first, History.redo),
        ):
            tip = f"{words}: {plain(curation.in_words(edits[0]))}" if edits else None
            st.button(
                words, key=words, icon=icon, help=tip, disabled=not edits, type="tertiary",
                on_click=_change, args=(study, label, how),
            )  # fmt: skip
        st.caption(
            f"{count(len(history.current), 'change')} to the clusters of {plain(label)}", width="content"
        )


def panel(study: Study, label: str, view: View, cluster: pd.Series[Any]) -> None:
    """Everything that can be done to the one cluster in view."""
    key = f"name of {cluster['cluster']}: {cluster['called']}"  # undone, the field shows the name before
    with st.popover("Change this cluster", icon=":material/edit:"):
        st.text_input(
            "Name", cluster["called"], curation.NAME_LENGTH, key=key,
            placeholder="Such as: red roofs", on_change=_name, args=(study, label, cluster["cluster"], key),
        )  # fmt: skip
        with st.container(horizontal=True):
            star = curation.Star(cluster["cluster"], not cluster["starred"])
            _button("Star" if star.starred else "Unstar", ":material/star:", study, label, star)
            hide = curation.Hide(cluster["cluster"], not cluster["hidden"])
            _button("Hide" if hide.hidden else "Show", ":material/visibility_off:", study, label, hide)
        _repairs(study, label, view, cluster)


def doubts(view: View, cluster: pd.Series[Any]) -> None:
    """What k-means may have done wrong with the cluster in view."""
    number, own = cluster["number"], cluster["cluster"]
    if own in view.doubts.mixed:
        st.caption(
            f"Cluster {number} looks **mixed** ({view.doubts.mixedness[own]:.2f}): its patches vary more "
            "than those of most clusters, so it may hold several elements. Splitting it in two may help."
        )
    if own in view.doubts.like:
        other, alike = view.doubts.like[own]
        st.caption(
            f"Cluster {number} looks much like cluster {curation.number_of(other)} ({alike:.2f}; 1 is the "
            "same look), which stands below: k-means may have cut one element in two. Merging may help."
        )


def merge_button(study: Study, label: str, own: str, other: str) -> None:
    """Make one cluster of two."""
    words = f"Merge clusters {curation.number_of(own)} and {curation.number_of(other)}"
    st.button(
        words, key="merge both", icon=":material/call_merge:", type="primary",
        on_click=_add, args=(study, label, curation.Merge(own, other)),
    )  # fmt: skip


def _repairs(study: Study, label: str, view: View, cluster: pd.Series[Any]) -> None:
    own = cluster["cluster"]
    described = not features.of_label(study, label).empty
    st.button(
        "Split in two", key="split", icon=":material/call_split:", width="stretch",
        type="primary" if own in view.doubts.mixed else "secondary",
        disabled=not described or cluster["size"] < SPLITS_FROM,
        on_click=_split, args=(study, label, view, own),
    )  # fmt: skip
    others = [other for other in view.clusters["cluster"] if other != own]
    if not described or not others:
        return
    like, _ = view.doubts.like.get(own, ("", 0.0))
    words = {row.cluster: title(row) for row in view.clusters.itertuples()}
    chosen = st.selectbox(
        "Merge with", others, others.index(like) if like in others else 0,
        key=f"merge {own}", format_func=words.__getitem__,
    )  # fmt: skip
    merge = curation.Merge(own, chosen)
    _button("Merge", ":material/call_merge:", study, label, merge, "primary" if like else "secondary")


def _button(
    words: str, icon: str, study: Study, label: str, edit: curation.Edit, kind: str = "secondary"
) -> None:
    st.button(
        words, key=f"do {edit.kind}", icon=icon, type=kind, width="stretch",
        on_click=_add, args=(study, label, edit),
    )  # fmt: skip


def _name(study: Study, label: str, cluster: str, key: str) -> None:
    _add(study, label, curation.Name(cluster, curation.clean(st.session_state[key])))


def _split(study: Study, label: str, view: View, cluster: str) -> None:
    """Cut a cluster in two; the smaller half gets a number of its own."""
    own = view.members[view.members["cluster"] == cluster]
    moved = regroup.halves(features.vectors(study, label, own["patch"]), study.spec.clusters.seed)
    if not moved.any():
        st.toast("These patches all look the same: there is nothing to split.", icon=":material/info:")
        return
    computed = opened.rows(study, "clusters", "clusters", label)["cluster"].tolist()
    new: list[str] = []

    def split(history: History) -> History:
        # Somebody else may have split since this page was drawn, so the number is taken only now.
        new.append(curation.next_cluster(computed, history.edits))
        return history.add(curation.Split(cluster, new[-1], tuple(own["patch"][moved])))

    _change(study, label, split)
    if new:
        st.toast(f"The other half is cluster {curation.number_of(new[-1])}.", icon=":material/call_split:")


def _add(study: Study, label: str, edit: curation.Edit) -> None:
    _change(study, label, lambda history: history.add(edit))


def _change(study: Study, label: str, how: Callable[[History], History]) -> None:
    """Keep a change; one that cannot be kept is said, and changes nothing."""
    try:
        kept.change(study, stored(opened.artifact(study, "clusters")), label, how)
    except UserError as problem:
        st.toast(plain(problem), icon=":material/error:")
