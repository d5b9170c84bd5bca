"""UNet passes as they are truly sent: counted where they enter the denoiser."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter

import torch

from core.diffusion.stable_diffusion import StableDiffusion


@dataclass
class Passes:
    """What went through the UNet so far: rows times conditions, and the seconds they took."""

    count: int = 0
    seconds: float = 0.0


@contextmanager
def counted(model: StableDiffusion) -> Iterator[Passes]:
    """Count what `model` is asked to predict inside the block."""
    passes, predict = Passes(), model.predict

    def counting(noised: torch.Tensor, t: torch.Tensor, text: torch.Tensor) -> torch.Tensor:
        start = clock()
        predicted = predict(noised, t, text)
        passes.seconds += clock() - start
        passes.count += text.shape[0] * text.shape[1]
        return predicted

    model.predict = counting  # type: ignore[method-assign]
    try:
        yield passes
    finally:
        del model.predict


def clock() -> float:
    """Seconds, once the accelerator (if there is one) has done what it was given."""
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return perf_counter()
