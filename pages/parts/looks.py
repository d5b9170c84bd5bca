"""One picture under every label: which one it is most like, and where that shows."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from functools import partial

import pandas as pd
import streamlit as st

from core.errors import UserError
from core.jobs import asking
from core.looking import Look, look_at, why_none_from_elsewhere
from core.store import looks
from core.store.artifacts import Artifact
from core.store.tiles import LONG_SIDE, encoded, load_picture
from core.study import Study
from pages.parts import errand, maps, opened, tiles, visitor
from pages.parts.overlay import overlay
from pages.parts.text import between, count, plain, signed

SHOWN = 12
"""Labels with a map; the others only by name."""
ACROSS = 3
TYPES = ["jpg", "jpeg", "png", "webp", "gif", "bmp", "tif", "tiff", "avif"]
WAYS = ("File", "Camera")
LOOK = "Look at it under every label"
LOOK_AT_OWN = "Look at mine under every label"


def of_study(study: Study, label: str, picture: str, t: maps.Range, view: maps.View) -> None:
    """A picture of the study under every label, from the store or, where it is not there, as a job."""
    st.header("Would this pass for another label?")
    st.markdown(
        "The same picture, asked about under **every label**. The label with the highest **mean T** is the "
        "one the denoiser would give it."
    )
    if told := under_labels(study, label, picture, t, view):
        draw(study, _look(study, label, picture), told, label, tiles.urls(study, label, [picture])[picture])
    else:
        ask(study, label, picture, "study")


def under_labels(study: Study, label: str, picture: str, t: maps.Range, view: maps.View) -> list[maps.Told]:
    """One of a label's pictures under every label, highest mean T first; empty where nobody asked yet."""
    look = _look(study, label, picture)
    found = _stored(study, picture) or _looked(look)
    return maps.under_labels(study, look.picture, *found, t, view) if found else []


def ask(study: Study, label: str, picture: str, key: str) -> None:
    """The button that has one of a label's pictures looked at under every label, or how that job stands."""
    with opened.explained():
        _ask(_look(study, label, picture), key)


def of_own(study: Study, label: str, t: maps.Range, view: maps.View, above: str) -> None:
    """A picture that somebody brings, under every label; `above` is the one of the study in view."""
    st.header(f"Would a picture of yours pass for {plain(label)}?")
    st.markdown(
        "Bring one, and it is measured under **every label** of this study, as its own pictures were. It is "
        f"kept on this machine, with at most {looks.MOST - 1} others, for whoever has the link to it."
    )
    with opened.explained():
        _bring(study)
    if not (asked_for := st.query_params.get("look", "")):
        return
    if asked_for == above:
        st.markdown("Yours is the very picture that is shown above.")
        return
    try:
        look = look_at(study, asked_for)
    except UserError as problem:
        st.info(plain(problem), icon=":material/hide_image:")
        return
    with opened.explained():
        if found := _looked(look):
            told = maps.under_labels(study, look.picture, *found, t, view)
            draw(study, look, told, label, _uri(str(look.path), look.id))
        else:
            _ask(look, "own")


def draw(study: Study, look: Look, told: Sequence[maps.Told], label: str, url: str) -> None:
    """The labels in their order, the first with their maps, all in the colours of the page."""
    st.markdown(verdict(told, label))
    width, height = (int(side) for side in look.picture[["width", "height"]].iloc[0])
    for start in range(0, min(len(told), SHOWN), ACROSS):
        places = st.columns(ACROSS, gap="medium")
        for number, place in enumerate(places[: len(told) - start], start=start):
            one = told[number]
            with place:
                name = f"The picture under {one.label}"
                key = f"{look.id} under {one.label}"
                overlay(url, name, one.label, (width, height), one.maps, [], key, small=True)
                st.markdown(f"**{number + 1}. {plain(one.label)}**: mean T {signed(one.mean)}")
                st.caption(between(one.low, one.high))
    if rest := told[SHOWN:]:
        table = pd.DataFrame([(one.label, one.mean, one.low, one.high) for one in rest])
        table.columns = ["Label", "Mean T", "95% from", "to"]
        with st.expander(f"{count(len(rest), 'more label')}"):
            st.dataframe(table, hide_index=True, width="stretch")


