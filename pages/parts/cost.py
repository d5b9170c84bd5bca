"""What running a study would cost, with the button that starts it; and where nobody knows, one that tries."""

from __future__ import annotations

from functools import partial

import streamlit as st

from core import pace
from core.estimate import Estimate, estimate
from core.jobs import asking
from core.specs import DenoiserSpec
from core.study import Study
from core.train_spec import TrainSpec
from core.words import model
from pages.parts import errand, jobs, visitor
from pages.parts.text import about, count, plain, size

BUTTONS = {"trends": "Translate and find trends", "evidence": "Hold the maps against the truth"}
"""What starts a stage that runs on demand."""
MEASURE = "Measure how long it takes"


def next_step(study: Study, stage: str = "") -> None:
    """What running a study to its end, or up to a stage, would cost, with the button that starts it."""
    of_running(study, stage)
    if study.spec.denoiser.source == DenoiserSpec().source and study.state("typicality") != "done":
        st.caption(
            "Stable Diffusion wants a GPU, and comes from the Hugging Face hub. Without either, ask a small "
            "model that is trained on these pictures first: **Ask differently** offers it."
        )
    with st.container(horizontal=True):
        start_button(study, BUTTONS.get(stage, "Run what is missing"), stage)
        st.page_link("pages/studies.py", label="Ask differently", icon=":material/tune:", query_params={})


def start_button(study: Study, name: str, stage: str = "") -> None:
    """Submit a job that runs the study as it is saved, to its end or up to a stage, and go to the jobs."""
    refused = visitor.why_not()
    if st.button(name, type="primary", icon=":material/play_arrow:", disabled=bool(refused), help=refused):
        asking.submit_run(study, stage)
        jobs.go()


def of_running(study: Study, stage: str = "") -> None:
    """Passes, bytes, and time, or how to find that out."""
    whole = estimate(study, stage)
    st.markdown(words(whole, model(study.spec.denoiser.source)))
    if whole.passes and whole.seconds is None:
        _try(study)


def of_training(study: Study, spec: TrainSpec) -> None:
    """Steps, and time, or how to find that out."""
    seen = f"**{spec.steps:,} steps** of {count(spec.batch, 'picture')}, {spec.frame.size} pixels a side"
    each = pace.of_a_step(study.layout, spec)
    time = "" if each is None else f": **{about(each * spec.steps)}**"
    st.markdown(f"{seen}{time}.")
    if each is None:
        _try(study, spec)


def of_both(study: Study, spec: TrainSpec) -> None:
    """To train a model, and to run the study with it."""
    of_training(study, spec)
    st.markdown(words(estimate(study, training=spec), "trained so"))


def words(cost: Estimate, denoiser: str) -> str:
    """The cost of running as a sentence; `denoiser` is what the one that is asked is called."""
    if not cost.passes:
        return "The denoiser has said all that is asked of it here."
    time = "" if cost.seconds is None else f", **{about(cost.seconds)}** on this machine"
    return (
        f"At most **{cost.passes:,} passes** of the denoiser {plain(denoiser)} over "
        f"{count(cost.pictures, 'picture')}, about "
        f"{size(cost.bytes)} on the disk{time}."
    )


def _try(study: Study, training: TrainSpec | None = None) -> None:
    """Nobody has run this here: a few seconds tell how long it takes."""
    what, tells = ("this training", "steps") if training else ("this model", "passes")
    errand.ask(
        asking.trial_job(study, training), MEASURE, ":material/timer:",
        f"How long {what} takes on this machine is not known yet: a few {tells} on these pictures tell.",
        f"measure {what}", partial(asking.submit_trial, study, training),
    )  # fmt: skip
