"""The study in view and its tables, read once and shared by all visitors."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import NoReturn

import pandas as pd
import streamlit as st
from streamlit.navigation.page import Page as StreamlitPage

from core import config
from core.errors import UserError
from core.stages import last_of, stage
from core.store import studies
from core.store.artifacts import Artifact
from core.store.layout import Layout
from core.store.reading import reading
from core.study import Study
from pages.parts import cost, keys, visitor
from pages.parts.text import count, plain, quoted

LABELS = 8
"""Labels whose rows are kept in memory; those of others are read again."""

SHOWN = ("file_name", "width", "height")
"""What a page shows of a picture, besides what its denoiser is told of it."""

_NEXT = "study to look at next"
_NEXT_LABEL = "label to look at next"


def study_names() -> list[str]:
    """All studies, the demo first."""
    return sorted(studies.names(Layout(config.known().cache)), key=lambda name: (name != "demo", name))


def open_study(name: str) -> Study:
    """The study of that name, the same object as long as nothing about it changed."""
    fresh = Study.open(name, visitor.settings())
    artifact = fresh.artifact("dataset")
    return _kept(fresh, f"{fresh!r} {artifact and content(artifact)}")


def run(page: StreamlitPage) -> None:
    """Run a page for `app.py`."""
    body = st.container()
    keys.draw(page.url_path or "overview")  # before a page that stops half-way
    with body:
        page.run()


def current() -> tuple[Study, str]:
    """The study and the label that are picked in the sidebar."""
    return open_study(st.session_state["study"]), st.session_state["label"]


def look_at(study: str) -> NoReturn:
    """Pick a study as if in the sidebar, and run the page again."""
    st.session_state[_NEXT] = study
    st.rerun()


def go_to(page: str, study: str, link: Mapping[str, str] | None = None) -> NoReturn:
    """Pick a study, and a label if the link names one, as if in the sidebar, on another page."""
    details = dict(link or {})
    st.session_state[_NEXT] = study
    if label := details.pop("label", None):
        st.session_state[_NEXT_LABEL] = label
    st.switch_page(page, query_params=details)


def take_next() -> None:
    """Before the sidebar is drawn: pick what `look_at` or `go_to` asked for."""
    for asked, picked in ((_NEXT, "study"), (_NEXT_LABEL, "label")):
        if name := st.session_state.pop(asked, None):
            st.session_state[picked] = name


def refuse_unknown(name: str, known: Collection[str], instead: str, where: str = "here") -> None:
    """Say so where the link asks for what is not there.

    Args:
        name: of the part of the link.
        known: what there is.
        instead: what is shown.
        where: it is looked for.
    """
    asked = st.query_params.get(name, "")
    if asked and asked not in known:
        st.warning(
            f"There is no {name} {quoted(asked)} {where}: this is {plain(instead)}.",
            icon=":material/link_off:",
        )


def refuse_beyond(name: str, low: float, high: float) -> None:
    """Say so where the link moves a slider to what is no number, or to one that no such slider has."""
    for asked in st.query_params.get_all(name):
        try:
            fits = low <= float(asked) <= high
        except ValueError:
            fits = False
        if not fits:
            st.warning(
                f"{quoted(asked)} cannot be the {name} of this page: it lies between {low:g} and {high:g}.",
                icon=":material/link_off:",
            )
            return


def picture_asked_for(known: Collection[str], first: str, where: str = "here") -> str:
    """The picture of the link; where it names none of those `known`, that is said, and it is the first."""
    refuse_unknown("picture", known, "another one", where)
    asked = st.query_params.get("picture", "")
    return asked if asked in known else first


def other_study() -> None:
    """Another study has other labels, and what the link names of one is not in it; only in a callback."""
    forget_details()
    labels = open_study(st.session_state["study"]).labels
    if st.session_state.get("label") not in labels:
        st.session_state["label"] = first_label(labels)


def first_label(labels: Sequence[str]) -> str:
    """The label to look at first: Prague, where there is one."""
    return "Prague" if "Prague" in labels else labels[0]


def choose_label(label: str) -> None:
    """Pick a label as if in the sidebar; only in a callback."""
    st.session_state["label"] = label
    forget_details()


def forget_details() -> None:
    """Another label has other clusters, pictures and patches."""
    if "cluster" in st.session_state:
        st.session_state["cluster"] = "all"
    for name in ("picture", "patch"):
        st.query_params.pop(name, None)


def artifact(study: Study, name: str) -> Artifact:
    """What a stage left behind; where it is not done, the page ends by saying how to get there."""
    found = study.artifact(name)
    if found is None:
        _say_what_is_missing(study, name)
        st.stop()
    return _artifact(found.folder, found.written)


def table(study: Study, name: str, of: str) -> pd.DataFrame:
    """The table `of` of stage `name`, to be read only: small ones, of which the whole is shown."""
    found = artifact(study, name)
    return _table(found, of, content(found))


def rows(study: Study, name: str, of: str, label: str, columns: tuple[str, ...] = ()) -> pd.DataFrame:
    """The rows of one label in the table `of` of stage `name`, to be read only."""
    found = artifact(study, name)
    return _rows(found, of, label, columns, content(found))


def pictures(study: Study, label: str) -> pd.DataFrame:
    """The label's pictures, indexed by id: `file_name`, `width`, `height`; to be read only."""
    found = artifact(study, "dataset")
    return _pictures(study, label, f"{study.spec.told} {study.spec.pictures} {content(found)}")


