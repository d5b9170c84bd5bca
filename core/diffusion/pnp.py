"""A picture under other labels: the same layout, another place (Plug-and-Play; paper, section 5.1).

The source is inverted once. From the noise found there it is led back under its own prompt, which shows
whether the inversion holds, and beside it its translations under every other prompt, with guidance. At
each step the source's activations are computed once and put in place of those of all its translations.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import torch

from core.diffusion.asking import in_batches
from core.diffusion.ddim import invert, moved, noise_in, times
from core.diffusion.injection import Injection, Noted, joined
from core.diffusion.stable_diffusion import StableDiffusion
from core.specs import TranslateSpec


@dataclass(frozen=True)
class Prompts:
    """Embeddings, each (tokens, dim), of what is said about n sources of k translations each."""

    null: torch.Tensor
    """(n, tokens, dim)."""
    own: torch.Tensor
    """(n, tokens, dim)."""
    targets: torch.Tensor
    """(n, k, tokens, dim)."""


@dataclass(frozen=True)
class Translated:
    """Latents of n sources led back, (n, c, h, w), and of their translations, (n, k, c, h, w)."""

    reconstructed: torch.Tensor
    translations: torch.Tensor


def translate(
    model: StableDiffusion, latents: torch.Tensor, prompts: Prompts, spec: TranslateSpec
) -> Translated:
    """Translate sources of one shape. Costs 2 * steps passes a source and 2 * steps a translation, less
    the null passes of the first step, which all translations of a source share.

    Args:
        latents: (n, c, h, w), the sources'.
        prompts: what is said about them.
        spec: steps, guidance and what is injected how long.
    """
    injection = Injection(model.unet, spec.up_block)
    walk = [*pairwise(reversed(times(spec.steps, model.steps)))]
    source = invert(model, latents, prompts.own, spec.steps)
    targets = source[:, None].expand(-1, prompts.targets.shape[1], -1, -1, -1)
    for number, (start, end) in enumerate(walk):
        features, attention = (number < int(share * spec.steps) for share in (spec.features, spec.attention))
        noise, noted = _source(model, injection, source, prompts.own, start)
        step = _Step(model, injection, noted, features, attention, start)
        guided = (_first if number == 0 else _later)(step, targets, prompts, spec.guidance)
        source = moved(model, source, noise, start, end)
        targets = moved(model, targets, guided, start, end)
    return Translated(source, targets)


@dataclass(frozen=True)
class _Step:
    """One moment of the walk: what the sources said, and which of it is put in place."""

    model: StableDiffusion
    injection: Injection
    noted: Noted
    features: bool
    attention: bool
    t: int

    def told(self, latents: torch.Tensor, text: torch.Tensor, source: torch.Tensor) -> torch.Tensor:
        """The noise in latents (rows, c, h, w) under text (k, rows, tokens, dim): (k, rows, c, h, w)."""
        at = torch.full((len(latents),), self.t, device=latents.device)
        with self.injection.put(self.noted, source.repeat(len(text)), self.features, self.attention):
            predicted = self.model.predict(latents, at, text)
        return torch.stack([noise_in(self.model, latents, one, self.t) for one in predicted])

    def batched(
        self, count: int, conditions: int, ask: Callable[[torch.Tensor], torch.Tensor]
    ) -> torch.Tensor:
        """`ask` about rows 0 ... count - 1, each under so many conditions."""
        rows = torch.arange(count, device=self.model.machine.device)
        return torch.cat(list(in_batches(rows, max(1, self.model.passes // conditions), ask)))


def _source(
    model: StableDiffusion, injection: Injection, latents: torch.Tensor, text: torch.Tensor, t: int
) -> tuple[torch.Tensor, Noted]:
    """The noise in each source under its own prompt, and what the layers said on the way."""
    parts: list[Noted] = []

    def ask(rows: torch.Tensor) -> torch.Tensor:
        some, at = latents[rows], torch.full_like(rows, t)
        with injection.noted() as noted:
            predicted = model.predict(some, at, text[None, rows])[0]
        parts.append(noted)  # only now: a batch that did not fit is asked again in halves
        return noise_in(model, some, predicted, t)

    rows = torch.arange(len(latents), device=latents.device)
    noise = torch.cat(list(in_batches(rows, model.passes, ask)))
    return noise, joined(parts)


def _first(step: _Step, targets: torch.Tensor, prompts: Prompts, guidance: float) -> torch.Tensor:
    """The guided noise while all translations of a source are still one: their null pass is one too."""
    k = prompts.targets.shape[1]

    def ask(rows: torch.Tensor) -> torch.Tensor:
        text = torch.cat([prompts.null[None, rows], prompts.targets[rows].transpose(0, 1)])
        noise = step.told(targets[rows, 0], text, rows)
        return (noise[:1] + guidance * (noise[1:] - noise[:1])).transpose(0, 1)

    return step.batched(len(targets), 1 + k, ask)


def _later(step: _Step, targets: torch.Tensor, prompts: Prompts, guidance: float) -> torch.Tensor:
    """The guided noise of translations that went ways of their own."""
    n, k = targets.shape[:2]
    latents, text = targets.flatten(0, 1), prompts.targets.flatten(0, 1)

    def ask(rows: torch.Tensor) -> torch.Tensor:
        both = torch.stack([prompts.null[rows // k], text[rows]])
        null, told = step.told(latents[rows], both, rows // k)
        return null + guidance * (told - null)

    return step.batched(n * k, 2, ask).unflatten(0, (n, k))
