"""One picture through the noise and back, with a tiny model."""

from __future__ import annotations

import io
import itertools
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from core.config import Settings
from core.diffusion.explain import DRAWS, LEVELS, SAMPLES, Explaining
from core.diffusion.restoring import clean, decode
from core.errors import UserError
from core.specs import DenoiserSpec, FrameSpec, StudySpec
from core.store import explained
from core.study import Study
from tests.core.tiny import draw_picture


@pytest.fixture
def study(tmp_path: Path, tiny_folder: Path) -> Study:
    for number, label in enumerate(("Kyoto", "Prague")):
        (tmp_path / "streets" / label).mkdir(parents=True)
        draw_picture(tmp_path / "streets" / label / f"{number}.png", number, (64, 48))
    spec = StudySpec("label", denoiser=DenoiserSpec(str(tiny_folder)), frame=FrameSpec(32))
    settings = Settings(cache=tmp_path / "cache", device="cpu", dtype="float32")
    return Study.create("tiny", str(tmp_path / "streets"), spec, settings)


def explain(study: Study) -> explained.Explanation:
    work = Explaining(study, "Prague", study.pictures.index[study.pictures["label"] == "Prague"][0])
    assert len(list(work)) == len(work)
    return work.explanation


def pixels(frame: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(frame)) as picture:
        return np.asarray(picture.convert("RGB")).astype(int)


@pytest.mark.parametrize("prediction_type", ["epsilon", "v_prediction", "sample"])
def test_clean__a_perfect_prediction_gives_the_latents_back(tiny, prediction_type: str) -> None:
    model = tiny(prediction_type)
    latents, eps = torch.randn(2, 2, 4, 8, 8, generator=torch.Generator().manual_seed(0))
    t = torch.tensor([100, 900])
    noised = model.noised(latents, eps, t)
    assert torch.allclose(clean(model, noised, model.target(latents, eps, t), t), latents, atol=1e-4)


@pytest.mark.parametrize("tiny_autoencoder", [False, True])
def test_decode__gives_pictures_of_the_size_that_was_encoded(tiny, tiny_autoencoder: bool) -> None:
    model = tiny(tiny_autoencoder=tiny_autoencoder)
    picture = np.random.default_rng(0).integers(0, 255, (1, 32, 48, 3), dtype=np.uint8)
    back = decode(model, model.encode(picture))
    assert back.shape == picture.shape and back.dtype == np.uint8


def test_explaining__is_kept_whole_and_read_back(study: Study) -> None:
    made = explain(study)
    again = explained.read(study.layout, "tiny")
    assert again == made
    assert again.label == "Prague" and again.prompt == "A picture of Prague." and again.null == "A picture."
    assert {kind: len(frames) for kind, frames in again.frames.items()} == {
        "noised": len(LEVELS), "restored": len(LEVELS), "told": len(LEVELS), "averaged": len(SAMPLES),
    }  # fmt: skip
    assert sum(len(frame) for frames in again.frames.values() for frame in frames) < 1_000_000
    assert not list(study.layout.study("tiny").glob("*.tmp"))


def test_explaining__twice_gives_the_same(study: Study) -> None:
    assert explain(study) == explain(study)


def test_explaining__losses_are_those_of_a_plain_loop(study: Study) -> None:
    from core.diffusion.noise import noise_samples
    from core.diffusion.pictures import framed
    from core.diffusion.stable_diffusion import denoiser
    from core.specs import NoiseSpec
    from core.stages import stage

    made, named = explain(study), study.identified()
    model = denoiser(named.spec.denoiser, named.settings)
    own = named.pictures.index[named.pictures["label"] == "Prague"]
    (picture,) = framed(named.inputs_for(stage("screen")), own, model.multiple)
    latents, samples = model.encode(picture.pixels[None]), noise_samples(NoiseSpec(DRAWS, antithetic=False))
    t = torch.tensor([int(LEVELS[3] * model.steps)])
    for prompt, found in ((made.null, made.loss[3]), (made.prompt, made.loss_told[3])):
        text, total = model.embed([prompt])[:, None], 0.0
        for i in range(DRAWS):
            eps = torch.from_numpy(samples.eps(i, tuple(latents.shape[1:])))[None]
            predicted = model.predict(model.noised(latents, eps, t), t, text)[0]
            total += float((predicted - eps).square().mean())
        assert found == pytest.approx(total / DRAWS, rel=1e-4)


def test_explaining__more_samples_change_the_map_less_and_less(study: Study) -> None:
    frames = [pixels(frame) for frame in explain(study).frames["averaged"]]
    steps = [np.abs(after - before).mean() for before, after in itertools.pairwise(frames)]
    assert steps[0] > steps[-1]


def test_explaining__an_unknown_label_is_refused(study: Study) -> None:
    with pytest.raises(UserError, match="Kyoto, Prague"):
        Explaining(study, "Rome", study.pictures.index[0])


def test_read__nothing_is_none_and_damage_is_said(study: Study) -> None:
    assert explained.read(study.layout, "tiny") is None
    explain(study)
    (study.layout.explained("tiny") / "told-03.webp").unlink()
    with pytest.raises(UserError, match="python -m core demo explain"):
        explained.read(study.layout, "tiny")
