"""The gain on held-out pictures: does the label help the model with pictures it was not trained on?

The training loss falls also when a model learns its pictures by heart. T (eq. 3) of pictures it never saw
rises only while it learns what their label means.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from core.diffusion.asking import ask
from core.diffusion.examples import Captions, Examples
from core.diffusion.loading import Parts
from core.diffusion.machine import Machine
from core.diffusion.noise import noise_samples
from core.diffusion.stable_diffusion import StableDiffusion
from core.gains import Gain
from core.specs import NoiseSpec
from core.train_spec import TrainSpec

PICTURES, WRONG, SAMPLES = 48, 3, 4
"""Held-out pictures that are looked at, wrong labels each is asked, and noise samples. All looks share
them, so what differs between two looks is the model."""


@dataclass(frozen=True)
class Chosen:
    """Some of the held-out pictures: a subset of `Examples`, itself `Examples`.

    Attributes:
        examples: all that are held out.
        numbers: which of them.
        prompts: what they are asked.
        conditions: (n, 2 + wrong) rows of `prompts` for each: null, right, and wrong labels.
    """

    examples: Examples
    numbers: tuple[int, ...]
    prompts: tuple[str, ...]
    conditions: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.numbers)

    def picture(self, i: int) -> NDArray[np.uint8]:
        """See `Examples.picture`."""
        return self.examples.picture(self.numbers[i])

    def labels(self, i: int) -> Any:
        """See `Examples.labels`."""
        return self.examples.labels(self.numbers[i])


def choose(held: Examples, told: Captions, spec: TrainSpec) -> Chosen:
    """At most `PICTURES` of the held-out pictures with what each will be asked.

    They are of all labels alike, or, where there are more labels, one each of labels all over the alphabet.

    Labels are those held-out pictures have in the first column, as far as the training knows them; where
    these are fewer than two, nothing is chosen.
    """
    column, template = spec.prompts[0]
    learned = {told.prompts[row] for row in np.unique(told.own[:, 0]) if row >= 0}
    of_label: dict[str, list[int]] = defaultdict(list)
    for i in range(len(held)):
        about = held.labels(i)
        # Not the sentences of several labels, of which one may be right.
        if column in about and template.prompt(about[column], about) in learned:
            of_label[about[column]].append(i)
    known = sorted(of_label)
    if len(known) < 2:
        return Chosen(held, (), (), np.empty((0, 2), np.int64))
    each = -(-PICTURES // len(known))
    numbers, asked = [], []
    spread = np.unique(np.linspace(0, len(known) - 1, min(PICTURES, len(known))).round().astype(int))
    for right in (known[at] for at in spread):
        own = of_label[right]
        for i in np.unique(np.linspace(0, len(own) - 1, min(each, len(own))).round().astype(int)):
            numbers.append(own[i])
            about, labels = held.labels(own[i]), (right, *_wrong(known, right, len(numbers)))
            asked.append([template.null_of(about), *(template.prompt(label, about) for label in labels)])
    rows = {prompt: row for row, prompt in enumerate(sorted({*chain.from_iterable(asked[:PICTURES])}))}
    conditions = [[rows[prompt] for prompt in one] for one in asked[:PICTURES]]
    return Chosen(held, tuple(numbers[:PICTURES]), tuple(rows), np.array(conditions, np.int64))


def _wrong(known: Sequence[str], right: str, turn: int) -> list[str]:
    """Up to `WRONG` other labels, others from picture to picture."""
    others = [label for label in known if label != right]
    return [others[(turn + i) % len(others)] for i in range(min(WRONG, len(others)))]


@dataclass(frozen=True)
class HeldOut:
    """The chosen pictures as latents (n, c, h, w), with their `prompts` and `conditions` (see `Chosen`)."""

    latents: NDArray[Any]
    prompts: tuple[str, ...]
    conditions: NDArray[np.int64]

    def look(self, parts: Parts, spec: TrainSpec, machine: Machine, step: int) -> Gain:
        """Mean T over pictures, places and noise samples, as maps are measured; `parts` are frozen by it."""
        model = StableDiffusion(parts, machine)
        low, high = spec.focus_t
        samples = noise_samples(NoiseSpec(SAMPLES, low, high), model.steps)
        latents = torch.from_numpy(self.latents.astype(np.float32)).to(machine.device)
        answers = ask(
            model, latents, model.embed(self.prompts), self.conditions, samples, range(SAMPLES)
        ).typicality.mean(axis=(2, 3, 4), dtype=np.float64)
        right, wrong = answers[:, 0].mean(), answers[:, 1:].mean()
        return Gain(step, round(float(right), 7), round(float(right - wrong), 7))
