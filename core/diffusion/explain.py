"""One picture through the noise and back, for whoever has never heard of diffusion.

What the page "How it works" shows: the picture with more and more noise, what the denoiser makes of
it with the label and without, the two losses, and the map that appears as noise samples are averaged.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from core.dataset.frame import frame_for
from core.dataset.pictures import load_picture
from core.diffusion.asking import ask
from core.diffusion.noise import noise_samples
from core.diffusion.restoring import clean, decode
from core.diffusion.stable_diffusion import StableDiffusion, denoiser
from core.mining.typicality import quantile_scale
from core.report.canvas import fitted
from core.report.heat import laid_over
from core.specs import NoiseSpec
from core.store import explained
from core.store.explained import Explanation, webp
from core.study import Study

LEVELS = (0.02, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.98)
"""The t of the frames, as shares of the diffusion's length."""
DRAWS = 16
"""Noise samples a loss is averaged over."""
SAMPLES = (1, 2, 4, 8, 16, 32, 64)
SIDE = 256
"""Pixels of a frame's longer side."""
WHOLE = (0.0, 0.0, 1.0, 1.0)


class Explaining:
    """Explains the method on one picture of a study; iterated to its end, `explanation` is kept.

    Its length counts levels of noise and, as one, the averaging.

    Raises:
        UserError: the study has no such label, or its denoiser cannot be loaded.
        PictureError: the picture cannot be read any more.
    """

    explanation: Explanation

    def __init__(self, study: Study, label: str, picture: str) -> None:
        self.study, self.label, self.picture = study.identified(), study.known_label(label), picture

    def __len__(self) -> int:
        return len(LEVELS) + 1

    @torch.inference_mode()
    def __iter__(self) -> Iterator[str]:
        study = self.study
        row: pd.Series[Any] = study.pictures.loc[self.picture]  # type: ignore[assignment]
        model = denoiser(study.spec.denoiser, study.settings)
        frame = frame_for(int(row["width"]), int(row["height"]), study.spec.frame, model.multiple)
        pixels = frame.apply(load_picture(str(row["path"]), str(row["sha256"])))
        prompt, null = study.spec.prompt.prompt(self.label, row), study.spec.prompt.null_of(row)
        latents, text = model.encode(pixels[None]), model.embed([null, prompt])
        frames: dict[str, list[bytes]] = {kind: [] for kind in explained.KINDS}
        losses: list[tuple[float, float]] = []
        for level in LEVELS:
            shown = _restored(model, latents, text, level, study.spec.typicality.noise.seed)
            for kind, picture in zip(("noised", "restored", "told"), shown, strict=True):
                frames[kind].append(webp(fitted(picture, SIDE, SIDE)))
            losses.append(_losses(model, latents, text, level, study.spec.typicality.noise.seed))
            yield f"t = {level:g}"
        means = _means(model, latents, text, study.spec.typicality.noise)
        scale = quantile_scale(means[-1:])
        below = fitted(pixels, SIDE, SIDE)
        frames["averaged"] = [webp(laid_over(below, mean, scale, WHOLE)) for mean in means]
        self.explanation = Explanation(
            str(row["file_name"]), self.label, prompt, null, list(LEVELS),
            [loss for loss, _ in losses], [told for _, told in losses], list(SAMPLES), scale, frames,
        )  # fmt: skip
        explained.write(study.layout, study.name, self.explanation)
        yield "averages"


def _restored(
    model: StableDiffusion, latents: torch.Tensor, text: torch.Tensor, level: float, seed: int
) -> NDArray[np.uint8]:
    """(3, H, W, 3): the picture with noise, and restored in one step without the label and with it."""
    t = _steps(model, level, 1, latents.device)
    eps = _noise(latents, 1, seed)
    noised = model.noised(latents, eps, t)
    predicted = model.predict(noised, t, text[:, None])
    restored = [clean(model, noised, one, t) for one in predicted]
    return decode(model, torch.cat([noised, *restored]))


def _losses(
    model: StableDiffusion, latents: torch.Tensor, text: torch.Tensor, level: float, seed: int
) -> tuple[float, float]:
    """Mean loss without the label and with it, over `DRAWS` samples of noise at one t."""
    t, eps = _steps(model, level, DRAWS, latents.device), _noise(latents, DRAWS, seed)
    many = latents.expand(DRAWS, -1, -1, -1)
    predicted = model.predict(model.noised(many, eps, t), t, text[:, None].expand(-1, DRAWS, -1, -1))
    losses = (predicted - model.target(many, eps, t)).square().mean(dim=(1, 2, 3, 4))
    return float(losses[0]), float(losses[1])


def _means(
    model: StableDiffusion, latents: torch.Tensor, text: torch.Tensor, spec: NoiseSpec
) -> list[NDArray[np.float32]]:
    """T, (h, w), as the mean of ever more independent samples: plain ones, so that one is no pair."""
    plain = NoiseSpec(SAMPLES[-1], spec.t_min, spec.t_max, spec.sampler, antithetic=False, seed=spec.seed)
    samples = noise_samples(plain, model.steps)
    answers = ask(model, latents, text, np.array([[0, 1]]), samples, range(len(samples)))
    return [answers.typicality[0, 0, :count].mean(axis=0) for count in SAMPLES]


def _steps(model: StableDiffusion, level: float, count: int, device: torch.device) -> torch.Tensor:
    return torch.full((count,), min(int(level * model.steps), model.steps - 1), device=device)


def _noise(latents: torch.Tensor, count: int, seed: int) -> torch.Tensor:
    """The same noise at every t, so that only its strength changes from frame to frame."""
    samples = noise_samples(NoiseSpec(count, antithetic=False, seed=seed))
    drawn = np.stack([samples.eps(i, tuple(latents.shape[1:])) for i in range(count)])
    return torch.from_numpy(drawn).to(latents.device)
