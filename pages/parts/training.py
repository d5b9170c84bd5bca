"""A training on a page: what it will be, what it costs, and how it goes while it runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from core.gains import Gain, best, overfitting
from core.jobs import asking
from core.jobs.job import OPEN, Job
from core.store import drawings, models
from core.study import Study
from pages.parts import jobs, visitor
from pages.parts.frames import Reel, frames
from pages.parts.text import count, plain, signed

POINTS = 200
"""Of the loss that are drawn; each is the mean of as many steps as it takes."""
HEIGHT = 260
LOOKS = 9
"""At drawings, of as many as there were."""


@dataclass(frozen=True)
class Way:
    """A way to train, and the sentence that helps to choose it."""

    name: str
    size: str
    meaning: str


WAYS = (
    Way(
        "Small", "small",
        "From nothing, on your pictures alone: for some hundreds of pictures of one kind, such as scans, "
        "pages or aerial views. No GPU and no large download.",
    ),
    Way(
        "LoRA", "lora",
        "An **adapter** of a few megabytes beside a model that stays as it is: for labels a good model "
        "does not know yet. The quickest, and it learns by heart last.",
    ),
    Way(
        "Full", "full",
        "All weights of a large model: for tens of thousands of pictures and a GPU. It learns most, and "
        "forgets most of what it knew.",
    ),
)  # fmt: skip


def trainings(study: Study) -> dict[str, Job]:
    """The study's trainings by the job's id, the newest first."""
    found = asking.listed(study.settings).jobs
    return {job.id: job for job in found if job.kind == "train" and job.study == study.name}


def follow(study: Study, job: Job) -> None:
    """How a training goes; looked at anew every two seconds while it is under way."""
    every = "2s" if job.state in OPEN else None
    st.fragment(_follow, run_every=every)(study, job.id, job.state)


def _follow(study: Study, name: str, was: str) -> None:
    job = asking.find(name, visitor.settings())
    if job is None:
        return
    if (job.state in OPEN and was not in OPEN) or (job.state not in OPEN and was in OPEN):
        st.rerun()
    jobs.card(job)
    losses, gains = models.curves(study.layout, str(job.ask["model"]))
    if not losses and not gains:
        st.caption("Its charts begin with its first step.")
        return
    left, right = st.columns(2, gap="large")
    with left:
        loss(losses)
    with right:
        gain(gains)
    verdict(job, losses, gains)
    drawn(study, str(job.ask["model"]))


def drawn(study: Study, model: str) -> None:
    """What it drew of each label at some of its looks, the last of them shown first."""
    steps = np.array(drawings.steps(study.layout, model))
    some = np.unique(np.linspace(0, len(steps) - 1, min(len(steps), LOOKS)).round().astype(int))
    read = [drawings.read(study.layout, model, int(step)) for step in steps[some]]
    found = [one for one in read if one and one.labels == (read[-1] or one).labels]
    if not found:
        return
    st.markdown("**What it draws** when told a label and nothing else, each from the same noise")
    reels = [
        Reel(label, [one.pictures[number] for one in found]) for number, label in enumerate(found[-1].labels)
    ]
    notes = [f"After {count(one.step, 'step')}" for one in found]
    frames(reels, "Steps made", notes, len(found) - 1, f"drawings of {model} {len(found)}")


def verdict(job: Job, losses: Sequence[float], gains: Sequence[Gain]) -> None:
    """What the charts say, in words."""
    if said := overfitting(losses, gains):
        st.warning(plain(said), icon=":material/psychology_alt:")
    highest = best(gains)
    if job.state == "done" and highest is not None:
        st.success(
            f"Done after {count(len(losses), 'step')}. The best look at held-out pictures was after "
            f"step {highest.step:,}: mean T {plain(signed(highest.gain))}.",
            icon=":material/check:",
        )


def loss(losses: Sequence[float]) -> None:
    """The training loss: means over runs of steps."""
    st.markdown("**Training loss**: how far the model is from the noise it should have found")
    if not losses:
        st.caption("It has looked at held-out pictures; its first step is on its way.")
        return
    runs = np.array_split(np.asarray(losses), min(POINTS, len(losses)))
    ends = np.cumsum([len(run) for run in runs])
    _chart(ends.tolist(), [float(run.mean()) for run in runs], "loss", 0, "loss")


def gain(gains: Sequence[Gain]) -> None:
    """Mean T of held-out pictures under the right label, and less that under wrong ones."""
    st.markdown("**Held-out gain**: mean T of pictures it never saw, under their own label")
    if not gains:
        st.caption("No pictures are held out, or fewer than two labels are known.")
        return
    steps = [look.step for look in gains]
    more = ("more than under wrong labels", [look.over_wrong for look in gains])
    _chart(steps, [look.gain for look in gains], "mean T", 1, "gain", more)


def _chart(
    x: list[int],
    y: list[float],
    title: str,
    colour: int,
    key: str,
    more: tuple[str, list[float]] | None = None,
) -> None:
    palette = st.get_option(f"theme.{st.context.theme.type or 'light'}.chartCategoricalColors")
    figure = go.Figure()
    mode = "lines+markers" if more else "lines"
    hover = "step %{x}: %{y:.5f}<extra></extra>"
    figure.add_scatter(x=x, y=y, mode=mode, name=title, line_color=palette[colour], hovertemplate=hover)
    if more:
        figure.add_scatter(
            x=x, y=more[1], mode=mode, name=more[0], line_color=palette[3], line_dash="dot",
            hovertemplate=hover,
        )  # fmt: skip
    figure.update_layout(
        height=HEIGHT, margin={"l": 0, "r": 0, "t": 10, "b": 0}, showlegend=bool(more),
        legend={"orientation": "h", "y": 1.12, "x": 0},
    )  # fmt: skip
    figure.update_xaxes(title="step", rangemode="tozero")
    figure.update_yaxes(title=title, automargin=True)
    st.plotly_chart(figure, width="stretch", key=f"chart of {key}", config={"displayModeBar": False})
