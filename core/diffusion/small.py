"""A small model of Stable Diffusion's shape, for a few hundred pictures and no GPU.

The parts are those of Stable Diffusion 1.5, only smaller: 5.3M parameters in the UNet, a text model
of two layers with a vocabulary made from the prompts themselves, and, where none is given, an
autoencoder that shrinks pictures four times.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from diffusers import AutoencoderKL, DDPMScheduler, UNet2DConditionModel
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

WIDTH = 128
START, END = "<|startoftext|>", "<|endoftext|>"


def small_unet(latent_channels: int) -> UNet2DConditionModel:
    """Three levels; the text is heard at the lower two."""
    return UNet2DConditionModel(
        sample_size=32,
        in_channels=latent_channels,
        out_channels=latent_channels,
        block_out_channels=(48, 96, 128),
        layers_per_block=1,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
        cross_attention_dim=WIDTH,
        attention_head_dim=2,  # the number of heads: diffusers keeps the wrong name for old models' sake
        norm_num_groups=16,
    )


def small_autoencoder() -> AutoencoderKL:
    """Four times smaller on each side, four channels; its scale is set once it is trained."""
    return AutoencoderKL(
        block_out_channels=(32, 64, 64),
        down_block_types=("DownEncoderBlock2D",) * 3,
        up_block_types=("UpDecoderBlock2D",) * 3,
        layers_per_block=1,
        latent_channels=4,
        norm_num_groups=16,
        mid_block_add_attention=False,
    )


def small_text(prompts: Sequence[str]) -> tuple[CLIPTokenizer, CLIPTextModel]:
    """A tokenizer whose words are those of `prompts`, and an untrained text model for it."""
    tokenizer = _tokenizer(prompts)
    longest = max(len(ids) for ids in tokenizer(list(prompts)).input_ids)
    tokenizer.model_max_length = max(16, longest + 8)
    config = CLIPTextConfig(
        vocab_size=len(tokenizer),
        hidden_size=WIDTH,
        intermediate_size=4 * WIDTH,
        num_hidden_layers=2,
        num_attention_heads=4,
        max_position_embeddings=tokenizer.model_max_length,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    return tokenizer, CLIPTextModel(config)


def small_scheduler() -> DDPMScheduler:
    """The noise schedule of Stable Diffusion 1.5."""
    return DDPMScheduler(
        num_train_timesteps=1000, beta_start=0.00085, beta_end=0.012,
        beta_schedule="scaled_linear", clip_sample=False, prediction_type="epsilon", steps_offset=1,
    )  # fmt: skip


def _tokenizer(prompts: Sequence[str]) -> CLIPTokenizer:
    """Byte pairs learned from the prompts; any other text still falls back to its bytes."""
    words = Tokenizer(models.BPE(end_of_word_suffix="</w>", continuing_subword_prefix=""))
    words.normalizer = normalizers.Lowercase()
    words.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    trainer = trainers.BpeTrainer(
        vocab_size=4096, initial_alphabet=alphabet, end_of_word_suffix="</w>", show_progress=False
    )
    words.train_from_iterator([word for prompt in prompts for word in _words(prompt)], trainer)
    model: dict[str, Any] = json.loads(words.to_str())["model"]
    tokens = [*alphabet, *(letter + "</w>" for letter in alphabet)]
    tokens += [token for token in model["vocab"] if token not in set(tokens)] + [START, END]
    merges = [pair if isinstance(pair, str) else " ".join(pair) for pair in model["merges"]]
    with TemporaryDirectory() as folder:
        vocab, rules = Path(folder) / "vocab.json", Path(folder) / "merges.txt"
        vocab.write_text(json.dumps({token: i for i, token in enumerate(tokens)}), encoding="utf-8")
        rules.write_text("\n".join(["#version: 0.2", *merges, ""]), encoding="utf-8")
        return CLIPTokenizer.from_pretrained(folder)


def _words(prompt: str) -> list[str]:
    return "".join(letter if letter.isalnum() else f" {letter} " for letter in prompt.lower()).split()
