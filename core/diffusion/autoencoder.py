"""A small autoencoder trained from scratch, for pictures no ready one suits."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from core.diffusion.examples import Examples
from core.diffusion.learning import Step, learn
from core.diffusion.machine import Machine

CROP = 64


class AutoencoderTraining:
    """Iterable over the steps; at its end `vae`, an AutoencoderKL, knows the scale of its latents too.

    The loss is the mean absolute error of pixels and of their differences to the neighbours (which keeps
    edges sharp), plus a slight pull of the posterior towards the unit normal.
    """

    def __init__(self, vae: Any, examples: Examples, steps: int, seed: int, machine: Machine) -> None:
        self.vae, self.examples, self.steps, self.seed, self.machine = vae, examples, steps, seed, machine
        self.batch = 16

    def __len__(self) -> int:
        return self.steps

    def __iter__(self) -> Iterator[Step]:
        self.vae.to(self.machine.device, memory_format=torch.channels_last).train()
        optimizer = torch.optim.AdamW(self.vae.parameters(), 2e-3, weight_decay=1e-4, fused=True)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 2e-3, total_steps=self.steps, pct_start=0.1)
        for number in range(self.steps):
            loss = self._loss(number)
            learn(self.vae, loss, optimizer, 1.0, number)
            schedule.step()
            yield Step(number + 1, float(loss.item()))
        self.vae.eval().requires_grad_(False)
        self._set_scale()

    def _loss(self, number: int) -> torch.Tensor:
        rng = np.random.default_rng([self.seed, 7, number])
        pixels = self._pixels(rng)
        generator = torch.Generator().manual_seed(self.seed * 1_000_003 + number)
        with self.machine.autocast():
            posterior = self.vae.encode(pixels).latent_dist
            latents = posterior.sample(generator).to(pixels.dtype)
            restored = self.vae.decode(latents).sample.float()
        edges = sum(nn.functional.l1_loss(restored.diff(dim=side), pixels.diff(dim=side)) for side in (2, 3))
        loss: torch.Tensor = nn.functional.l1_loss(restored, pixels) + edges + 1e-6 * posterior.kl().mean()
        return loss

    def _pixels(self, rng: np.random.Generator) -> torch.Tensor:
        chosen = rng.integers(len(self.examples), size=self.batch)
        pictures = np.stack([_crop(self.examples.picture(int(i)), rng) for i in chosen])
        pixels = torch.from_numpy(pictures).permute(0, 3, 1, 2).float() / 127.5 - 1
        return pixels.to(self.machine.device, memory_format=torch.channels_last)

    @torch.inference_mode()
    def _set_scale(self) -> None:
        """Latents of unit spread, as the noise schedule expects."""
        pixels = self._pixels(np.random.default_rng([self.seed, 8]))
        means = self.vae.encode(pixels).latent_dist.mean.float()
        self.vae.register_to_config(scaling_factor=round(1 / float(means.std()), 6))


def _crop(picture: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """A random square of at most CROP pixels: convolutions learn as much from it at less cost."""
    top, left = (int(rng.integers(max(1, side - CROP + 1))) for side in picture.shape[:2])
    return picture[top : top + CROP, left : left + CROP]
