"""Deterministic DDIM: a latent to the noise it came from, and back.

The paper inverts as Plug-and-Play's released code does: each step asks about the latent it starts from
as though it had arrived already, which takes hundreds of steps to come back to the same picture. Here a
step asks about the latent where the last prediction would lead it. That costs no pass more, and ten
steps come back as exactly as fifty did (`benchmarks/translate.py`). No noise is drawn anywhere.
"""

from __future__ import annotations

from itertools import pairwise

import torch

from core.diffusion.asking import in_batches
from core.diffusion.restoring import clean
from core.diffusion.stable_diffusion import StableDiffusion
from core.errors import UserError


def times(steps: int, length: int) -> tuple[int, ...]:
    """The steps + 1 times t of a walk through a diffusion of `length`, from the picture to the noise.

    As Stable Diffusion's own scheduler lays them: the picture itself counts as t = 0.

    Raises:
        UserError: the diffusion is too short for so many steps.
    """
    if not 1 <= steps < length:
        raise UserError(
            f"A translation cannot take {steps} steps through a diffusion of {length}; "
            "choose fewer, but at least one."
        )
    return (0, *(1 + i * (length // steps) for i in range(steps)))


def noise_in(model: StableDiffusion, noised: torch.Tensor, predicted: torch.Tensor, t: int) -> torch.Tensor:
    """The noise a prediction amounts to, whatever the model predicts: (n, c, h, w), as is `noised`."""
    if model.prediction_type == "epsilon":
        return predicted
    signal, noise = strengths(model, t)
    at = torch.full((len(noised),), t, device=noised.device)
    return (noised - signal * clean(model, noised, predicted, at)) / noise


def moved(
    model: StableDiffusion, latents: torch.Tensor, noise: torch.Tensor, start: int, end: int
) -> torch.Tensor:
    """One DDIM step: latents (n, c, h, w) at t = `start`, taken to t = `end` along the noise in them."""
    (signal, strength), (signal_then, strength_then) = strengths(model, start), strengths(model, end)
    return signal_then * (latents - strength * noise) / signal + strength_then * noise


def invert(model: StableDiffusion, latents: torch.Tensor, text: torch.Tensor, steps: int) -> torch.Tensor:
    """The noise (n, c, h, w) from which `steps` DDIM steps under the same text lead back to the latents.

    One UNet pass a step and picture. The inverse of a DDIM step is known only implicitly, since it asks about
    where it leads; the prediction before tells that closely enough.

    Args:
        latents: (n, c, h, w).
        text: (n, tokens, dim), each picture's own prompt.
    """
    noise: torch.Tensor | None = None
    for start, end in pairwise(times(steps, model.steps)):
        guess = latents if noise is None else moved(model, latents, noise, start, end)
        noise = told(model, guess, text, end)
        latents = moved(model, latents, noise, start, end)
    return latents


def told(model: StableDiffusion, latents: torch.Tensor, text: torch.Tensor, t: int) -> torch.Tensor:
    """The noise in each latent under its own text: (n, c, h, w), in as many batches as it takes."""

    def ask(rows: torch.Tensor) -> torch.Tensor:
        some = latents[rows]
        at = torch.full_like(rows, t)
        return noise_in(model, some, model.predict(some, at, text[None, rows])[0], t)

    return torch.cat(list(in_batches(torch.arange(len(latents), device=latents.device), model.passes, ask)))


def strengths(model: StableDiffusion, t: int) -> tuple[torch.Tensor, torch.Tensor]:
    """How much of the picture and how much noise a latent holds at t."""
    alpha = model.alphas[t]
    return alpha.sqrt(), (1 - alpha).sqrt()
