"""A few seconds of a model, or of a training, on a study's own pictures: how long would all of it take?

Nothing but the pace is kept.
"""

from __future__ import annotations

import dataclasses
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from statistics import median
from typing import TYPE_CHECKING

from core import pace
from core.dataset.squares import Squares, under_all_labels
from core.errors import UserError
from core.phases import Phase, fetching, suitable_workers
from core.running import now
from core.specs import DenoiserSpec, FrameSpec
from core.stages import Inputs, Record
from core.store import models, paces
from core.store.paces import Pace
from core.study import Study
from core.train_spec import TrainSpec

if TYPE_CHECKING:
    from core.diffusion.typicality import Question

ROUNDS, STEPS = 6, 3
"""Times a model is asked, and steps of a training; the first of each only warms up."""
PAIR = 2
"""Noise samples come in pairs of opposite noise, unless a study wants them otherwise."""
FEW = 16
"""Pictures a training is tried on."""
SECONDS = 6.0
"""About how long the rounds take together, once the model is loaded."""
MODEL = "Try the model"


def phases(study: Study, training: TrainSpec | None = None) -> Iterator[tuple[str, Phase]]:
    """What is to be done to know the pace, each as work with a length. Do it to its end before the next.

    Args:
        training: tried instead; where it is from scratch, so are the passes of the model it would make.

    Raises:
        UserError: there is nothing to compare, or the model cannot be found.
    """
    study.check()
    if training is not None:
        yield from _training(study, training)
        return
    if missing := fetching(study, ["typicality"]):
        yield missing.title, missing
    name = pace.a_pass(study.spec.denoiser, study.spec.frame.size)
    yield MODEL, PassTrial(study.identified(), name)


def _training(study: Study, asked: TrainSpec) -> Iterator[tuple[str, Phase]]:
    from core.diffusion.recipe import Recipe  # torch, so only where it runs

    few = under_all_labels(study.pictures.iloc[:: max(1, study.size // FEW)], study.spec.label_column)
    squares = Squares(few, study.spec.told, asked.frame.size)
    # One step more than is timed: with its last, a training writes everything down.
    spec = dataclasses.replace(asked, steps=STEPS + 1, autoencoder_steps=1, patience=0)
    base = models.denoiser(study.layout, spec.base).source if spec.base else ""
    with paces.scratch(study.layout) as folder:
        for title, phase in Recipe(squares, spec, folder, study.settings, base).phases():
            if title != "Train the denoiser":
                yield title, phase
                continue
            steps = StepTrial(phase, STEPS if spec.base else STEPS + 1)
            yield "Try the training", steps
            paces.write(study.layout, pace.a_step(asked), Pace(now(), steps.seconds))
            if spec.base:
                return
        frame = FrameSpec(spec.frame.size, study.spec.frame.fit)
        made = study.with_spec(denoiser=DenoiserSpec(str(folder / "model")), frame=frame)
        yield MODEL, PassTrial(made.identified(), pace.trained_pass(asked))


@dataclass(frozen=True)
class PassTrial:
    """Maps of a few pictures, from as few noise samples as take some seconds. Iterate to do it."""

    study: Study
    name: str
    """What the pace is kept as."""

    def __len__(self) -> int:
        return ROUNDS

    def __iter__(self) -> Iterator[int]:
        from core.diffusion.typicality import Question  # torch, so only where it runs

        study = self.study
        inputs = Inputs(study.spec, study.pictures, study.labels, {}, study.settings)
        question, pictures = Question.of(inputs), self._pictures()
        _asked(question, pictures[0], PAIR)
        yield 1
        pair, _ = _asked(question, pictures[1 % len(pictures)], PAIR)
        yield 2
        pairs = min(SECONDS / (ROUNDS - 2) / pair, study.spec.typicality.noise.samples // PAIR)
        samples = PAIR * max(int(pairs), 1)
        took = []
        for number in range(2, ROUNDS):
            seconds, passes = _asked(question, pictures[number % len(pictures)], samples)
            took.append(seconds / passes)
            yield number + 1
        # As in a run, each worker has a core of its own.
        workers = suitable_workers(study, "typicality")
        paces.write(study.layout, self.name, Pace(now(), median(took) / workers))

    def _pictures(self) -> list[str]:
        """Some from all over the study."""
        ids = list(self.study.pictures.index)
        return ids[:: max(1, len(ids) // ROUNDS)]


@dataclass
class StepTrial:
    """The first steps of a training, timed. Iterate to do them."""

    training: Phase
    steps: int
    seconds: float = math.nan
    """A step takes, afterwards. The first, and the last of all, do more than that."""

    def __len__(self) -> int:
        return self.steps

    def __iter__(self) -> Iterator[int]:
        took, before = [], time.monotonic()
        for number, _ in enumerate(islice(self.training, self.steps), 1):
            took.append(time.monotonic() - before)
            yield number
            before = time.monotonic()
        self.seconds = median(took[1:STEPS])


def _asked(question: Question, picture: str, samples: int) -> tuple[float, int]:
    """Seconds and passes of some samples about one picture."""
    began = time.monotonic()
    for outcome in question.measured([picture], range(samples), {}, only_own=True):
        if isinstance(outcome, Record):
            raise UserError(f"The model cannot be tried: {outcome.row['reason']}")
    return time.monotonic() - began, 2 * samples
