"""What running a study will cost, before it begins: UNet passes, bytes, and time where that is known."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.cost import asked_about, passes
from core.stages import until
from core.store import models
from core.store.artifacts import manifests
from core.store.studies import load, names
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
    """None where this model has not been measured on this machine at this size."""


_PACKED = 0.35
"""Bytes a pixel of a translation, about: those of the demo, as WebP, take as many."""


def estimate(study: Study, stage: str = "") -> Estimate:
    """What running a study to its end, or up to and with one stage, will cost; what is done costs nothing."""
    missing = [name for name in until(stage) if study.state(name) != "done"]
    asked = {name: asked_about(study, name, study.size) for name in missing if passes(study, name)}
    total = sum(number * passes(study, name) for name, number in asked.items())
    pictures = max(asked.values(), default=study.size)
    each = seconds_a_pass(study)
    return Estimate(pictures, total, _bytes(study, missing), None if each is None else total * each)


def seconds_a_pass(study: Study) -> float | None:
    """The latest measured time of a pass by this model at this picture size, all workers together."""
    known = _fingerprint(study)
    found = [] if not known else list(_measured(study, known))
    return max(found)[1] if found else None


def training_seconds(study: Study, spec: TrainSpec) -> float | None:
    """What a training will take at the pace of an earlier one of its kind: of the same base, or the base's.

    None where there was none at this picture size. Its batch may have been another: time goes with it.
    """
    for name in models.names(study.layout):
        notes = models.training_notes(study.layout.model(name))
        pace: Any = notes.get("seconds_a_step")
        before: Any = notes.get("spec")
        with suppress(KeyError, TypeError, AttributeError):  # notes that are not ours
            related = before["base"] == spec.base or name == spec.base
            if related and isinstance(pace, float) and before["frame"]["size"] == spec.frame.size:
                return float(pace * spec.steps * spec.batch / before["batch"])
    return None


def _measured(study: Study, fingerprint: str) -> Iterator[tuple[str, float]]:
    """When, and seconds a pass."""
    wanted = (fingerprint, study.spec.frame.size)
    for facts in manifests(study.layout, "typicality"):
        with suppress(KeyError, TypeError, ValueError, ZeroDivisionError):  # a manifest that is not ours
            asked = facts["spec"]
            # Screening lets pictures go early, all labels share a null pass: their passes are not known.
            plain = not asked["screen"]["samples"] and asked["typicality"]["labels"] == "own"
            if plain and (asked["denoiser"], asked["frame"]["size"]) == wanted:
                number = 2 * facts["counts"]["maps"] * asked["typicality"]["noise"]["samples"]
                yield facts["finished"], facts["seconds"] / _at_once(facts) / number


def _at_once(facts: dict[str, Any]) -> float:
    """How many workers shared a stage: their seconds over those that went by, unless it was resumed."""
    took = datetime.fromisoformat(facts["finished"]) - datetime.fromisoformat(facts["started"])
    return float(min(max(facts["seconds"] / max(took.total_seconds(), 1.0), 1.0), os.cpu_count() or 1))


def _fingerprint(study: Study) -> str:
    """The model's own where it is known, else that of another study which asks the same model."""
    wanted = study.spec.denoiser
    if wanted.fingerprint:
        return wanted.fingerprint
    others = (load(study.layout, name).spec.denoiser for name in names(study.layout))
    return next((other.fingerprint for other in others if other.source == wanted.source), "")


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
