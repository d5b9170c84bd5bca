"""Which model a study asks, by whatever name: a preset of the paper, a base, one trained here, a folder."""

from __future__ import annotations

import dataclasses

from core.published import TAESD, base, published
from core.specs import DenoiserSpec, StudySpec
from core.store import models
from core.store.layout import Layout


def asked_of(
    layout: Layout, spec: StudySpec, preset: str = "", denoiser: str = "", autoencoder: str = ""
) -> StudySpec:
    """The spec asked of another model, all else as it is unless a preset says otherwise.

    Args:
        layout: where models trained here lie.
        spec: what is asked so far.
        preset: the key of one of `PUBLISHED`; its own model is asked unless `denoiser` names another.
        denoiser: a base's key, a model's name, a diffusers folder or a hub id; empty keeps the model.
        autoencoder: a folder or hub id, or "taesd"; empty keeps the model's own.

    Raises:
        UserError: there is no such preset or model.
    """
    known = base(denoiser)
    if preset:
        spec = published(preset).applied(spec, known)
    elif known:
        spec = dataclasses.replace(spec, denoiser=known.denoiser)
    if denoiser and not known:
        spec = dataclasses.replace(spec, denoiser=models.denoiser(layout, denoiser))
    return with_autoencoder(spec, autoencoder) if autoencoder else spec


def with_autoencoder(spec: StudySpec, autoencoder: str | None) -> StudySpec:
    """The spec with the model's autoencoder replaced; None puts its own back."""
    wanted = TAESD if autoencoder == "taesd" else autoencoder
    if spec.denoiser.autoencoder == wanted:
        return spec
    changed: DenoiserSpec = dataclasses.replace(spec.denoiser, autoencoder=wanted, fingerprint="")
    return dataclasses.replace(spec, denoiser=changed)
