"""The study in view and its tables, read once and shared by all visitors."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn, TypeVar

import pandas as pd
import streamlit as st
from pyarrow import ArrowException
from streamlit.navigation.page import Page as StreamlitPage

from core.config import Settings
from core.errors import UserError
from core.stages import stage
from core.store import studies
from core.store.artifacts import Artifact
from core.store.layout import Layout
from core.study import Study
from pages.parts.text import count, plain

T = TypeVar("T")

_BY_APP = "run by app.py"

UNREADABLE = (OSError, ValueError, KeyError, ArrowException)
"""What reading a damaged artifact raises."""


def study_names() -> list[str]:
    """All studies, the demo first."""
    return sorted(studies.names(Layout(Settings().cache)), key=lambda name: (name != "demo", name))


def open_study(name: str) -> Study:
    """The study of that name, the same object as long as nothing about it changed."""
    fresh = Study.open(name)
    artifact = fresh.artifact("dataset")
    return _kept(fresh, f"{fresh!r} {artifact and content(artifact)}")


def run(page: StreamlitPage) -> None:
    """Run a page for `app.py`."""
    st.session_state[_BY_APP] = True
    page.run()


def current() -> tuple[Study, str]:
    """The study and the label that are picked in the sidebar.

    Until `st.navigation` is first called in a server, Streamlit runs a file of `pages/` by itself when its
    address is opened. So that the first visitor's link works too, a page not run by `app.py` starts anew.
    """
    if not st.session_state.pop(_BY_APP, False):
        _through_the_app()
    return open_study(st.session_state["study"]), st.session_state["label"]


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
    return found


def table(study: Study, name: str, of: str) -> pd.DataFrame:
    """The table `of` of stage `name`, to be read only."""
    found = artifact(study, name)
    return _table(found, of, content(found))


def content(artifact: Artifact) -> str:
    """What names an artifact's content: the key under which anything made from it is kept."""
    return f"{artifact.folder} {reading(artifact, lambda: artifact.manifest['content'])}"


def reading(artifact: Artifact, read: Callable[[], T]) -> T:
    """What `read` gives.

    Raises:
        UserError: the artifact's files are not what they were when it was finished.
    """
    try:
        return read()
    except UNREADABLE as problem:
        raise UserError(
            f"The results in {artifact.folder} are damaged ({type(problem).__name__}): delete that folder "
            "and run the stage again."
        ) from problem


@contextmanager
def explained() -> Iterator[None]:
    """Show what is wrong with the input as one sentence, in place of the rest of the page."""
    try:
        yield
    except UserError as problem:
        st.error(plain(problem), icon=":material/error:")


def _through_the_app() -> NoReturn:
    files = sorted(Path(__file__).parents[1].glob("*.py"))
    st.navigation([st.Page(st.stop, title="Typiscope", url_path="app"), *map(st.Page, files)])
    st.rerun()


@st.cache_resource(max_entries=16, show_spinner=False)
def _kept(_study: Study, key: str) -> Study:
    artifact = _study.artifact("dataset")
    if artifact:
        reading(artifact, lambda: _study.pictures)
    return _study


@st.cache_resource(max_entries=64, show_spinner=False)
def _table(_artifact: Artifact, of: str, key: str) -> pd.DataFrame:
    return reading(_artifact, lambda: _artifact.table(of))


def _say_what_is_missing(study: Study, name: str) -> None:
    begun = study.state(name) == "partial"
    so_far = count(study.writer(name).tally().shards, "part")
    state = f"begun, with {so_far} finished" if begun else "not done yet"
    st.info(
        f"This page shows what stage **{name}** finds, and that is {state}. {stage(name).meaning}",
        icon=":material/hourglass_empty:",
    )
    st.markdown("Go on with it by typing" if begun else "Run it, and all it builds on, by typing")
    st.code(f"python -m core run {study.name}", language="bash")
