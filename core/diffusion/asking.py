"""Ask the denoiser about pictures: every noise sample, with each label and without, in full batches.

One question is a row (picture, noise sample). Its conditions, the null prompt first, go through the
UNet in one batch, so what precedes the first cross-attention is computed once for all of them, and K
labels cost K + 1 passes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from core.diffusion.denoiser import Denoiser
from core.diffusion.noise import NoiseSamples
from core.errors import UserError


@dataclass(frozen=True)
class Answers:
    """What the denoiser said about some pictures.

    Attributes:
        typicality: (n, labels, samples, h, w) float32, loss without the label minus loss with it.
        change: (n, labels, samples, h, w) float32, squared difference of the two predictions.
        t: (samples,) int64.
    Both are means over the latent's channels.
    """

    typicality: NDArray[np.float32]
    change: NDArray[np.float32]
    t: NDArray[np.int64]


def ask(
    denoiser: Denoiser,
    latents: torch.Tensor,
    text: torch.Tensor,
    conditions: NDArray[np.int64],
    samples: NoiseSamples,
    which: range,
) -> Answers:
    """Put the samples numbered `which` to pictures of one shape.

    Args:
        denoiser: whom to ask.
        latents: (n, c, h, w).
        text: (prompts, tokens, dim), embeddings of all prompts.
        conditions: (n, 1 + labels) rows of `text` for each picture, the null prompt's first.
        samples: the noise samples of the study.
        which: their numbers.
    """
    n, labels = len(latents), conditions.shape[1] - 1
    shape = tuple(latents.shape[1:])
    eps = torch.from_numpy(np.stack([samples.eps(i, shape) for i in which])).to(latents.device)
    t = torch.from_numpy(samples.t[which.start : which.stop]).to(latents.device)
    told = torch.from_numpy(conditions.T.copy()).to(latents.device)  # (conditions, n)

    def put(rows: torch.Tensor) -> torch.Tensor:
        picture, sample = rows // len(which), rows % len(which)
        return _losses(denoiser, latents[picture], eps[sample], t[sample], text[told[:, picture]])

    rows = torch.arange(n * len(which), device=latents.device)
    batch = max(1, denoiser.passes // conditions.shape[1])
    results = torch.cat(list(in_batches(rows, batch, put)), dim=2).cpu().numpy()
    typicality, change = results.reshape(2, labels, n, len(which), *shape[1:]).transpose(0, 2, 1, 3, 4, 5)
    return Answers(typicality, change, samples.t[which.start : which.stop])


def in_batches(
    rows: torch.Tensor, batch: int, work: Callable[[torch.Tensor], torch.Tensor]
) -> Iterator[torch.Tensor]:
    """`work` on consecutive rows, `batch` at a time; when memory runs out, on half as many from there on.

    Raises:
        UserError: not even a single row fits.
    """
    start = 0
    while start < len(rows):
        try:
            result = work(rows[start : start + batch])
        except (torch.OutOfMemoryError, RuntimeError) as problem:
            if not _out_of_memory(problem):
                raise
            if batch == 1:
                raise UserError(
                    "One picture alone does not fit into this machine's memory; "
                    "choose a smaller picture size (--size) or another device."
                ) from problem
            batch = max(1, batch // 2)
            if torch.cuda.is_available():
                torch.cuda.empty_cache()
            continue
        yield result
        start += batch


def same_shape_groups(shapes: Sequence[tuple[int, ...]], most: int) -> Iterator[slice]:
    """Runs of neighbours with equal shapes, at most `most` long each."""
    start = 0
    for i in range(1, len(shapes) + 1):
        if i == len(shapes) or shapes[i] != shapes[start] or i - start == most:
            yield slice(start, i)
            start = i


def _losses(
    denoiser: Denoiser, latents: torch.Tensor, eps: torch.Tensor, t: torch.Tensor, text: torch.Tensor
) -> torch.Tensor:
    """(2, labels, rows, h, w): typicality and change of each row under each label."""
    target = denoiser.target(latents, eps, t)
    predicted = denoiser.predict(denoiser.noised(latents, eps, t), t, text)
    losses = (predicted - target).square().mean(dim=2)
    changes = (predicted[1:] - predicted[:1]).square().mean(dim=2)
    return torch.stack([losses[:1] - losses[1:], changes])


def _out_of_memory(problem: Exception) -> bool:
    return isinstance(problem, torch.OutOfMemoryError) or "not enough memory" in str(problem)