def picture(study: Study, label: str, picture: str) -> tuple[str, tuple[int, int]]:
    """What one of a label's pictures is called, and its width and height."""
    known = pictures(study, label)
    name, width, height = (known.at[picture, column] for column in SHOWN)
    return str(name), (int(width), int(height))


def content(artifact: Artifact) -> str:
    """What names an artifact's content: the key under which anything made from it is kept."""
    return f"{artifact.folder} {reading(artifact, lambda: artifact.manifest['content'])}"


@contextmanager
def explained() -> Iterator[None]:
    """Show what is wrong with the input as one sentence, in place of the rest of the page."""
    try:
        yield
    except UserError as problem:
        st.error(plain(problem), icon=":material/error:")


@st.cache_resource(max_entries=16, show_spinner=False)
def _kept(_study: Study, key: str) -> Study:
    artifact = _study.artifact("dataset")
    if artifact:
        reading(artifact, lambda: _study.sizes)
    return _study


@lru_cache(maxsize=64)
def _artifact(folder: Path, written: int) -> Artifact:
    """The same object for all who look at it: it knows what lies where. Asked for dozens of times a click."""
    return Artifact(folder)


@st.cache_resource(max_entries=LABELS, show_spinner=False)
def _pictures(_study: Study, label: str, key: str) -> pd.DataFrame:
    found, columns = artifact(_study, "dataset"), (*SHOWN, *_study.spec.prompt.given)
    return reading(found, lambda: _study.pictures_of(label, columns))[list(columns)]


@st.cache_resource(max_entries=64, show_spinner=False)
def _table(_artifact: Artifact, of: str, key: str) -> pd.DataFrame:
    return reading(_artifact, lambda: _artifact.table(of))


@st.cache_resource(max_entries=4 * LABELS, show_spinner=False)
def _rows(_artifact: Artifact, of: str, label: str, columns: tuple[str, ...], key: str) -> pd.DataFrame:
    return reading(_artifact, lambda: _artifact.rows(of, "label", [label], columns))


def _say_what_is_missing(study: Study, name: str) -> None:
    begun = study.state(name) == "partial"
    so_far = count(study.writer(name).tally().shards, "part")
    state = f"begun, with {so_far} finished" if begun else "not done yet"
    st.info(
        f"This page shows what stage **{name}** finds, and that is {state}. {stage(name).meaning}",
        icon=":material/hourglass_empty:",
    )
    last = last_of(name)
    cost.next_step(study, last)
    st.markdown("Or go on with it by typing" if begun else "Or run it by typing")
    st.code(f"python -m core run {study.name}" + (f" --stage {last}" if last else ""), language=None)
