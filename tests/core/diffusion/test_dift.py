"""DIFT features against a plain loop: noise by noise, picture by picture, box by box."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from core.diffusion.dift import look, pool
from core.specs import FeatureSpec
from tests.core.diffusion.conftest import PROMPTS

SPEC = FeatureSpec(t=161, up_block=1, noises=3, seed=9)
BOXES = [(0, 0, 16, 16), (3, 1, 7, 7), (9, 5, 5, 5), (17, 9, 7, 7), (0, 0, 24, 16)]


@pytest.fixture
def shown(tiny):
    """A model, three pictures' latents and a prompt each."""
    model = tiny(batch=2)
    pictures = np.random.default_rng(0).integers(0, 256, (3, 16, 24, 3), np.uint8)
    return model, model.encode(pictures), model.embed(PROMPTS[:3])


def plain_look(model, latent, text, spec):
    """The activations of one picture, one noise at a time, through the UNet's own forward."""
    seen = []
    handle = model.unet.up_blocks[spec.up_block].register_forward_hook(lambda *args: seen.append(args[2][0]))
    t = torch.tensor([spec.t])
    alpha = model.alphas[t].view(1, 1, 1, 1)
    for i in range(spec.noises):
        generator = np.random.Generator(np.random.Philox(np.random.SeedSequence((spec.seed, i))))
        eps = torch.from_numpy(generator.standard_normal(tuple(latent.shape), dtype=np.float32))
        with torch.no_grad():
            model.unet(alpha.sqrt() * latent[None] + (1 - alpha).sqrt() * eps, t, text[None])
    handle.remove()
    return (sum(seen) / len(seen)).numpy()


def plain_pool(seen, box, size):
    """The mean of every one of a box's pixels, each with the value of the cell it lies in."""
    fine = 12  # parts of a pixel, so that cells' edges between pixels are met
    height, width = size
    down = np.arange(height * fine) * seen.shape[1] // (height * fine)
    across = np.arange(width * fine) * seen.shape[2] // (width * fine)
    x, y, w, h = (number * fine for number in box)
    vector = seen[:, down[y : y + h]][:, :, across[x : x + w]].mean(axis=(1, 2))
    return vector / np.linalg.norm(vector)


def test_look__equals_the_plain_loop(shown):
    model, latents, text = shown
    found = look(model, latents, text, SPEC)
    plain = np.stack([plain_look(model, *one, SPEC) for one in zip(latents, text, strict=True)])
    assert np.abs(plain[0] - plain[1]).max() > 1e-2
    np.testing.assert_allclose(found, plain, rtol=1e-4, atol=1e-4)


def test_look__t_is_a_share_of_the_diffusion(shown):
    model, latents, text = shown
    at = look(model, latents[:1], text[:1], SPEC)
    model.steps = 2000  # the same alphas, read as those of a diffusion of 2000 steps
    later = look(model, latents[:1], text[:1], FeatureSpec(t=100, noises=3, seed=9))
    plain = plain_look(model, latents[0], text[0], FeatureSpec(t=200, noises=3, seed=9))
    np.testing.assert_allclose(later[0], plain, rtol=1e-4, atol=1e-4)
    assert np.abs(later - at).max() > 1e-3


@pytest.mark.parametrize("cells", [(8, 12), (5, 7)], ids=["whole pixels a cell", "cells that cut pixels"])
@pytest.mark.parametrize("box", BOXES)
def test_pool__equals_the_plain_mean(cells, box):
    seen = np.random.default_rng(1).normal(size=(6, *cells)).astype(np.float32)
    size = (16, 24)
    if cells == (5, 7):
        size = (15, 28)  # 3 and 4 pixels a cell: every edge lies on a twelfth of a pixel
    vector = pool(seen, box, size)
    assert vector.dtype == np.float16 and vector.shape == (6,)
    assert np.linalg.norm(vector.astype(np.float64)) == pytest.approx(1, abs=2e-3)
    np.testing.assert_allclose(vector, plain_pool(seen, box, size), atol=1e-3)


def test_pool__cells_that_lie_partly_in_the_box_count_by_that_part():
    seen = np.array([[[1.0, 0.0], [1.0, 0.0]], [[0.0, 1.0], [0.0, 1.0]]], np.float32)
    vector = pool(seen, (3, 0, 4, 4), (4, 8))  # one of its four columns lies in the left cells
    np.testing.assert_allclose(vector, np.array([0.25, 0.75]) / np.hypot(0.25, 0.75), atol=1e-3)


def test_pool__equals_itself_at_any_size_of_activations():
    vector = pool(np.full((4, 3, 3), 1e4, np.float32), (0, 0, 8, 8), (8, 8))
    np.testing.assert_allclose(vector, 0.5, atol=1e-3)
    assert not pool(np.zeros((4, 3, 3), np.float32), (0, 0, 8, 8), (8, 8)).any()


def test_a_vector_depends_on_no_other_picture(tiny, shown):
    _, latents, text = shown
    vectors = []
    for batch in (1, 4, 64):
        model = tiny(batch=batch)
        together = look(model, latents, text, SPEC)
        alone = look(model, latents[1:2], text[1:2], SPEC)
        vectors += [pool(seen, BOXES[1], (16, 24)) for seen in (together[1], alone[0])]
    for vector in vectors:
        np.testing.assert_allclose(vector, vectors[0], atol=1e-3)
