"""What is the machine doing?"""

from __future__ import annotations

from datetime import datetime

import pandas as pd
import streamlit as st

from core.jobs import asking
from core.jobs.job import OPEN, Job, Kind
from pages.parts import jobs, opened, visitor
from pages.parts.text import duration, plain

STOPPED = 5
"""Jobs that stopped before their end and are still shown as cards."""
LINES = 200
SHOWN_ON: dict[Kind, str] = {
    "run": "clusters", "train": "train", "look": "typicality", "translate": "translate", "try": "studies",
}  # fmt: skip
"""The page that shows what came of a job."""


@st.fragment(run_every="2s")
def now() -> None:
    """Everything that goes on or could go on; looked at anew every two seconds."""
    with opened.explained():
        listing = asking.listed(visitor.settings())
        for sentence in listing.damaged:
            st.warning(plain(sentence), icon=":material/warning:")
        if not listing.jobs:
            nothing()
            return
        going = sorted((job for job in listing.jobs if job.state in OPEN), key=lambda job: job.submitted)
        stopped = [job for job in listing.jobs if job.state not in (*OPEN, "done")][:STOPPED]
        for job in sorted(going, key=lambda job: job.state != "running"):
            jobs.card(job)
        if not going:
            st.info("Nothing runs, and nothing waits.", icon=":material/bedtime:")
        if listing.jobs[0].state == "done":
            finished(listing.jobs[0])
        if stopped:
            st.subheader("Stopped before their end")
        for job in stopped:
            jobs.card(job)
        history(listing.jobs)


def finished(job: Job) -> None:
    """The last one, and the page that shows what came of it."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{plain(job.title)}** is done.", width="content")
        if job.study in opened.study_names() and st.button("Look at it", icon=":material/arrow_forward:"):
            opened.go_to(f"pages/{SHOWN_ON[job.kind]}.py", job.study, what_came_of(job))


def what_came_of(job: Job) -> dict[str, str]:
    """The part of the link that shows it: the picture that was looked at, with its label if it has one."""
    if job.kind != "look":
        return {}
    picture, study = str(job.ask["picture"]), opened.open_study(job.study)
    known = study.pictures_among([picture], (study.spec.label_column,))
    if known.empty:
        return {"look": picture}
    return {"label": str(known[study.spec.label_column].iloc[0]), "picture": picture}


def nothing() -> None:
    """No job yet: what one would be."""
    st.info(
        "No job has been started yet. Choose what to run on the page Studies; it shows the cost first.",
        icon=":material/bedtime:",
    )
    st.page_link("pages/studies.py", label="Choose what to run", icon=":material/tune:", query_params={})


def history(found: list[Job]) -> None:
    """What there has been, how long it took, and one of them in full."""
    st.header("What has been done")
    rows = [
        (job.title, job.state, _time(job.started or job.submitted), duration(job.seconds), stages(job))
        for job in found
    ]
    table = pd.DataFrame(rows, columns=["Job", "State", "Began", "Took", "Stages"])
    st.dataframe(table, hide_index=True, width="stretch", alt="All jobs, the newest first")
    titles = {job.id: f"{job.title}, {_time(job.submitted)}" for job in found}
    opened.refuse_unknown("job", list(titles.values()), "what there has been")
    chosen = st.selectbox(
        "Read the log of", list(titles), format_func=titles.get, key="job", bind="query-params", index=None,
        placeholder="Choose a job",
    )  # fmt: skip
    if chosen:
        jobs.log(next(job for job in found if job.id == chosen), LINES)


def stages(job: Job) -> str:
    """ "typicality 2 min 32 s, features 31 s": the stages that are over."""
    return ", ".join(f"{over.stage} {duration(over.seconds)}" for over in job.progress.finished)


def _time(time: str) -> str:
    return datetime.fromisoformat(time).astimezone().strftime("%d %b %H:%M")


st.title("What is the machine doing?")
st.markdown(
    "Long work is done as a **job**, by a process of its own: it goes on when you close this page or restart "
    "the app, and when it stops, everything finished is kept."
)
if visitor.settings().read_only:
    st.caption(f"Jobs are neither started nor cancelled here. {visitor.why_not()}")
else:
    asking.keep_going(visitor.settings())
now()
