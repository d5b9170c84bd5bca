"""What did training change?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd
import streamlit as st

from core.study import Study
from pages.parts import beside, evidence, grouping, maps, opened, rows, scans, tiles, translated
from pages.parts.evidence import said
from pages.parts.gallery import Group, Tile, gallery
from pages.parts.links import href
from pages.parts.overlay import overlay
from pages.parts.swipe import Shot, swipe
from pages.parts.text import count, plain, signed

STRIP = 12
BEST = 50
"""Of the most typical pictures of either model, how many are the same?"""
CLUSTERS = 6
FEW = 6
WHOLE = (0.0, 0.0, 1.0, 1.0)


def pick_other(names: Sequence[str]) -> str:
    """The study to hold against this one; part of the link."""
    opened.refuse_unknown("against", names, names[0], "to hold this one against")
    return st.selectbox(
        "Held against", names, key="against", bind="query-params", width=260,
        help="Another study of the same pictures, say one asked of the model before it was fine-tuned.",
    )  # fmt: skip


def ranked(study: Study, label: str, among: Sequence[str]) -> pd.Series[float]:
    """Mean T of the pictures both have, the highest first."""
    return maps.view(study, label, maps.sampled_range(study, label)).pictures.loc[among, "mean"].sort_values(
        ascending=False, kind="stable"
    )  # fmt: skip


def strip(study: Study, label: str, means: pd.Series[float], chosen: str) -> None:
    """One model's most typical pictures."""
    shown = means.head(STRIP)
    urls = tiles.urls(study, label, shown.index, "thumb")
    own = [
        Tile(
            picture, urls[picture], opened.picture(study, label, picture)[0],
            href("typicality", study, label, picture=picture), f"T {signed(mean)}",
        )
        for picture, mean in shown.items()
    ]  # fmt: skip
    gallery(
        [Group("ranking", "", own)], "strip", f"ranking of {study.name}", chosen,
        lambda pick: choose(pick.key),
    )  # fmt: skip


def choose(picture: str) -> None:
    """Look at another picture; it becomes part of the link."""
    st.query_params["picture"] = picture


def views(both: Sequence[Study], label: str) -> list[maps.View]:
    """What each model sees of the label; in the same colours, if that is wished."""
    found = [maps.view(one, label, maps.sampled_range(one, label)) for one in both]
    alike = st.toggle(
        "Same colours for both", value=True, key="alike", bind="query-params",
        help="Then the model that sees more is the more coloured one. Off: each in colours of its own, which "
        "show where it looks even where it sees little.",
    )  # fmt: skip
    if not alike:
        return found
    scale, change = max(one.scale for one in found), max(one.change_scale for one in found)
    return [replace(one, scale=scale, change_scale=change) for one in found]


def one_map(study: Study, label: str, picture: str, seen: maps.View, small: bool) -> None:
    """The picture with what one of the models sees in it."""
    name, size = opened.picture(study, label, picture)
    t = maps.sampled_range(study, label)
    overlay(
        tiles.urls(study, label, [picture])[picture], f"{name}, {study.name}", label, size,
        maps.of_picture(study, label, picture, t, seen), [], key=f"map of {study.name}", small=small,
    )  # fmt: skip
    row = seen.pictures.loc[picture]
    st.caption(
        f"Mean T {plain(signed(row['mean']))}, no. {seen.pictures.index.get_loc(picture) + 1} of "
        f"{count(len(seen.pictures), 'picture')}. Colours end at T of {plain(signed(seen.scale))}."
    )


def clusters(study: Study, label: str) -> None:
    """One model's first clusters."""
    if study.state("clusters") != "done":
        st.caption("Its patches are not grouped yet.")
        return
    view = grouping.view(study, label)
    if view.clusters.empty:
        st.caption("No patch was typical enough to be grouped.")
        return
    kept = view.clusters[~view.clusters["hidden"]]
    kept = kept[kept["size"] >= FEW] if (kept["size"] >= FEW).any() else kept
    groups = [
        rows.cluster_row(
            study, label, cluster, view.members, str(cluster["number"]),
            [f"in {cluster['coverage']:.0%} of the pictures"],
        )
        for _, cluster in kept.head(CLUSTERS).iterrows()
    ]  # fmt: skip
    picked = gallery(
        groups, "stack", f"clusters of {study.name}",
        on_pick=lambda _: st.session_state.update(study=study.name),
    )  # fmt: skip
    if picked:
        kind = "patch" if picked.kind == "tile" else "cluster"
        st.switch_page("pages/clusters.py", query_params={kind: picked.key})


