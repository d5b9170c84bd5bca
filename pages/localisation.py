"""Do the maps point at what experts marked?"""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.evaluate import Evaluation
from core.evidence import outlines
from core.mining.localisation import Measured
from core.study import Study
from pages.parts import evidence, maps, opened, tiles
from pages.parts.evidence import Held, said
from pages.parts.gallery import Group, Tile, gallery
from pages.parts.links import href
from pages.parts.overlay import Polygon, overlay
from pages.parts.text import count, plain, signed

STRIP = 24
ORDERS = ("Worst first", "Best first")
ALONE = "No other study"
MEANING = """
- **Average precision**: take pixels from the highest typicality T down; how many of those taken lie in what
  was marked, on average over all of it. 1 is a perfect map; one that knows nothing gets the share of marked
  pixels.
- **Pointing game**: in how many pictures the very highest pixel of the map lies in what was marked. By
  chance: the mean share of marked pixels.
- **Marks found**: how many marks are overlapped by half or more (intersection over union) by the box around a
  region in which T is high. "High" is one threshold for the whole study, the one that finds most, so this
  figure is a little flattered. By chance: what the map of another picture of the same label finds.
- In brackets: the **95% interval**. Whole pictures are drawn anew a thousand times (bootstrap), and in 95% of
  these draws the figure lies in between. Where all or none succeed, no draw differs, and it is too narrow.
"""


def empty(study: Study) -> None:
    """What to add so that there is something to see here."""
    st.info(
        f"Nobody said where the labels show in the pictures of study {plain(study.name)}, so its maps cannot "
        "be checked.",
        icon=":material/location_off:",
    )
    st.markdown(
        "Add what experts marked to the dataset and import it again: a column **boxes** in `metadata.csv` "
        "(a list of `[x, y, width, height]` in pixels for each picture, empty where there is nothing), or a "
        "column **mask** that names a picture of the same size whose pixels are not 0 where the label shows."
    )
    st.code(
        'file_name,label,boxes\nscans/17.png,pituitary,"[[106, 82, 23, 26]]"\nscans/18.png,glioma,"[]"',
        language=None,
    )


def pick_other(study: Study) -> str:
    """The study to hold against this one; part of the link."""
    names = [ALONE, *evidence.others(study)]
    opened.refuse_unknown("against", names, "this study alone", "to hold this one against")
    return st.selectbox(
        "Held against", names, key="against", bind="query-params", width=260,
        help="Another study of the same pictures, say one asked of the model before it was fine-tuned.",
    )  # fmt: skip


def headline(of: Evaluation) -> None:
    """The means over all labels in large figures."""
    row = st.container(horizontal=True, gap="large")
    for name, title in evidence.NAMES.items():
        one = of.mean[name]
        with row.container(width=230):
            st.metric(title, said(one.value))
            st.caption(f"95%: {_range(one.interval())}. By chance: {said(one.chance)}.")


def gap(study: Study, other: Study, held: Held) -> None:
    """By how much one study is better, in words."""
    one = held.mean["average_precision"]
    low, high = one.interval()
    sure = "surely better" if low > 0 else "surely worse" if high < 0 else "not surely better or worse"
    st.markdown(
        f"On the {count(len(held.ids), 'picture')} both have, **{plain(study.name)}** is {sure} than "
        f"**{plain(other.name)}**: average precision {said(held.one.mean['average_precision'].value)} and "
        f"{said(held.other.mean['average_precision'].value)}, a difference of {plain(signed(one.value))} "
        f"(95%: {plain(signed(low))} to {plain(signed(high))}; both are drawn together)."
    )


def figures(study: Study, of: Evaluation, held: Held | None, other: Study | None) -> None:
    """The table, and the same to take along."""
    numbers = evidence.table(held.one if held else of)
    if held and other:
        parts = [numbers.assign(study=study.name), evidence.table(held.other).assign(study=other.name)]
        numbers = pd.concat(parts).sort_values(
            "label", key=lambda names: names != evidence.MEAN, kind="stable"
        )
        numbers = numbers.sort_values("label", kind="stable", key=lambda names: names.map(_place(of)))
        shown = evidence.words(numbers)
        shown.insert(1, "Study", numbers["study"].to_numpy())
    else:
        shown = evidence.words(numbers)
    st.dataframe(shown, hide_index=True, width="stretch")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.download_button(
            "This table as CSV", numbers.to_csv(index=False).encode(), f"{study.name}-evidence.csv",
            "text/csv", icon=":material/table:", on_click="ignore", key="take evidence",
        )  # fmt: skip
    with st.expander("What do these figures mean?"):
        st.markdown(MEANING)
        st.markdown(f"The threshold of this study: T of {plain(signed(of.threshold))} and more.")


