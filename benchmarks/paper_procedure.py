"""The procedure of the paper's released code, written afresh from a description of it.

One picture at a time, float32, every condition in passes of its own, every loss kept; for a patch's
feature the whole picture once more. It is slower than it need be in the ways the original is, and in
no other: text is embedded once, noise is drawn as in our own stages, the patch search sorts once.
One thing is mended: the latent is the posterior's mean, not a sample, so that both procedures see the
same latent and their maps can be compared.
"""

from __future__ import annotations

import copy
import dataclasses

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional as F

from core.diffusion.noise import NoiseSamples
from core.diffusion.stable_diffusion import StableDiffusion, encode

Box = tuple[int, int, float]
BATCH = 10
"""Noise samples a pass."""
COPIES = 8
"""Of a picture, each with a noise of its own, behind one DIFT feature."""


def in_float32(model: StableDiffusion) -> StableDiffusion:
    """The same weights, asked in float32 whatever the machine would do faster."""
    twin = copy.copy(model)
    twin.machine = dataclasses.replace(model.machine, dtype=torch.float32)
    return twin


@torch.inference_mode()
def losses(
    model: StableDiffusion, picture: NDArray[np.uint8], text: torch.Tensor, samples: NoiseSamples
) -> torch.Tensor:
    """Every loss of one picture: (samples, 2, channels, h, w) float16, without the label and with it.

    Args:
        model: whose parts are used, in float32.
        picture: (H, W, 3).
        text: (2, tokens, dim), the null prompt's embedding first.
        samples: the (t, eps) pairs.
    """
    latent = encode(model.vae, picture[None])
    grid = []
    for start in range(0, len(samples), BATCH):
        which = range(start, min(start + BATCH, len(samples)))
        t = torch.from_numpy(samples.t[which.start : which.stop]).to(latent.device)
        eps = torch.from_numpy(np.stack([samples.eps(i, tuple(latent.shape[1:])) for i in which]))
        eps = eps.to(latent.device)
        latents = latent.expand(len(which), -1, -1, -1)
        noised, target = model.noised(latents, eps, t), model.target(latents, eps, t)
        both = []
        for condition in text:
            predicted = model.unet(noised, t, condition.expand(len(which), -1, -1)).sample
            both.append((predicted - target).square().half().cpu())
        grid.append(torch.stack(both, dim=1))
    return torch.cat(grid)


def typicality_map(grid: torch.Tensor, height: int, width: int) -> NDArray[np.float32]:
    """T of every pixel: each of the kept losses upsampled, then averaged and subtracted."""
    maps = grid.float().mean(dim=2)
    upsampled = F.interpolate(maps, (height, width), mode="bilinear")
    null, told = upsampled.mean(dim=0)
    return np.asarray((null - told).numpy(), dtype=np.float32)


def best_patches(typicality: NDArray[np.float32], size: int, count: int) -> list[Box]:
    """(x, y, mean) of the best squares that do not overlap, out of a sorted list of them all."""
    means = F.avg_pool2d(torch.from_numpy(typicality)[None, None], size, stride=1)[0, 0].numpy()
    rows, columns = means.shape
    everywhere = [(x, y, float(means[y, x])) for y in range(rows) for x in range(columns)]
    everywhere.sort(key=lambda box: -box[2])
    picked: list[Box] = []
    for x, y, mean in everywhere:
        if len(picked) == count:
            break
        if all(abs(x - left) >= size or abs(y - top) >= size for left, top, _ in picked):
            picked.append((x, y, mean))
    return picked


@torch.inference_mode()
def dift(
    model: StableDiffusion,
    picture: NDArray[np.uint8],
    text: torch.Tensor,
    noises: NoiseSamples,
    up_block: int,
    box: tuple[int, int, int],
) -> NDArray[np.float32]:
    """The feature of one patch, (channels,) of length 1: the whole picture, encoded and noised anew.

    Args:
        model, picture: as in `losses`.
        text: (tokens, dim), the label's.
        noises: `COPIES` samples at one t.
        up_block: after which the UNet stops.
        box: x, y, size in pixels.
    """
    copies = np.repeat(picture[None], COPIES, axis=0)
    latents = encode(model.vae, copies)
    eps = torch.from_numpy(np.stack([noises.eps(i, tuple(latents.shape[1:])) for i in range(COPIES)]))
    t = torch.from_numpy(noises.t).to(latents.device)
    noised = model.noised(latents, eps.to(latents.device), t)
    seen = model.features(noised, t, text.expand(COPIES, -1, -1), up_block).mean(dim=0)
    x, y, size = (round(edge * seen.shape[-1] / picture.shape[1]) for edge in box)
    vector = seen[:, y : y + size, x : x + size].mean(dim=(1, 2)).cpu().numpy()
    return np.asarray(vector / np.linalg.norm(vector), dtype=np.float32)