def checked(study: Study, other: Study) -> None:
    """Which of the two points better at what experts marked, where anybody did."""
    both = (study, other)
    if any(one.state("evidence") != "done" or not evidence.has_truth(one) for one in both):
        return
    held = evidence.held(study, other)
    st.header("Which points better at what experts marked?")
    columns = st.columns(2, gap="large")
    for place, one, side in zip(columns, both, (held.one, held.other), strict=True):
        figure = side.mean["average_precision"]
        place.metric(f"Average precision, {one.name}", said(figure.value, *figure.interval()))
        place.caption(f"By chance: {said(figure.chance)}.")
    st.page_link(
        "pages/localisation.py", label="By label and picture", icon=":material/target:",
        query_params={"against": other.name},
    )  # fmt: skip


def translations(study: Study, other: Study, label: str) -> None:
    """One picture under another label, by both models."""
    if any(one.state("translate") != "done" for one in (study, other)):
        return
    own, theirs = translated.sources(study, label), translated.sources(other, label)
    both = [picture for picture in own.index if picture in theirs.index]
    targets = [one for one in study.labels if one != label and one in other.labels]
    if not both or not targets:
        return
    st.header("What would it be under another label?")
    with st.container(horizontal=True):
        target = st.selectbox("Under", targets, key="under", bind="query-params", width=220)
        names = own["file_name"].to_dict()
        picture = st.selectbox(
            "Picture", both, key="source", bind="query-params", width=320, format_func=names.__getitem__
        )
    shots = [
        Shot(translated.translations(one, picture)[target], one.name, f"{names[picture]} as {target}")
        for one in (other, study)
    ]
    size = int(own.at[picture, "frame_width"]), int(own.at[picture, "frame_height"])
    swipe(*shots, size, WHOLE, "both translations")
    st.caption(
        f"The same picture as {plain(target)}: on the left by the model of {plain(other.name)}, on the right "
        f"by that of {plain(study.name)}."
    )


study, label = opened.current()
st.title("What did training change?")
st.markdown(
    f"The same pictures of {plain(label)}, asked of **two denoisers**: what either finds typical, where it "
    "shows, and what it groups."
)
scans.research_use(study)
opened.artifact(study, "typicality")
names = beside.others(study, label)
if not names:
    beside.how_to(study)
    st.stop()
other = opened.open_study(pick_other(names))
both = (study, other)
measured = [maps.view(one, label, maps.sampled_range(one, label)).pictures.index for one in both]
shared = measured[0].intersection(measured[1])
if shared.empty:
    st.info("No picture that both have was measured by both.", icon=":material/search_off:")
    st.stop()
means = [ranked(one, label, shared) for one in both]
picture = opened.picture_asked_for(list(shared), str(means[0].index[0]))
seen = views(both, label)
for place, one, view in zip(st.columns(2, gap="large"), both, seen, strict=True):
    with place:
        st.subheader(plain(one.name))
        one_map(one, label, picture, view, small=one is other)
st.header("Which pictures are most typical?")
best = min(BEST, max(1, len(shared) // 2))
same = len(means[0].index[:best].intersection(means[1].index[:best]))
st.markdown(
    f"Of the **{best}** most typical of {count(len(shared), 'picture')}, **{same}** are the same for both. "
    f"Their orders agree with a rank correlation of **{plain(signed(means[0].corr(means[1], 'spearman')))}** "
    "(1: the same order, 0: unrelated). A click shows a picture above."
)
for one, mean in zip(both, means, strict=True):
    st.caption(plain(one.name))
    strip(one, label, mean, picture)
st.header("What do they group?")
for place, one in zip(st.columns(2, gap="large"), both, strict=True):
    with place:
        st.subheader(plain(one.name))
        clusters(one, label)
checked(study, other)
translations(study, other, label)
