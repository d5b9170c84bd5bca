"""The gain on held-out pictures: does the label help the model with pictures it was not trained on?

The training loss falls also when a model learns its pictures by heart. T (eq. 3) of pictures it never saw
rises only while it learns what their label means.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
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
from core.specs import NoiseSpec, TrainSpec

PICTURES, WRONG, SAMPLES = 48, 3, 4
"""Held-out pictures that are looked at, wrong labels each is asked, and noise samples. All looks share
them, so what differs between two looks is the model."""


@dataclass(frozen=True)
class Chosen:
    """Some of the held-out pictures: a subset of `Examples`, itself `Examples`.

    Attributes:
        examples: all that are held out.
        numbers: which of them.
        conditions: (n, 2 + wrong) rows of `Captions.prompts` for each: null, right, and wrong labels.
    """

    examples: Examples
    numbers: tuple[int, ...]
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
    """At most `PICTURES` of the held-out pictures, of all labels alike, with what each will be asked.

    Labels are those held-out pictures have in the first column, as far as the training knows them; where
    these are fewer than two, nothing is chosen.
    """
    column, template = spec.prompts[0]
    rows = {prompt: row for row, prompt in enumerate(told.prompts)}
    of_label: dict[int, list[int]] = defaultdict(list)
    for i in range(len(held)):
        label = held.labels(i).get(column)
        prompt = None if label is None else template.prompt(label)
        if prompt in rows and rows[prompt] in told.own[:, 0]:
            of_label[rows[prompt]].append(i)
    known = sorted(of_label)  # not the sentences of several labels, of which one may be right
    if len(known) < 2:
        return Chosen(held, (), np.empty((0, 2), np.int64))
    each = -(-PICTURES // len(known))
    numbers, conditions = [], []
    for right in known:
        own = of_label[right]
        for i in np.unique(np.linspace(0, len(own) - 1, min(each, len(own))).round().astype(int)):
            numbers.append(own[i])
            conditions.append([rows[template.null], right, *_wrong(known, right, len(numbers))])
    return Chosen(held, tuple(numbers[:PICTURES]), np.array(conditions[:PICTURES], np.int64))


def _wrong(known: Sequence[int], right: int, turn: int) -> list[int]:
    """Up to `WRONG` other labels, others from picture to picture."""
    others = [row for row in known if row != right]
    return [others[(turn + i) % len(others)] for i in range(min(WRONG, len(others)))]


@dataclass(frozen=True)
class HeldOut:
    """The chosen pictures as latents (n, c, h, w), with their `conditions` (see `Chosen`)."""

    latents: NDArray[Any]
    conditions: NDArray[np.int64]

    def look(
        self, parts: Parts, prompts: Sequence[str], spec: TrainSpec, machine: Machine, step: int
    ) -> Gain:
        """Mean T over pictures, places and noise samples, as maps are measured; `parts` are frozen by it."""
        model = StableDiffusion(parts, machine)
        low, high = spec.focus_t
        samples = noise_samples(NoiseSpec(SAMPLES, low, high), model.steps)
        latents = torch.from_numpy(self.latents.astype(np.float32)).to(machine.device)
        answers = ask(
            model, latents, model.embed(prompts), self.conditions, samples, range(SAMPLES)
        ).typicality.mean(axis=(2, 3, 4), dtype=np.float64)
        right, wrong = answers[:, 0].mean(), answers[:, 1:].mean()
        return Gain(step, round(float(right), 7), round(float(right - wrong), 7))
