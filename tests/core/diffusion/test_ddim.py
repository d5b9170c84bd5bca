"""There and back through the diffusion, for every kind of prediction."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import torch

from core.diffusion.ddim import invert, moved, noise_in, times, told
from core.errors import UserError
from tests.core.diffusion.conftest import PROMPTS

KINDS = ("epsilon", "v_prediction", "sample")


def latents_of(model, count: int = 2) -> torch.Tensor:
    pictures = np.random.default_rng(0).integers(0, 256, (count, 16, 24, 3), np.uint8)
    return model.encode(pictures)


def back(model, noise: torch.Tensor, text: torch.Tensor, steps: int) -> torch.Tensor:
    """Plain DDIM sampling without guidance."""
    for start, end in pairwise(reversed(times(steps, model.steps))):
        noise = moved(model, noise, told(model, noise, text, start), start, end)
    return noise


def test_times__are_those_of_stable_diffusions_scheduler():
    from diffusers import DDIMScheduler

    scheduler = DDIMScheduler(steps_offset=1)
    for steps in (10, 20, 50):
        scheduler.set_timesteps(steps)
        assert times(steps, 1000)[1:] == tuple(reversed(scheduler.timesteps.tolist()))
    assert times(999, 1000) == tuple(range(1000))


@pytest.mark.parametrize("steps", [0, 1000])
def test_times__what_does_not_fit_is_refused(steps):
    with pytest.raises(UserError, match=f"cannot take {steps} steps"):
        times(steps, 1000)


@pytest.mark.parametrize("kind", KINDS)
def test_noise_in__a_perfect_prediction_holds_the_noise(tiny, kind):
    model = tiny(kind)
    latents, eps = torch.randn(2, 2, 4, 8, 8, generator=torch.Generator().manual_seed(0))
    t = torch.tensor([300, 300])
    noised = model.noised(latents, eps, t)
    torch.testing.assert_close(noise_in(model, noised, model.target(latents, eps, t), 300), eps)


def test_moved__along_the_true_noise_is_exact(tiny):
    model = tiny()
    latents, eps = torch.randn(2, 2, 4, 8, 8, generator=torch.Generator().manual_seed(0))
    early, late = (model.noised(latents, eps, torch.tensor([t, t])) for t in (40, 900))
    torch.testing.assert_close(moved(model, early, eps, 40, 900), late, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(moved(model, late, eps, 900, 40), early, rtol=1e-4, atol=1e-4)


def knowing(model, variance: float):
    """The same model as though it had learned all there is to know of pictures that are noise themselves: of
    a Gaussian of that variance the best prediction is a formula."""

    def predict(noised, t, text):
        alpha = model.alphas[t].view(-1, 1, 1, 1)
        signal, noise = alpha.sqrt(), (1 - alpha).sqrt()
        clean = signal * variance * noised / (alpha * variance + 1 - alpha)
        return model.target(clean, (noised - signal * clean) / noise, t)[None]

    model.predict = predict
    return model


def misses(model, latents: torch.Tensor, text: torch.Tensor, steps: int) -> float:
    """By how much of its spread a latent comes back changed."""
    returned = back(model, invert(model, latents, text, steps), text, steps)
    return float((returned - latents).square().mean().sqrt() / latents.std())


@pytest.mark.parametrize("kind", KINDS)
def test_invert__comes_back_the_closer_the_more_steps(tiny, kind):
    model = tiny(kind)
    latents, text = latents_of(model), model.embed(PROMPTS[:2])
    model = knowing(model, float(latents.var()))
    few, more, many, most = (misses(model, latents, text, steps) for steps in (5, 20, 80, 320))
    assert few > more > 4 * many > 16 * most
    assert most < 0.01


def test_invert__comes_back_through_a_unet(tiny):
    model = tiny("v_prediction")
    for parameter in model.unet.conv_out.parameters():
        parameter.mul_(0.1)  # random weights at full strength are no denoiser: they lead anywhere
    latents, text = latents_of(model), model.embed(PROMPTS[:2])
    few, more, many = (misses(model, latents, text, steps) for steps in (5, 20, 80))
    assert few > 4 * more > 16 * many
    assert many < 0.01


@pytest.mark.parametrize("kind", KINDS)
def test_invert__costs_one_pass_a_step_and_depends_on_no_batch(tiny, kind):
    whole, single = tiny(kind, batch=8), tiny(kind, batch=1)
    latents, text = latents_of(whole, 3), whole.embed(PROMPTS[:3])
    seen: list[int] = []
    whole.unet.conv_in.register_forward_hook(lambda module, args, output: seen.append(len(output)))
    found = invert(whole, latents, text, 6)
    assert sum(seen) == 6 * 3
    torch.testing.assert_close(invert(single, latents, text, 6), found, rtol=1e-3, atol=1e-3)
    torch.testing.assert_close(invert(whole, latents[1:2], text[1:2], 6), found[1:2], rtol=1e-3, atol=1e-3)
