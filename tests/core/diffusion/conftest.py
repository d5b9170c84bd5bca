"""A Stable-Diffusion-shaped model of a few thousand parameters: every part real, only tiny."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from diffusers import AutoencoderKL, AutoencoderTiny, DDPMScheduler, UNet2DConditionModel
from transformers import CLIPTextConfig, CLIPTextModel

from core.config import Settings
from core.diffusion.loading import Parts
from core.diffusion.machine import choose
from core.diffusion.recipe import save_model
from core.diffusion.small import small_text
from core.diffusion.stable_diffusion import StableDiffusion

PROMPTS = ("A street in Prague.", "A street in Kyoto.", "A street in Paris.", "A street.")


def make_parts(prediction_type: str = "epsilon", tiny_autoencoder: bool = False) -> Parts:
    """Random weights, the same every time."""
    torch.manual_seed(0)
    unet = UNet2DConditionModel(
        sample_size=8, in_channels=4, out_channels=4, block_out_channels=(8, 16), layers_per_block=1,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        cross_attention_dim=16, attention_head_dim=2, norm_num_groups=4,
    )  # fmt: skip
    for parameter in unet.conv_out.parameters():
        # diffusers starts the last layer near zero; a model that always answers zero would test nothing.
        torch.nn.init.normal_(parameter, std=0.2)
    if tiny_autoencoder:
        vae = AutoencoderTiny(
            encoder_block_out_channels=(8, 8, 8), decoder_block_out_channels=(8, 8, 8),
            num_encoder_blocks=(1, 1, 1), num_decoder_blocks=(1, 1, 1),
        )  # fmt: skip
    else:
        vae = AutoencoderKL(
            block_out_channels=(8, 8), down_block_types=("DownEncoderBlock2D",) * 2,
            up_block_types=("UpDecoderBlock2D",) * 2, latent_channels=4, norm_num_groups=4,
        )  # fmt: skip
    tokenizer, _ = small_text(PROMPTS)
    text_encoder = CLIPTextModel(
        CLIPTextConfig(
            vocab_size=len(tokenizer), hidden_size=16, intermediate_size=32, num_hidden_layers=1,
            num_attention_heads=2, max_position_embeddings=16, eos_token_id=tokenizer.eos_token_id,
        )
    )  # fmt: skip
    scheduler = DDPMScheduler(beta_schedule="scaled_linear", steps_offset=1, prediction_type=prediction_type)
    return Parts(unet.eval(), vae.eval(), text_encoder.eval(), tokenizer, scheduler)


@pytest.fixture
def tiny() -> Callable[..., StableDiffusion]:
    """Makes a tiny denoiser in float32 on the CPU."""

    def make(
        prediction_type: str = "epsilon", batch: int = 8, tiny_autoencoder: bool = False
    ) -> StableDiffusion:
        machine = choose(Settings(device="cpu", dtype="float32"))
        return StableDiffusion(make_parts(prediction_type, tiny_autoencoder), machine, batch)

    return make


@pytest.fixture(scope="session")
def tiny_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A whole diffusers folder."""
    folder = tmp_path_factory.mktemp("models") / "tiny"
    save_model(make_parts(), folder, {"made": "by a test"})
    return folder
