"""A job on a page: the card that shows how it stands, and what can be done about it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import streamlit as st

from core.errors import UserError
from core.jobs import asking
from core.jobs.job import OPEN, Job
from pages.parts import visitor
from pages.parts.text import count, duration, pace, plain

BADGES = {
    "waiting": ":gray-badge[waiting]",
    "running": ":blue-badge[running]",
    "done": ":green-badge[done]",
    "failed": ":red-badge[failed]",
    "cancelled": ":gray-badge[cancelled]",
    "interrupted": ":orange-badge[interrupted]",
}
MEANING = {
    "waiting": "It is its turn: it begins in a moment.",
    "interrupted": "Its process is gone: killed, or the machine switched off. Everything finished is kept.",
    "cancelled": "Everything finished is kept.",
}
UNITS = {
    "clusters": "label",
    "atlas": "label",
    "Fetch the model": "megabyte",
    "Train the denoiser": "step",
    "Train the autoencoder": "step",
    "Try the training": "step",
    "Try the model": "time",
}
TAIL = 6


def go() -> None:
    """To the page that shows the jobs."""
    st.switch_page("pages/jobs.py", query_params={})


def card(job: Job) -> None:
    """One job that is not done, with what can be done about it."""
    with st.container(border=True):
        head, buttons = st.columns([5, 2], vertical_alignment="center")
        head.markdown(f"**{plain(job.title)}** {BADGES[job.state]}")
        with buttons.container(horizontal=True, horizontal_alignment="right"):
            _button(job)
        if job.state == "running":
            _bar(job)
        elif job.state == "waiting" and _others_come_first(job):
            st.caption("It begins when the jobs before it are done.")
        elif job.problem or job.state in MEANING:
            st.caption(plain(job.problem) or MEANING[job.state])
        if job.state != "waiting":
            log(job, TAIL)


def log(job: Job, lines: int) -> None:
    """The last a job said; always as text."""
    said = asking.log(job.id, visitor.settings(), lines)
    if said:
        st.code("\n".join(f"{_clock(line['time'])}  {line['text']}" for line in said), None, wrap_lines=True)


def _others_come_first(job: Job) -> bool:
    listed = asking.listed(visitor.settings()).jobs
    return any(other.state in OPEN and other.submitted < job.submitted for other in listed)


def _button(job: Job) -> None:
    refused = visitor.settings().read_only
    if job.state in ("waiting", "running"):
        st.button(
            "Cancel", key=f"cancel {job.id}", icon=":material/stop:", disabled=refused,
            on_click=_cancel, args=(job,),
        )  # fmt: skip
        return
    st.button(
        "Try again" if job.state == "failed" else "Go on",
        key=f"again {job.id}", icon=":material/replay:", disabled=refused, on_click=_again, args=(job,),
    )  # fmt: skip


def _cancel(job: Job) -> None:
    with refusal_shown():
        asking.cancel(job.id, visitor.settings())


def _again(job: Job) -> None:
    with refusal_shown():
        asking.submit(job, visitor.settings())


@contextmanager
def refusal_shown() -> Iterator[None]:
    """In a callback, where a page has no place for a sentence yet: say for a moment what is refused."""
    try:
        yield
    except UserError as problem:
        st.toast(plain(problem), icon=":material/block:")


def _bar(job: Job) -> None:
    seen = job.progress
    over = ", ".join(f"{stage.stage} {duration(stage.seconds)}" for stage in seen.finished)
    if not seen.stage:
        st.progress(0.0, "Preparing: loading the program and the model\u2026")
    else:
        st.progress(min(seen.done / max(seen.total, 1), 1.0), _said(job))
    st.caption(f"Running for {duration(job.seconds)}." + (f" Done: {over}." if over else ""))


def _said(job: Job) -> str:
    """ "typicality: 120 of 360 pictures, 2.4 a second, 1 min 40 s left"."""
    seen = job.progress
    text = f"**{seen.stage}**: {seen.done:,} of {count(seen.total, UNITS.get(seen.stage, 'picture'))}"
    if seen.rate:
        text += f", {pace(seen.rate)}"
    if seen.left is not None:
        text += f", {duration(seen.left)} left"
    return text + (f"; {seen.failed:,} could not be used" if seen.failed else "")


def _clock(time: str) -> str:
    return datetime.fromisoformat(time).astimezone().strftime("%H:%M:%S")
