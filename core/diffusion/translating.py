"""Stage `translate`: chosen pictures under every other label, and how well each came back under its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from core.dataset.prompt import Row
from core.dataset.webp import packed
from core.diffusion.asking import same_shape_groups
from core.diffusion.pictures import Framed, framed
from core.diffusion.pnp import Prompts, translate
from core.diffusion.restoring import decode
from core.diffusion.stable_diffusion import StableDiffusion, denoiser
from core.diffusion.told import Told
from core.mining.sources import sources
from core.stages import Inputs, Record, Shard


def translated(inputs: Inputs, shard: Shard) -> Iterator[Record]:
    """Each of the shard's chosen pictures: what its reconstruction is worth, then its translations."""
    column, spec = inputs.spec.label_column, inputs.spec.translate
    chosen = sources(inputs.artifacts["typicality"].table("maps"), inputs.pictures[column], spec)
    yield from each(inputs, Shard(shard.number, tuple(key for key in shard.keys if key in chosen)))


def each(inputs: Inputs, shard: Shard) -> Iterator[Record]:
    """The same of every picture of the shard; `inputs.labels` are all labels there are."""
    if not shard.keys:
        return
    work = _Translating.of(inputs)
    pictures: list[Framed] = []
    for one in framed(inputs, shard.keys, work.model.multiple):
        if isinstance(one, Record):
            yield one
        else:
            pictures.append(one)
    together = max(1, work.model.passes // (2 * (len(inputs.labels) - 1)))
    for group in same_shape_groups([one.pixels.shape for one in pictures], together):
        yield from work.group(pictures[group])


def psnr(some: NDArray[np.uint8], others: NDArray[np.uint8]) -> float:
    """Decibels between two pictures of one shape; infinite where they are equal."""
    error = float(np.square(some.astype(np.float64) - others).mean())
    return float("inf") if error == 0 else float(10 * np.log10(255**2 / error))


@dataclass(frozen=True)
class _Translating:
    """What is the same for all pictures: the denoiser, and every prompt embedded once."""

    inputs: Inputs
    model: StableDiffusion
    told: Told

    @staticmethod
    def of(inputs: Inputs) -> _Translating:
        model = denoiser(inputs.spec.denoiser, inputs.settings)
        return _Translating(inputs, model, Told.of(model, inputs))

    def group(self, pictures: Sequence[Framed]) -> Iterator[Record]:
        """Pictures of one shape, together."""
        own = [str(one.row[self.inputs.spec.label_column]) for one in pictures]
        others = [[label for label in self.inputs.labels if label != mine] for mine in own]
        latents = self.model.encode(np.stack([one.pixels for one in pictures]))
        prompts = self._prompts([one.row for one in pictures], own, others)
        found = translate(self.model, latents, prompts, self.inputs.spec.translate)
        for i, picture in enumerate(pictures):
            # One picture at a time, so that its pixels depend on no other.
            before, after = self._pixels(latents[i]), self._pixels(found.reconstructed[i])
            yield Record("sources", self._row(picture, own[i], psnr(before, after)), {"webp": packed(after)})
            for label, one in zip(others[i], found.translations[i], strict=True):
                row = {"picture": picture.id, "label": label, "source": own[i]}
                yield Record("translations", row, {"webp": packed(self._pixels(one))})

    def _prompts(self, rows: Sequence[Row], own: Sequence[str], others: Sequence[Sequence[str]]) -> Prompts:
        told = self.told
        null = [told.null(row) for row in rows]
        mine = [told.labelled(row, [label])[0] for row, label in zip(rows, own, strict=True)]
        targets = [told.labelled(row, labels) for row, labels in zip(rows, others, strict=True)]
        return Prompts(told.text[null], told.text[mine], told.text[torch.tensor(targets)])

    @torch.inference_mode()
    def _pixels(self, latent: torch.Tensor) -> NDArray[np.uint8]:
        return decode(self.model, latent[None])[0]

    def _row(self, picture: Framed, label: str, decibels: float) -> dict[str, Any]:
        height, width = picture.pixels.shape[:2]
        return {
            "picture": picture.id,
            "label": label,
            "psnr": decibels,
            # Written so that a number that is none counts as failed too.
            "failed": not decibels >= self.inputs.spec.translate.least_psnr,
            "frame_width": width,
            "frame_height": height,
            "multiple": self.model.multiple,
        }
