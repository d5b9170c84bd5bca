"""How long a pass of the UNet and a step of a training take on this machine, as far as that is known.

From earlier runs and trainings, or from a few seconds of trying (`core/trying.py`): the latest counts.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Any

from core.errors import UserError
from core.specs import DenoiserSpec, digest
from core.store import models, paces
from core.store.artifacts import manifests
from core.store.layout import Layout
from core.store.paces import Pace
from core.store.studies import load, names
from core.study import Study
from core.train_spec import TrainSpec


def of_a_pass(study: Study, training: TrainSpec | None = None) -> float | None:
    """Seconds a pass takes at this picture size, all workers together.

    Args:
        training: of the model this makes, which is asked then, instead of the study's own.
    """
    denoiser, size = study.spec.denoiser, study.spec.frame.size
    if training is not None:
        tried = paces.read(study.layout, trained_pass(training))
        return tried.seconds if tried else None
    known = _fingerprint(study)
    found = list(_measured(study, known)) if known else []
    tried = paces.read(study.layout, a_pass(denoiser, size))
    return max([*found, *([tried] if tried else [])]).seconds if found or tried else None


def of_a_step(layout: Layout, spec: TrainSpec) -> float | None:
    """Seconds a step of a training takes, at the pace of an earlier one of its kind, or as tried.

    Of its kind is one of the same base, or its base's own, at the same picture size. Its batch may have been
    another: time goes with it.
    """
    for name in models.names(layout):
        notes = models.training_notes(layout.model(name))
        pace: Any = notes.get("seconds_a_step")
        before: Any = notes.get("spec")
        with suppress(KeyError, TypeError, AttributeError):  # notes that are not ours
            related = before["base"] == spec.base or name == spec.base
            if related and isinstance(pace, float) and before["frame"]["size"] == spec.frame.size:
                return float(pace * spec.batch / before["batch"])
    tried = paces.read(layout, a_step(spec))
    return tried.seconds if tried else None


def a_pass(denoiser: DenoiserSpec, size: int) -> str:
    """What the pace of a denoiser's passes over pictures of that size is kept as."""
    return digest("pass", replace(denoiser, fingerprint=""), size)


def a_step(spec: TrainSpec) -> str:
    """What the pace of a training's steps is kept as: whatever changes the time of one is in it."""
    learns = spec.text, spec.lora_rank, spec.lora_modules
    return digest("step", spec.base, spec.autoencoder, spec.frame, spec.batch, *learns)


def trained_pass(spec: TrainSpec) -> str:
    """What the pace of the passes of a model yet to be trained is kept as."""
    return digest("pass of", a_step(spec))


def _measured(study: Study, fingerprint: str) -> Iterator[Pace]:
    """Of earlier runs, in seconds a pass."""
    wanted = (fingerprint, study.spec.frame.size)
    for facts in manifests(study.layout, "typicality"):
        with suppress(KeyError, TypeError, ValueError, ZeroDivisionError):  # a manifest that is not ours
            asked = facts["spec"]
            # Screening lets pictures go early, all labels share a null pass: their passes are not known.
            plain = not asked["screen"]["samples"] and asked["typicality"]["labels"] == "own"
            if plain and (asked["denoiser"], asked["frame"]["size"]) == wanted:
                number = 2 * facts["counts"]["maps"] * asked["typicality"]["noise"]["samples"]
                yield Pace(facts["finished"], facts["seconds"] / _at_once(facts) / number)


def _at_once(facts: dict[str, Any]) -> float:
    """How many workers shared a stage: their seconds over those that went by, unless it was resumed."""
    took = datetime.fromisoformat(facts["finished"]) - datetime.fromisoformat(facts["started"])
    return float(min(max(facts["seconds"] / max(took.total_seconds(), 1.0), 1.0), os.cpu_count() or 1))


def _fingerprint(study: Study) -> str:
    """The model's own where it is known, else that of another study which asks the same model."""
    wanted = study.spec.denoiser
    if wanted.fingerprint:
        return wanted.fingerprint
    for name in names(study.layout):
        with suppress(UserError):  # its own pages say what is wrong with it
            other = load(study.layout, name).spec.denoiser
            if other.source == wanted.source and other.fingerprint:
                return other.fingerprint
    return ""
