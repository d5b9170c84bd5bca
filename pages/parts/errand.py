"""A small job a page waits for: what it costs, the button that starts it, and how it stands."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from core import pace
from core.jobs import asking
from core.jobs.job import Job
from core.study import Study
from pages.parts import jobs, visitor
from pages.parts.text import about


def ask(job: Job, words: str, icon: str, cost_: str, key: str, start: Callable[[], object]) -> None:
    """The button that starts a job, with its cost, or how it stands; once it is done, nothing.

    Args:
        job: as nobody has submitted it yet.
        words, icon: on the button.
        cost_: what it takes, as `cost` says it.
        key: of the button.
        start: submits the job.
    """
    found = asking.find(job.id, visitor.settings())
    if found and found.state != "done":
        _wait(job.id)
        return
    st.caption(cost_)
    refused = visitor.why_not()
    st.button(words, icon=icon, key=key, disabled=bool(refused), help=refused, on_click=_start, args=(start,))


def cost(study: Study, passes: int) -> str:
    """Passes in words, and their time where it is known."""
    each = pace.of_a_pass(study)
    time = (
        "" if each is None else f", {about(each * passes)} once the model is loaded, which takes some seconds"
    )
    return f"It takes {passes:,} passes of the denoiser{time}."


def _start(start: Callable[[], object]) -> None:
    with jobs.refusal_shown():
        start()


@st.fragment(run_every="2s")
def _wait(job: str) -> None:
    """How the job stands, until there is something to see."""
    found = asking.find(job, visitor.settings())
    if found is None or found.state == "done":
        st.rerun()
    jobs.card(found)
