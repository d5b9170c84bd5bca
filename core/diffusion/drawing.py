"""What a model draws when told a label and nothing else: for a person's eye, while it is trained.

Every label starts from the same noise, so what differs between two drawings is what the model learned of
their labels, and what differs between two moments of a training is what it learned in between.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch

from core.dataset.webp import packed
from core.diffusion.ddim import moved, times, told
from core.diffusion.examples import Captions
from core.diffusion.loading import Parts
from core.diffusion.machine import Machine
from core.diffusion.restoring import decode
from core.diffusion.stable_diffusion import StableDiffusion
from core.store import drawings
from core.train_spec import TrainSpec

STEPS, GUIDANCE, LABELS = 20, 5.0, 6
"""Of DDIM; away from the null prompt; and how many labels are drawn."""

_QUICK = 100_000_000
"""Weights of a UNet up to which a CPU draws in seconds; a larger one draws only on a GPU."""


def draw(model: StableDiffusion, null: torch.Tensor, text: torch.Tensor, noise: torch.Tensor) -> torch.Tensor:
    """Latents (n, c, h, w) drawn from `noise` by deterministic DDIM with classifier-free guidance.

    Costs 2 * `STEPS` passes a latent.

    Args:
        null: (n, tokens, dim), the prompts guidance leads away from.
        text: (n, tokens, dim), what each latent is told.
        noise: (n, c, h, w).
    """
    both = torch.cat([null, text])
    latents = noise
    for start, end in pairwise(reversed(times(STEPS, model.steps))):
        plain, guided = told(model, latents.repeat(2, 1, 1, 1), both, start).chunk(2)
        latents = moved(model, latents, plain + GUIDANCE * (guided - plain), start, end)
    return latents


@dataclass(frozen=True)
class Drawings:
    """The drawings of a training: one a label, each time it is looked at."""

    folder: Path
    """The training's own."""
    labels: tuple[str, ...]
    """What each is told, or all of the sentence where it names more than the label."""
    prompts: tuple[str, ...]
    nulls: tuple[str, ...]
    """As many."""
    shape: tuple[int, int, int]
    """(c, h, w) of a latent."""
    seed: int

    @classmethod
    def of(cls, captions: Captions, spec: TrainSpec, shape: Sequence[int], folder: Path) -> Drawings:
        """Of the first labels, by name, of the training's first label column."""
        _, template = spec.prompts[0]
        rows, first = np.unique(captions.own[:, 0], return_index=True)
        told = sorted(
            (captions.prompts[row], captions.prompts[null])
            for row, null in zip(rows, captions.null[first, 0], strict=True)
            if row >= 0
        )[:LABELS]
        prompts, nulls = tuple(prompt for prompt, _ in told), tuple(null for _, null in told)
        before, _, after = template.template.partition("{label}")
        labels = tuple(prompt[len(before) : len(prompt) - len(after)] for prompt in prompts)
        c, h, w = shape
        return cls(folder, prompts if template.given else labels, prompts, nulls, (c, h, w), spec.seed)

    def keep(self, parts: Parts, machine: Machine, step: int) -> None:
        """Draw, and keep the pictures under the number of steps made; large models only where it is quick."""
        weights = sum(weight.numel() for weight in parts.unet.parameters())
        if not self.labels or (machine.device.type == "cpu" and weights > _QUICK):
            return
        model = StableDiffusion(parts, machine)
        text, null = model.embed(self.prompts), model.embed(self.nulls)
        generator = torch.Generator().manual_seed(self.seed)
        noise = torch.randn(1, *self.shape, generator=generator).to(machine.device)
        latents = draw(model, null, text, noise.expand(len(text), -1, -1, -1))
        with torch.inference_mode(), machine.autocast():
            pictures = decode(model, latents)
        files = tuple(packed(one).tobytes() for one in pictures)
        drawings.keep(self.folder, drawings.Drawn(step, self.labels, files))
