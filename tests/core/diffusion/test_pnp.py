"""Plug-and-Play against a plain loop over source, null and target, and what must hold of it."""

from __future__ import annotations

import dataclasses
from itertools import pairwise

import numpy as np
import pytest
import torch

from core.diffusion.ddim import invert, moved, noise_in, times
from core.diffusion.injection import Injection
from core.diffusion.pnp import Prompts, translate
from core.errors import UserError
from core.specs import TranslateSpec
from tests.core.diffusion.conftest import PROMPTS

SPEC = TranslateSpec(steps=5, guidance=3.0, features=0.8, attention=0.6, up_block=0)
LABELS, NULL = PROMPTS[:3], PROMPTS[3]


def asked(model, own=(0, 1), targets=((1, 2), (0, 2))):
    """Latents of as many pictures as have a label, and what is said about them."""
    pictures = np.random.default_rng(0).integers(0, 256, (len(own), 16, 24, 3), np.uint8)
    text = model.embed(LABELS)
    return model.encode(pictures), Prompts(
        model.embed([NULL] * len(own)), text[list(own)], text[torch.tensor(targets)]
    )


def plain_translate(model, latent, prompts, target, spec):
    """One source and one target in one batch of three, as the released code has it: the first third of what
    each layer says is copied over the others."""
    block = model.unet.up_blocks[spec.up_block]
    layers = {"features": [block.resnets[1].conv2], "attention": []}
    for attention in [*block.attentions[1:]]:
        inner = attention.transformer_blocks[0].attn1
        layers["attention"] += [inner.to_q, inner.to_k]
    walk = times(spec.steps, model.steps)
    source = invert(model, latent[None], prompts.own[:1], spec.steps)
    x = source.clone()
    text = torch.stack([prompts.own[0], prompts.null[0], target])
    for number, (start, end) in enumerate(pairwise(reversed(walk))):
        handles = [
            layer.register_forward_hook(lambda module, args, output: torch.cat([output[:1]] * 3))
            for name, share in (("features", spec.features), ("attention", spec.attention))
            if number < int(share * spec.steps)
            for layer in layers[name]
        ]
        batch = torch.cat([source, x, x])
        with torch.no_grad():
            predicted = model.unet(batch, torch.tensor([start] * 3), text).sample
        for handle in handles:
            handle.remove()
        own, null, told = (
            noise_in(model, z[None], p[None], start) for z, p in zip(batch, predicted, strict=True)
        )
        source = moved(model, source, own, start, end)
        x = moved(model, x, null + spec.guidance * (told - null), start, end)
    return source[0], x[0]


@pytest.mark.parametrize("kind", ["epsilon", "v_prediction"])
def test_translate__equals_the_plain_loop(tiny, kind):
    model = tiny(kind)
    latents, prompts = asked(model, (0,), ((1, 2),))
    found = translate(model, latents, prompts, SPEC)
    for k in range(2):
        back, there = plain_translate(model, latents[0], prompts, prompts.targets[0, k], SPEC)
        torch.testing.assert_close(found.reconstructed[0], back, rtol=1e-3, atol=1e-3)
        torch.testing.assert_close(found.translations[0, k], there, rtol=1e-3, atol=1e-3)
    assert (found.translations[0, 0] - found.translations[0, 1]).abs().max() > 1e-2


@pytest.mark.parametrize("shares", [(0.0, 0.0), (0.8, 0.5), (1.0, 1.0)])
def test_translate__to_its_own_label_injection_changes_nothing(tiny, shares):
    model = tiny()
    latents, prompts = asked(model, (0, 1), ((0,), (1,)))
    spec = dataclasses.replace(SPEC, guidance=1.0, features=shares[0], attention=shares[1])
    found = translate(model, latents, prompts, spec)
    torch.testing.assert_close(found.translations[:, 0], found.reconstructed, rtol=1e-4, atol=1e-4)


def test_translate__full_injection_keeps_the_layout(tiny):
    model = tiny()
    latents, prompts = asked(model)
    apart = {}
    for share in (0.0, 1.0):
        found = translate(model, latents, prompts, dataclasses.replace(SPEC, features=share, attention=share))
        apart[share] = float((found.translations - found.reconstructed[:, None]).square().mean())
    assert 0 < apart[1.0] < 0.8 * apart[0.0]


def test_put__layers_say_what_they_said_of_the_source(tiny):
    model = tiny()
    latents, prompts = asked(model)
    injection, t = Injection(model.unet, 0), torch.tensor([500, 500])
    with injection.noted() as noted:
        model.predict(latents, t, prompts.own[None])
    assert len(noted) == 3  # a residual block; queries and keys of one self-attention
    said: list[torch.Tensor] = []
    with injection.put(noted, torch.tensor([1, 0]), features=True, attention=False):
        handle = injection.features[0].register_forward_hook(lambda *args: said.append(args[2]))
        model.predict(latents.flip(0) + 1, t, prompts.own[None])
        handle.remove()
    assert torch.equal(said[0], noted[injection.features[0]].flip(0))


def test_injection__leaves_no_hook_behind(tiny):
    model = tiny()
    latents, prompts = asked(model)
    translate(model, latents, prompts, SPEC)
    with pytest.raises(RuntimeError), Injection(model.unet, 0).noted():
        model.predict(latents, torch.tensor([5, 5]), prompts.own[None, :, :, :3])
    assert not any(module._forward_hooks for module in model.unet.modules())
    with pytest.raises(UserError, match="up-blocks 0 to 1; there is no up-block 2"):
        Injection(model.unet, 2)


def test_translate__nothing_is_drawn(tiny):
    model = tiny()
    latents, prompts = asked(model)
    state = torch.random.get_rng_state()
    first, second = (translate(model, latents, prompts, SPEC) for _ in range(2))
    assert torch.equal(torch.random.get_rng_state(), state)
    assert torch.equal(first.translations, second.translations)


def test_translate__depends_on_no_batch_and_no_other_picture(tiny):
    latents, prompts = asked(tiny())
    found = translate(tiny(batch=64), latents, prompts, SPEC).translations
    for batch in (1, 3):
        other = translate(tiny(batch=batch), latents, prompts, SPEC).translations
        torch.testing.assert_close(other, found, rtol=1e-3, atol=2e-3)
    alone = Prompts(prompts.null[1:], prompts.own[1:], prompts.targets[1:])
    torch.testing.assert_close(
        translate(tiny(), latents[1:], alone, SPEC).translations[0], found[1], rtol=1e-3, atol=2e-3
    )


def test_translate__a_batch_that_does_not_fit_is_halved(tiny):
    model, small = tiny(), tiny()
    latents, prompts = asked(model)
    predict = small.predict

    def cramped(noised, t, text):
        if len(noised) > 1:
            raise torch.OutOfMemoryError("not enough memory")
        return predict(noised, t, text)

    small.predict = cramped
    found, expected = (translate(one, latents, prompts, SPEC) for one in (small, model))
    torch.testing.assert_close(found.translations, expected.translations, rtol=1e-3, atol=2e-3)


def test_translate__passes_are_as_few_as_said(tiny):
    model = tiny()
    latents, prompts = asked(model)
    seen: list[int] = []
    model.unet.conv_out.register_forward_hook(lambda module, args, output: seen.append(len(output)))
    translate(model, latents, prompts, SPEC)
    n, k, steps = 2, 2, SPEC.steps
    assert sum(seen) == n * (2 * steps + (1 + k) + (steps - 1) * 2 * k)
