"""Both procedures on the same model and pictures, timed: the paper's loop, and the project's own stages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from benchmarks.counting import clock
from benchmarks.curve import noise_spec
from benchmarks.demo import with_noise
from benchmarks.in_memory import run
from benchmarks.paper_procedure import COPIES, best_patches, dift, in_float32, losses, typicality_map
from core.diffusion.noise import NoiseSamples, noise_samples
from core.diffusion.pictures import Framed, framed
from core.diffusion.stable_diffusion import StableDiffusion, denoiser
from core.mining.typicality import mean_over_t, upsample
from core.specs import NoiseSpec, ScreenSpec
from core.stages import Inputs

PAPERS = 100
"""Samples the paper's own estimator takes."""
MEASURE = ("screen", "typicality", "patches")

T = TypeVar("T")


def papers(inputs: Inputs) -> NoiseSpec:
    """The paper's own estimator; both procedures are given the very same samples."""
    return noise_spec(inputs.spec.typicality.noise, "iid", PAPERS)


def timed(work: Callable[[], T]) -> tuple[T, float]:
    """What `work` returns, and the seconds it took."""
    start = clock()
    result = work()
    return result, clock() - start


@dataclass(frozen=True)
class Paper:
    """The paper's procedure over the pictures of a study."""

    inputs: Inputs
    model: StableDiffusion
    text: torch.Tensor

    @staticmethod
    def of(inputs: Inputs) -> Paper:
        """Take the denoiser the stages use, in float32, and embed the prompts once."""
        model = in_float32(denoiser(inputs.spec.denoiser, inputs.settings))
        prompt = inputs.spec.prompt
        return Paper(inputs, model, model.embed([prompt.null, *map(prompt.prompt, inputs.labels)]))

    def maps(self) -> list[NDArray[np.float32]]:
        """Map of every picture at its own size, and its patches found, though only the maps are returned."""
        patches, found = self.inputs.spec.patches, []
        samples = noise_samples(papers(self.inputs), self.model.steps)
        for one in self._pictures():
            text = self.text[[0, self._row(one)]]
            grid = losses(self.model, one.pixels, text, samples)
            found.append(typicality_map(grid, *one.pixels.shape[:2]))
            best_patches(found[-1], patches.size, patches.per_picture)
        return found

    def features(self, patches: pd.DataFrame) -> list[NDArray[np.float32]]:
        """One vector a row of `patches`."""
        spec = self.inputs.spec.features
        noise = NoiseSpec(COPIES, antithetic=False, seed=spec.seed)
        noises = NoiseSamples(noise, np.full(COPIES, spec.t * self.model.steps // 1000))
        pictures = {one.id: one for one in self._pictures()}
        found = []
        for row in patches.itertuples():
            one = pictures[row.picture]
            box = (row.x, row.y, row.size)
            found.append(dift(self.model, one.pixels, self.text[self._row(one)], noises, spec.up_block, box))
        return found

    def _pictures(self) -> list[Framed]:
        all_of_them = framed(self.inputs, self.inputs.pictures.index, self.model.multiple)
        return [one for one in all_of_them if isinstance(one, Framed)]

    def _row(self, one: Framed) -> int:
        return 1 + self.inputs.labels.index(one.row[self.inputs.spec.label_column])


def ours(inputs: Inputs, noise: NoiseSpec, screen: ScreenSpec | None = None) -> Inputs:
    """Map and patches of every picture, by the project's stages."""
    return run(with_noise(inputs, noise, screen), MEASURE)


def our_maps(done: Inputs) -> list[NDArray[np.float32]]:
    """Every picture's map at the size of the picture, in the order of the pictures."""
    kept = done.artifacts["typicality"]
    rows = {row["picture"]: row for _, row in kept.table("maps").iterrows()}
    ordered = [rows[picture] for picture in done.pictures.index]
    found = [mean_over_t(kept.array("maps", "bins", row), row["counts"])[0] for row in ordered]
    return [
        upsample(one, row["frame_height"], row["frame_width"])
        for one, row in zip(found, ordered, strict=True)
    ]
