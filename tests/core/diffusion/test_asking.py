"""Typicality against a plain loop: one picture, one sample, one condition at a time."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from core.diffusion.asking import ask, in_batches, same_shape_groups
from core.diffusion.noise import noise_samples
from core.errors import UserError
from core.specs import NoiseSpec

SPEC = NoiseSpec(samples=6, seed=3)


def plain_loop(model, latents, text, conditions, samples):
    """Eq. 3 as it is written, through the UNet's own forward."""
    typicality, change = [], []
    for picture, rows in zip(latents, conditions, strict=True):
        for row in rows[1:]:
            for i in range(len(samples)):
                t = torch.tensor([int(samples.t[i])])
                eps = torch.from_numpy(samples.eps(i, tuple(picture.shape)))[None]
                alpha = model.alphas[t].view(1, 1, 1, 1)
                noised = alpha.sqrt() * picture + (1 - alpha).sqrt() * eps
                target = {
                    "epsilon": eps,
                    "sample": picture[None],
                    "v_prediction": alpha.sqrt() * eps - (1 - alpha).sqrt() * picture,
                }[model.prediction_type]
                with torch.no_grad():
                    null, told = (model.unet(noised, t, text[[r]]).sample for r in (rows[0], row))
                typicality.append(((null - target) ** 2 - (told - target) ** 2).mean(1)[0].numpy())
                change.append(((null - told) ** 2).mean(1)[0].numpy())
    shape = (len(latents), conditions.shape[1] - 1, len(samples), *latents.shape[2:])
    return np.reshape(typicality, shape), np.reshape(change, shape)


@pytest.mark.parametrize("prediction_type", ["epsilon", "v_prediction", "sample"])
@pytest.mark.parametrize("grey", [False, True])
def test_ask__equals_the_plain_loop(tiny, prediction_type, grey):
    model = tiny(prediction_type)
    pictures = np.random.default_rng(0).integers(0, 256, (2, 16, 24, 3), np.uint8)
    if grey:
        pictures = np.repeat(pictures[..., :1], 3, axis=-1)
    latents, text = (
        model.encode(pictures),
        model.embed(["A street.", "A street in Prague.", "A street in Kyoto."]),
    )
    conditions = np.array([[0, 1, 2], [0, 2, 1]])
    samples = noise_samples(SPEC, model.steps)
    answers = ask(model, latents, text, conditions, samples, range(len(samples)))
    typicality, change = plain_loop(model, latents, text, conditions, samples)
    assert answers.typicality.shape == (2, 2, 6, 8, 12)
    assert np.abs(typicality).max() > 1e-4
    np.testing.assert_allclose(answers.typicality, typicality, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(answers.change, change, rtol=1e-4, atol=1e-5)


def test_ask__batch_size_changes_nothing_but_rounding(tiny):
    pictures = np.random.default_rng(1).integers(0, 256, (3, 16, 16, 3), np.uint8)
    conditions = np.array([[0, 1]] * 3)
    results = []
    for batch in (2, 6, 64):
        model = tiny(batch=batch)
        text = model.embed(["A street.", "A street in Prague."])
        samples = noise_samples(SPEC, model.steps)
        results.append(ask(model, model.encode(pictures), text, conditions, samples, range(6)).typicality)
    np.testing.assert_allclose(results[0], results[1], rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(results[0], results[2], rtol=1e-4, atol=1e-5)


def test_ask__two_halves_are_the_whole(tiny):
    model = tiny()
    pictures = np.random.default_rng(2).integers(0, 256, (1, 16, 16, 3), np.uint8)
    latents, text = model.encode(pictures), model.embed(["A street.", "A street in Prague."])
    samples, conditions = noise_samples(SPEC, model.steps), np.array([[0, 1]])
    whole = ask(model, latents, text, conditions, samples, range(6))
    parts = [ask(model, latents, text, conditions, samples, part) for part in (range(2), range(2, 6))]
    joined = np.concatenate([part.typicality for part in parts], axis=2)
    np.testing.assert_allclose(whole.typicality, joined, rtol=1e-4, atol=1e-5)


def test_encode__is_the_posterior_mean_and_depends_on_no_other_picture(tiny):
    model = tiny()
    pictures = np.random.default_rng(3).integers(0, 256, (2, 16, 16, 3), np.uint8)
    torch.manual_seed(1)
    together = model.encode(pictures)
    torch.manual_seed(2)
    assert torch.equal(together[1:], model.encode(pictures[1:]))
    pixels = torch.from_numpy(pictures[:1]).permute(0, 3, 1, 2) / 127.5 - 1
    mean = model.vae.encode(pixels).latent_dist.mean * model.vae.config.scaling_factor
    torch.testing.assert_close(together[:1], mean)


def test_in_batches__halves_when_memory_runs_out():
    seen = []

    def work(rows):
        if len(rows) > 3:
            raise torch.OutOfMemoryError("too much")
        seen.append(len(rows))
        return rows * 2

    result = torch.cat(list(in_batches(torch.arange(10), 8, work)))
    assert torch.equal(result, torch.arange(10) * 2)
    assert max(seen) == 2


def test_in_batches__one_row_that_does_not_fit_is_said_so():
    def work(rows):
        raise torch.OutOfMemoryError("too much")

    with pytest.raises(UserError, match="smaller picture size"):
        list(in_batches(torch.arange(4), 2, work))


def test_in_batches__other_faults_are_not_hidden():
    def work(rows):
        raise RuntimeError("shapes do not match")

    with pytest.raises(RuntimeError, match="shapes"):
        list(in_batches(torch.arange(4), 2, work))


def test_same_shape_groups():
    a, b = (8, 8), (8, 12)
    groups = list(same_shape_groups([a, a, a, b, b, a], most=2))
    assert groups == [slice(0, 2), slice(2, 3), slice(3, 5), slice(5, 6)]