def cases(label: str, of: Measured, urls: dict[str, str], study: Study, order: str) -> list[Tile]:
    """The label's pictures, by how well their own map points at what is marked in them."""
    own = pd.Series(of.own, index=list(of.pictures)).dropna()
    ranked = own.sort_values(ascending=order == ORDERS[0], kind="stable").head(STRIP)
    names = opened.pictures(study, label)["file_name"]
    hits = dict(zip(of.pictures, of.hit, strict=True))
    return [
        Tile(
            picture, urls[picture], names[picture],
            href("localisation", study, label, picture=picture, cases=order), f"AP {value:.2f}",
            "points at it" if hits[picture] >= 0.5 else "points elsewhere",
        )
        for picture, value in ranked.items()
    ]  # fmt: skip


def draw(study: Study, label: str, picture: str, key: str, small: bool = False) -> None:
    """One picture with its map and what is marked in it."""
    name, size = opened.picture(study, label, picture)
    t = maps.sampled_range(study, label)
    seen = maps.view(study, label, t)
    overlay(
        tiles.urls(study, label, [picture])[picture], name, label, size,
        maps.of_picture(study, label, picture, t, seen), [], key=key, small=small,
        marks=marks(study, picture, opened.content(opened.artifact(study, "dataset"))),
    )  # fmt: skip


@st.cache_resource(max_entries=64, show_spinner=False)
def marks(_study: Study, picture: str, key: str) -> list[Polygon]:
    """What experts marked in a picture."""
    return outlines(_study, picture)


def look(study: Study, label: str, of: Evaluation, held: Held | None, other: Study | None) -> None:
    """Single pictures, worst or best first, one of them large."""
    st.header(f"Where {plain(label)} is found, and where not")
    measured = (held.one if held else of).labels.get(label)
    if measured is None or not (measured.positive > 0).any():
        st.info(f"Nothing is marked in pictures of {plain(label)}.", icon=":material/location_off:")
        return
    order = st.segmented_control(
        "Cases", ORDERS, default=ORDERS[0], required=True, key="cases", bind="query-params",
        label_visibility="collapsed",
    )  # fmt: skip
    urls = tiles.urls(study, label, measured.pictures, "thumb")
    shown = cases(label, measured, urls, study, order)
    picture = opened.picture_asked_for(measured.pictures, shown[0].key)
    place = st.container()
    gallery([Group("strip", "", shown)], "strip", "cases strip", picture, lambda pick: choose(pick.key))
    with place:
        large(study, label, picture, measured, held, other)


def large(
    study: Study, label: str, picture: str, measured: Measured, held: Held | None, other: Study | None
) -> None:
    """The picture that is chosen, under both studies where there are two."""
    at = measured.pictures.index(picture)
    found = count(int(measured.boxes[at]), "mark")
    left, right = st.columns([5, 2] if other is None else [1, 1], gap="large")
    with left:
        if other:
            st.markdown(f"**{plain(study.name)}**: average precision {said(measured.own[at])}")
        draw(study, label, picture, "evidence map")
    with right:
        if held and other:
            theirs = held.other.labels[label]
            twin = held.ids[picture]
            st.markdown(
                f"**{plain(other.name)}**: average precision {said(theirs.own[theirs.pictures.index(twin)])}"
            )
            draw(other, label, twin, "evidence map of the other", small=True)
            ends = maps.view(other, label, maps.sampled_range(other, label)).scale
            st.caption(f"In its own colours: they end at T of {plain(signed(ends))}.")
            return
        st.metric("Average precision in this picture", said(measured.own[at]))
        st.caption(f"By chance: {said(measured.positive[at] / measured.size[at])}. It has {found}.")
        st.markdown(
            f"**{plain(opened.picture(study, label, picture)[0])}**  \n"
            "The white line is what was marked; red is where T is high. The highest pixel "
            f"{'lies in it' if measured.hit[at] >= 0.5 else 'lies elsewhere'}."
        )


def choose(picture: str) -> None:
    """Look at another picture; it becomes part of the link."""
    st.query_params["picture"] = picture


def _range(ends: tuple[float, float]) -> str:
    return "no interval" if pd.isna(ends[0]) else f"{ends[0]:.2f} to {ends[1]:.2f}"


def _place(of: Evaluation) -> dict[str, int]:
    return {label: number for number, label in enumerate([evidence.MEAN, *of.labels])}


study, label = opened.current()
st.title("Do the maps point at what experts marked?")
st.markdown(
    "Where somebody marked what makes a picture belong to its label, a **typicality map** can be right or "
    "wrong. Here it is held against these boxes and masks, over all pictures that have any."
)
st.caption("Research use, no diagnosis.")
if not evidence.has_truth(study):
    empty(study)
    st.stop()
opened.artifact(study, "evidence")
of = evidence.evaluation(study)
picked = pick_other(study)
other = None if picked == ALONE else opened.open_study(picked)
held = evidence.held(study, other) if other else None
headline(held.one if held else of)
if held and other:
    gap(study, other, held)
    evidence.chart({study.name: held.one, other.name: held.other})
else:
    evidence.chart({study.name: of})
figures(study, of, held, other)
look(study, label, of, held, other)
