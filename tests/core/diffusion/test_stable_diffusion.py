"""The denoiser: its targets, latents and features, and the models it refuses."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from diffusers import AutoencoderKL, AutoencoderTiny, DDPMScheduler
from transformers import CLIPTextConfig, CLIPTextModel

from core.config import Settings
from core.diffusion.loading import fingerprint
from core.diffusion.machine import choose
from core.diffusion.stable_diffusion import StableDiffusion, denoiser, encode
from core.errors import UserError
from core.specs import DenoiserSpec
from tests.core.diffusion.conftest import PROMPTS, make_parts

CPU = Settings(device="cpu", dtype="float32", _env_file=None)


def draw(*shape: int) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(sum(shape)))


def pictures(count: int = 2) -> np.ndarray:
    return np.random.default_rng(count).integers(0, 256, (count, 16, 24, 3), np.uint8)


@pytest.mark.parametrize("up_block", [0, 1])
def test_features__are_what_a_hook_sees_and_nothing_after_is_computed(tiny, up_block):
    model = tiny()
    noised, t, text = draw(2, 4, 8, 8), torch.tensor([5, 161]), model.embed(PROMPTS[:2])
    seen = []
    block = model.unet.up_blocks[up_block]
    handle = block.register_forward_hook(lambda module, args, output: seen.append(output.clone()))
    with torch.no_grad():
        model.unet(noised, t, text)
    handle.remove()
    called = []
    for name, module in [*model.unet.up_blocks.named_children(), ("conv_out", model.unet.conv_out)]:
        module.register_forward_hook(lambda module, args, output, name=name: called.append(name))
    found = model.features(noised, t, text, up_block)
    torch.testing.assert_close(found, seen[0], rtol=1e-5, atol=1e-6)
    assert found.dtype == torch.float32 and found[0].std() > 0
    assert called == ["0", "1"][: up_block + 1]
    model.predict(noised, t, text[None])
    assert called[-1] == "conv_out"  # the UNet runs to its end again


@pytest.mark.parametrize("up_block", [-1, 2])
def test_features__of_no_such_block(tiny, up_block):
    model = tiny()
    with pytest.raises(UserError, match=f"up-blocks 0 to 1; there is no up-block {up_block}"):
        model.features(draw(1, 4, 8, 8), torch.tensor([1]), model.embed(PROMPTS[:1]), up_block)


def test_noised_and_target__agree_with_diffusers(tiny):
    latents, eps, t = draw(3, 4, 8, 8), draw(3, 4, 8, 9)[..., :8], torch.tensor([0, 161, 999])
    for kind in ("epsilon", "v_prediction", "sample"):
        model, scheduler = tiny(kind), make_parts(kind).scheduler
        torch.testing.assert_close(model.noised(latents, eps, t), scheduler.add_noise(latents, eps, t))
        expected = {
            "epsilon": eps, "sample": latents, "v_prediction": scheduler.get_velocity(latents, eps, t)
        }[kind]  # fmt: skip
        torch.testing.assert_close(model.target(latents, eps, t), expected)


def test_unknown_prediction_type(tiny):
    parts = make_parts()
    flow = DDPMScheduler.from_config({**parts.scheduler.config, "prediction_type": "flow"})
    with pytest.raises(UserError, match=r'"flow".*epsilon, v_prediction or sample'):
        StableDiffusion(replace(parts, scheduler=flow), choose(CPU))


def test_text_encoder_of_another_width():
    parts = make_parts()
    config = CLIPTextConfig.from_dict({**parts.text_encoder.config.to_dict(), "hidden_size": 32})
    with pytest.raises(UserError, match="width 16, but the text encoder makes 32"):
        StableDiffusion(replace(parts, text_encoder=CLIPTextModel(config)), choose(CPU))


def test_tokenizer_of_another_text_encoder():
    parts = make_parts()
    config = CLIPTextConfig.from_dict({**parts.text_encoder.config.to_dict(), "vocab_size": 100})
    with pytest.raises(UserError, match="but the text encoder knows 100"):
        StableDiffusion(replace(parts, text_encoder=CLIPTextModel(config)), choose(CPU))


def test_latents__of_autoencoder_kl_are_its_mean_times_the_scale(tiny):
    vae = tiny().vae
    assert isinstance(vae, AutoencoderKL)
    vae.register_to_config(shift_factor=0.25)
    pixels = torch.from_numpy(pictures()).permute(0, 3, 1, 2) / 127.5 - 1
    with torch.no_grad():
        mean = vae.encode(pixels).latent_dist.mean
        torch.testing.assert_close(encode(vae, pictures()), (mean - 0.25) * vae.config.scaling_factor)


def test_latents__of_autoencoder_tiny(tiny):
    model = tiny(tiny_autoencoder=True)
    assert isinstance(model.vae, AutoencoderTiny)
    pixels = torch.from_numpy(pictures()).permute(0, 3, 1, 2) / 127.5 - 1
    with torch.no_grad():
        latents = model.vae.encoder(pixels) * model.vae.config.scaling_factor
    found = model.encode(pictures())
    assert found.shape == (2, 4, 4, 6) and found.std() > 0
    torch.testing.assert_close(found, latents, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("tiny_autoencoder", [False, True])
def test_multiple__is_the_smallest_side_the_unet_takes(tiny, tiny_autoencoder):
    model = tiny(tiny_autoencoder=tiny_autoencoder)
    assert model.multiple == {False: 4, True: 8}[tiny_autoencoder]
    side, text = model.multiple, model.embed(PROMPTS[:1])
    latents = model.encode(pictures(1)[:, :side, :side])
    assert latents.shape[2:] == (2, 2)
    assert model.predict(latents, torch.tensor([5]), text[None]).shape == (1, *latents.shape)


def test_predict__of_many_conditions_is_that_of_each(tiny):
    model = tiny()
    noised, t, text = (
        draw(2, 4, 8, 8),
        torch.tensor([5, 700]),
        model.embed(PROMPTS).unsqueeze(1).expand(-1, 2, -1, -1),
    )
    together = model.predict(noised, t, text)
    with torch.no_grad():
        apart = torch.stack([model.unet(noised, t, one).sample for one in text])
    torch.testing.assert_close(together, apart, rtol=1e-4, atol=1e-5)


def test_embed__a_prompt_too_long_is_cut(tiny):
    model = tiny()
    assert model.embed(["A street in Prague. " * 50]).shape == (1, 16, 16)


def test_denoiser__whose_files_changed_is_another(tiny_folder):
    known = DenoiserSpec(str(tiny_folder), fingerprint=fingerprint(DenoiserSpec(str(tiny_folder))))
    assert denoiser(known, CPU) is denoiser(known, CPU)
    with pytest.raises(UserError, match="not the one this study was begun with"):
        denoiser(replace(known, fingerprint="0" * 12), CPU)
