"""What running a study will cost, before it begins: UNet passes, bytes, and time where that is known."""

from __future__ import annotations

from dataclasses import dataclass

from core import pace
from core.cost import asked_about, passes
from core.stages import until
from core.store import models
from core.study import Study
from core.train_spec import TrainSpec


@dataclass(frozen=True)
class Estimate:
    """The cost of what is missing of a study."""

    pictures: int
    passes: int
    """Of the UNet, at most."""
    bytes: int
    """On the disk, about."""
    seconds: float | None
    """None where the pace of the model on this machine at this picture size is not known."""


_PACKED = 0.35
"""Bytes a pixel of a translation, about: those of the demo, as WebP, take as many."""


def estimate(study: Study, stage: str = "", training: TrainSpec | None = None) -> Estimate:
    """What running a study to its end, or up to and with one stage, will cost; what is done costs nothing.

    Args:
        training: the study asks the model that this makes; to make it is not in the sum.
    """
    missing = [name for name in until(stage) if study.state(name) != "done"]
    asked = {name: asked_about(study, name, study.size) for name in missing if passes(study, name)}
    total = sum(number * passes(study, name) for name, number in asked.items())
    pictures = max(asked.values(), default=study.size)
    each = pace.of_a_pass(study, training)
    return Estimate(pictures, total, _bytes(study, missing), None if each is None else total * each)


def _bytes(study: Study, missing: list[str]) -> int:
    spec, model, total = study.spec, study.spec.denoiser.source, 0
    if not missing:
        return total
    sides = study.column("width", "height").astype(float)
    area = (spec.frame.size / models.latent_pixel(model)) ** 2 * (sides.max(axis=1) / sides.min(axis=1)).sum()
    if "typicality" in missing:
        noise = spec.typicality.noise
        bins = max(1, round(10 * (noise.t_max - noise.t_min)))
        labels = len(study.labels) if spec.typicality.labels == "all" else 1
        total += int(area * labels * (2 * bins + 1) * 2)
    if "translate" in missing:
        share = asked_about(study, "translate", study.size) / study.size
        pixels = share * area * models.latent_pixel(model) ** 2
        total += int(pixels * len(study.labels) * _PACKED)
    if "features" in missing:
        best = min(study.size * spec.patches.per_picture, len(study.labels) * spec.patches.top)
        total += best * models.feature_width(model, spec.features.up_block) * 2
    return total
