"""The shipped model's answers, so that a change of library or code that alters them is seen."""

from __future__ import annotations

import dataclasses

import cv2
import numpy as np
import pytest

from core.config import Settings
from core.demo import study as demo
from core.demo.scenes import STUDY_SEED, WORKED_ON, scene
from core.diffusion.asking import ask
from core.diffusion.dift import look
from core.diffusion.noise import noise_samples
from core.diffusion.stable_diffusion import StableDiffusion, denoiser
from core.specs import NoiseSpec
from core.study import Study


@pytest.fixture(scope="module")
def model() -> StableDiffusion:
    spec = Study.open(demo.NAME).spec.denoiser
    return denoiser(dataclasses.replace(spec), Settings(device="cpu", dtype="float32"))


@pytest.fixture(scope="module")
def picture() -> np.ndarray:
    size = (WORKED_ON, WORKED_ON)
    return cv2.resize(scene(STUDY_SEED, 0).picture, size, interpolation=cv2.INTER_AREA)


def test_latents(model, picture):
    latents = model.encode(picture[None]).numpy()
    assert latents.shape == (1, 4, 32, 32)
    np.testing.assert_allclose(latents[0, :3, 12, 10:13].ravel(), LATENTS, atol=2e-3)


def test_typicality(model, picture):
    samples = noise_samples(NoiseSpec(samples=4))
    text = model.embed([demo.PLACE.null, demo.PLACE.prompt("Prague")])
    answers = ask(model, model.encode(picture[None]), text, np.array([[0, 1]]), samples, range(4))
    found = answers.typicality[0, 0].mean(axis=0)[6:9, 11:14].ravel()
    np.testing.assert_allclose(found, TYPICALITY, atol=5e-3)


def test_features(model, picture):
    seen = look(
        model, model.encode(picture[None]), model.embed([demo.PLACE.prompt("Prague")]), demo.SPEC.features
    )
    np.testing.assert_allclose(seen[0, :3, 12, 10:13].ravel(), FEATURES, atol=2e-2)


LATENTS = [0.4363, 0.4023, -0.3416, -0.6935, -0.4461, -0.1194, 0.1025, -0.4275, -0.0826]
TYPICALITY = [0.0099, 0.0014, -0.0062, -0.0022, 0.0037, 0.0103, 0.0078, 0.0014, 0.0228]
FEATURES = [0.5644, 0.3167, 0.6298, 0.3379, 0.1636, 0.5288, -2.4742, -2.6469, -1.9015]