def verdict(told: Sequence[maps.Told], label: str) -> str:
    """ "Most like Prague; it would not pass for Kyoto, no. 3 of 6." Markdown; labels as text."""
    first, *others = told
    like = f"Most like **{plain(first.label)}**"
    if first.high < 0:
        like = f"Unlike all of them, and least unlike **{plain(first.label)}**"
    near = [one.label for one in others if one.high >= first.low]
    if near:
        names = ", ".join(plain(name) for name in near)
        like += f", but not surely: the intervals of {names} reach its own"
    asked = [one.label for one in told].index(label)
    if asked == 0:
        return f"{like}."
    passes = "It might pass" if label in near else "It would not pass"
    return f"{like}. {passes} for {plain(label)}, no. {asked + 1} of {len(told)}."


def _look(study: Study, label: str, picture: str) -> Look:
    dataset = opened.artifact(study, "dataset")
    return _own(study, label, picture, f"{study.digest('typicality')} {opened.content(dataset)}")


@st.cache_resource(max_entries=64, show_spinner=False)
def _own(_study: Study, label: str, picture: str, key: str) -> Look:
    known = opened.pictures(_study, label).loc[[picture]].assign(**{_study.spec.label_column: label})
    return look_at(_study, picture, known)


def _stored(study: Study, picture: str) -> tuple[Artifact, pd.DataFrame] | None:
    """What the stage found, where it asked under every label and did not dismiss the picture before."""
    if study.spec.typicality.labels != "all":
        return None
    artifact = opened.artifact(study, "typicality")
    rows = opened.reading(artifact, lambda: artifact.rows("maps", "picture", [picture]))
    return (artifact, rows) if len(rows) == len(study.labels) else None


def _looked(look: Look) -> tuple[Artifact, pd.DataFrame] | None:
    artifact = look.artifact
    return artifact and (artifact, opened.reading(artifact, lambda: artifact.table("maps")))


def _ask(look: Look, key: str) -> None:
    """The job that looks: the button that starts it, or how it stands."""
    errand.ask(
        asking.look_job(look), LOOK, ":material/compare:", errand.cost(look.study, look.passes),
        f"look {key}", partial(asking.submit_look, look),
    )  # fmt: skip


def _bring(study: Study) -> None:
    if unknown := why_none_from_elsewhere(study):
        st.caption(plain(unknown))
        return
    refused = visitor.why_not()
    way = st.segmented_control(
        "From where", WAYS, default=WAYS[0], required=True, key="own from", label_visibility="collapsed"
    )
    if way == WAYS[0]:
        megabytes = looks.MAX_BYTES >> 20
        given = st.file_uploader(
            "Your picture", TYPES, key="own", max_upload_size=megabytes, disabled=bool(refused), help=refused
        )
    else:
        given = st.camera_input("Your picture", key="own camera", disabled=bool(refused), help=refused)
    if given and st.button(LOOK_AT_OWN, type="primary", icon=":material/compare:", disabled=bool(refused)):
        brought = looks.bring(study.name, given.getvalue(), visitor.settings())
        look = look_at(study, brought.id)
        if look.artifact is None:
            asking.submit_look(look)
        st.query_params["look"] = brought.id
        st.rerun()


@st.cache_data(max_entries=32, show_spinner=False)
def _uri(path: str, picture: str) -> str:
    """A picture that was brought, small; in the page itself, since it is nobody else's."""
    content = encoded(load_picture(path), LONG_SIDE["picture"])
    return "data:image/webp;base64," + base64.b64encode(content).decode()
