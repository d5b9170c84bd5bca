"""Stage `features`: what a patch looks like to the denoiser (DIFT; paper, section 3.3).

The activations of one up-block at a small t describe appearance and meaning at once. One look at the
whole picture serves all its patches; the UNet stops right after the block.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from core.diffusion.asking import in_batches, same_shape_groups
from core.diffusion.denoiser import Denoiser
from core.diffusion.noise import NoiseSamples
from core.diffusion.pictures import Framed, framed
from core.diffusion.stable_diffusion import denoiser
from core.mining.patches import top_patches
from core.specs import FeatureSpec, NoiseSpec
from core.stages import Inputs, Record, Shard


def describe(inputs: Inputs, shard: Shard) -> Iterator[Record]:
    """A feature vector for each of the shard's patches that is among the best of its label."""
    wanted = top_patches(inputs.artifacts["patches"].table("patches"), inputs.spec.patches.top)
    wanted = wanted[wanted["picture"].isin(shard.keys)].sort_values("patch")
    model = denoiser(inputs.spec.denoiser, inputs.settings)
    pictures: list[Framed] = []
    for one in framed(inputs, [key for key in shard.keys if key in set(wanted["picture"])], model.multiple):
        if isinstance(one, Record):
            yield one
        else:
            pictures.append(one)
    together = max(1, model.passes // inputs.spec.features.noises)
    for group in same_shape_groups([one.pixels.shape for one in pictures], together):
        activations = _look(model, pictures[group], inputs)
        for picture, seen in zip(pictures[group], activations, strict=True):
            own = wanted[wanted["picture"] == picture.id]
            yield from _records(own, seen, picture.pixels.shape[:2])


def look(
    model: Denoiser, latents: torch.Tensor, text: torch.Tensor, spec: FeatureSpec
) -> NDArray[np.float32]:
    """Activations averaged over the noises, (n, channels, h', w').

    Args:
        model: whom to ask.
        latents: (n, c, h, w).
        text: (n, tokens, dim), each picture's own prompt.
        spec: at which t, after which block, how many noises.
    """
    shape = tuple(latents.shape[1:])
    noises = NoiseSamples(
        NoiseSpec(spec.noises, antithetic=False, seed=spec.seed), np.full(spec.noises, spec.t)
    )
    eps = torch.from_numpy(np.stack([noises.eps(i, shape) for i in range(spec.noises)])).to(latents.device)
    step = spec.t * model.steps // 1000

    def see(rows: torch.Tensor) -> torch.Tensor:
        picture, noise = rows // spec.noises, rows % spec.noises
        t = torch.full_like(rows, step)
        return model.features(model.noised(latents[picture], eps[noise], t), t, text[picture], spec.up_block)

    rows = torch.arange(len(latents) * spec.noises, device=latents.device)
    seen = torch.cat(list(in_batches(rows, model.passes, see)))
    result: NDArray[np.float32] = seen.unflatten(0, (len(latents), spec.noises)).mean(dim=1).cpu().numpy()
    return result


def pool(seen: NDArray[np.float32], box: Sequence[float], size: tuple[int, int]) -> NDArray[np.float16]:
    """The mean of activations over a box, of length 1.

    Args:
        seen: (channels, h, w).
        box: left, top, width, height in pixels of the framed picture.
        size: (height, width) of the framed picture. A cell partly in the box counts by the part that is.

    Returns:
        (channels,) float16, L2-normalised.
    """
    left, top, width, height = box
    down = _overlap(seen.shape[1], top, height, size[0])
    across = _overlap(seen.shape[2], left, width, size[1])
    vector = np.einsum("chw,h,w->c", seen, down, across)
    return np.asarray(vector / max(float(np.linalg.norm(vector)), 1e-12), dtype=np.float16)


def _overlap(cells: int, start: float, length: float, pixels: int) -> NDArray[np.float32]:
    """Share of a run of pixels that each of `cells` equal cells covers; sums to 1."""
    edges = np.arange(cells + 1) * pixels / cells
    covered = np.clip(np.minimum(edges[1:], start + length) - np.maximum(edges[:-1], start), 0, None)
    return np.asarray(covered / covered.sum(), dtype=np.float32)


def _look(model: Denoiser, pictures: Sequence[Framed], inputs: Inputs) -> NDArray[np.float32]:
    column, prompt = inputs.spec.label_column, inputs.spec.prompt
    prompts = [prompt.prompt(str(one.row[column]), one.row) for one in pictures]
    latents = model.encode(np.stack([one.pixels for one in pictures]))
    return look(model, latents, model.embed(prompts), inputs.spec.features)


def _records(patches: pd.DataFrame, seen: NDArray[np.float32], size: tuple[int, int]) -> Iterator[Record]:
    for _, patch in patches.iterrows():
        row = {name: patch[name] for name in ("patch", "picture", "label")}
        vector = pool(seen, (patch["x"], patch["y"], patch["size"], patch["size"]), size)
        yield Record("features", row, {"vector": vector})
