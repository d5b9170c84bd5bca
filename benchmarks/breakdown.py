"""Where the time of our own stages goes, and the floor below which no rearranging brings it."""

from __future__ import annotations

from typing import Any

import torch
from torch.profiler import ProfilerActivity, profile

from benchmarks.counting import clock, counted
from benchmarks.side_by_side import ours, timed
from core.diffusion.stable_diffusion import denoiser
from core.specs import NoiseSpec
from core.stages import Inputs

GROUPS = {
    "convolution": ("conv",),
    "attention": ("attention",),
    "matrix_products": ("mm", "linear"),
}
"""Which operators are the UNet's mathematics, by a piece of their names; the first that fits counts."""


def breakdown(inputs: Inputs, noise: NoiseSpec) -> tuple[dict[str, float], dict[str, float]]:
    """Shares of the time of one run (they sum to 1), and the floor.

    The floor is the time of convolutions, attention and matrix products in the UNet: what remains when
    everything around them costs nothing. Only fewer samples, a faster machine or a smaller model go below.
    """
    model = denoiser(inputs.spec.denoiser, inputs.settings)
    spent = {"encode": 0.0}
    encode = model.encode

    def clocked(pictures: Any) -> torch.Tensor:
        latents, seconds = timed(lambda: encode(pictures))
        spent["encode"] += seconds
        return latents

    model.encode = clocked  # type: ignore[method-assign]
    try:
        with counted(model) as passes:
            _, total = timed(lambda: ours(inputs, noise))
    finally:
        del model.encode
    unet = {f"unet_{name}": share * passes.seconds for name, share in _operators(inputs).items()}
    seconds = spent | unet | {"elsewhere": total - spent["encode"] - passes.seconds}
    mathematics = sum(unet[f"unet_{name}"] for name in GROUPS)
    floor = {"seconds_per_picture": mathematics / len(inputs.pictures), "share": mathematics / total}
    return {name: one / total for name, one in seconds.items()}, floor


def _operators(inputs: Inputs) -> dict[str, float]:
    """Shares of a full UNet batch's time by kind of operator; they sum to 1."""
    model = denoiser(inputs.spec.denoiser, inputs.settings)
    text = model.embed([inputs.spec.prompt.null, inputs.spec.prompt.prompt(inputs.labels[0])])
    rows = max(1, model.passes // 2)
    side = inputs.spec.frame.size // model.pixels
    noised = torch.randn(rows, model.unet.config.in_channels, side, side, device=model.machine.device)
    t = torch.full((rows,), model.steps // 2, device=noised.device)
    activities = [ProfilerActivity.CPU]
    if noised.is_cuda:
        activities.append(ProfilerActivity.CUDA)
    with profile(activities=activities) as seen:
        model.predict(noised, t, text[:, None].expand(-1, rows, -1, -1))
        clock()
    own_time = "self_device_time_total" if noised.is_cuda else "self_cpu_time_total"
    spent = dict.fromkeys((*GROUPS, "the_rest"), 0.0)
    for event in seen.key_averages():
        spent[_group(event.key)] += getattr(event, own_time)
    whole = sum(spent.values())
    return {name: one / whole for name, one in spent.items()}


def _group(operator: str) -> str:
    return next(
        (name for name, pieces in GROUPS.items() if any(one in operator for one in pieces)), "the_rest"
    )
