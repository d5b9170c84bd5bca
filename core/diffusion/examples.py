"""What a training sees: pictures as latents, and the sentences each may be shown under."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from core.dataset.prompt import PromptTemplate
from core.diffusion.machine import Machine
from core.diffusion.stable_diffusion import encode

SYMMETRIES = {
    "none": ((0, False),),
    "flip": ((0, False), (0, True)),
    "turn": tuple((k, m) for k in range(4) for m in (False, True)),
}
"""Quarter turns and mirroring of each augmented variant."""


class Examples(Protocol):
    """Framed pictures with their labels, in a fixed order."""

    def __len__(self) -> int: ...

    def picture(self, i: int) -> NDArray[np.uint8]:
        """Picture `i`, (h, w, 3); all of one size."""
        ...

    def labels(self, i: int) -> Mapping[str, str]:
        """Its label in every column it has one in."""
        ...


@dataclass(frozen=True)
class Captions:
    """Prompts, and for every picture and label column the rows of its prompt (-1: no label) and its null."""

    prompts: tuple[str, ...]
    own: NDArray[np.int64]
    """(pictures, columns) rows of `prompts`."""
    null: NDArray[np.int64]
    """The same shape; equal in all pictures but where the null prompt names columns of its own."""

    def choose(
        self, pictures: NDArray[np.int64], rng: np.random.Generator, null_share: float
    ) -> NDArray[np.int64]:
        """A row of `prompts` for each picture: one of its columns, its null in `null_share` of the cases."""
        columns = rng.integers(self.own.shape[1], size=len(pictures))
        own, null = self.own[pictures, columns], self.null[pictures, columns]
        return np.where((rng.random(len(pictures)) < null_share) | (own < 0), null, own)


def captions(examples: Examples, prompts: Sequence[tuple[str, PromptTemplate]]) -> Captions:
    """The captions of `examples` under one prompt template a label column."""
    sentences: dict[str, int] = {}

    def row(sentence: str) -> int:
        return sentences.setdefault(sentence, len(sentences))

    own = np.full((len(examples), len(prompts)), -1, dtype=np.int64)
    null = np.empty_like(own)
    for i in range(len(examples)):
        labels = examples.labels(i)
        null[i] = [row(template.null_of(labels)) for _, template in prompts]
        for column, (name, template) in enumerate(prompts):
            if name in labels:
                own[i, column] = row(template.prompt(labels[name], labels))
    return Captions(tuple(sentences), own, null)


class Encoding:
    """Iterable over the pictures as they are encoded, once each; `latents` is whole at its end.

    Attributes:
        latents: (variants, n, c, h, w) float16, every picture in each variant of `augment`.
    """

    def __init__(self, vae: Any, examples: Examples, augment: str, machine: Machine) -> None:
        self.vae = vae.to(machine.device, memory_format=torch.channels_last)
        self.examples, self.symmetries, self.machine = examples, SYMMETRIES[augment], machine
        self.latents: NDArray[np.float16] = np.empty((0,), np.float16)

    def __len__(self) -> int:
        return len(self.examples)

    def __iter__(self) -> Iterator[int]:
        for i in range(len(self)):
            picture = self.examples.picture(i)
            turned = np.stack([_turn(picture, *symmetry) for symmetry in self.symmetries])
            with torch.inference_mode(), self.machine.autocast():
                latents = encode(self.vae, turned).cpu().numpy().astype(np.float16)
            if i == 0:
                self.latents = np.empty((len(latents), len(self), *latents.shape[1:]), np.float16)
            self.latents[:, i] = latents
            yield i


def _turn(picture: NDArray[np.uint8], quarters: int, mirrored: bool) -> NDArray[np.uint8]:
    turned = np.rot90(picture, quarters)
    return turned[:, ::-1] if mirrored else turned
