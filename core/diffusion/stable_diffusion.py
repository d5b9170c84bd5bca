"""A denoiser out of any Stable-Diffusion-shaped diffusers folder."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from core.config import Settings
from core.diffusion.loading import Parts, fingerprint, load_parts
from core.diffusion.machine import Machine, choose
from core.diffusion.shared_prefix import shared_prefix
from core.errors import UserError
from core.specs import DenoiserSpec

PASSES = {"cuda": 64, "mps": 16, "cpu": 48}
"""UNet passes per batch at 32 x 32 latents; fewer for larger latents, in proportion. From 64 on diffusers
lays activations out anew before it enlarges them, which on a CPU costs a twentieth of the time."""


@lru_cache(maxsize=1)
def load(
    spec: DenoiserSpec, device: str, dtype: str, batch: int, threads: int, download: bool
) -> StableDiffusion:
    """The denoiser of `spec`, kept for the next caller in this process."""
    settings = Settings(device=device, dtype=dtype, batch=batch, threads=threads, download=download)  # type: ignore[arg-type]
    if spec.fingerprint and fingerprint(spec, download) != spec.fingerprint:
        raise UserError(
            f'The model "{spec.source}" is not the one this study was begun with: its files have changed; '
            "put them back, or set the study's denoiser anew."
        )
    return StableDiffusion(load_parts(spec, download), choose(settings), batch)


def denoiser(spec: DenoiserSpec, settings: Settings) -> StableDiffusion:
    """Load the model `spec` names on the machine `settings` ask for (see `load`)."""
    return load(spec, settings.device, settings.dtype, settings.batch, settings.threads, settings.download)


class StableDiffusion:
    """`Denoiser` over UNet2DConditionModel, AutoencoderKL or AutoencoderTiny, and CLIP's text model.

    Raises:
        UserError: the scheduler's prediction type is none of epsilon, v_prediction, sample, or the text
            encoder's width does not fit the UNet.
    """

    def __init__(self, parts: Parts, machine: Machine, batch: int = 0) -> None:
        self.machine = machine
        self.unet = parts.unet.to(machine.device, memory_format=torch.channels_last).requires_grad_(False)
        for last in (self.unet.conv_norm_out, self.unet.conv_out):
            last.forward = _in_float32(last.forward, machine.device.type)
        self.vae = parts.vae.to(machine.device).requires_grad_(False)
        self.text_encoder = parts.text_encoder.to(machine.device).requires_grad_(False)
        self.tokenizer = parts.tokenizer
        self.prediction_type: str = parts.scheduler.config.prediction_type
        self.steps: int = parts.scheduler.config.num_train_timesteps
        self.alphas = parts.scheduler.alphas_cumprod.to(machine.device, torch.float32)
        self.pixels = _pixels_per_latent(parts.vae)
        self.multiple = self.pixels * 2 ** (len(parts.unet.config.block_out_channels) - 1)
        self.batch = batch
        self.passes = batch or PASSES[machine.device.type]
        self._check()

    def _check(self) -> None:
        if self.prediction_type not in ("epsilon", "v_prediction", "sample"):
            raise UserError(
                f'The model predicts "{self.prediction_type}"; Typiscope measures models that predict '
                "epsilon, v_prediction or sample."
            )
        wanted, have = self.unet.config.cross_attention_dim, self.text_encoder.config.hidden_size
        if wanted != have:
            raise UserError(
                f"The UNet listens to text embeddings of width {wanted}, but the text encoder makes {have}; "
                "choose the text encoder this UNet was trained with."
            )
        words, known = len(self.tokenizer), self.text_encoder.config.vocab_size
        if words > known:
            raise UserError(
                f"The tokenizer has {words} tokens, but the text encoder knows {known}; "
                "choose the tokenizer this text encoder was trained with."
            )

    @torch.inference_mode()
    def embed(self, prompts: Sequence[str]) -> torch.Tensor:
        """See `Denoiser.embed`."""
        tokens = self.tokenizer(
            list(prompts), padding="max_length", truncation=True, return_tensors="pt",
            max_length=self.text_encoder.config.max_position_embeddings,
        ).input_ids  # fmt: skip
        text: torch.Tensor = self.text_encoder(tokens.to(self.machine.device))[0]
        return text.float()

    @torch.inference_mode()
    def encode(self, pictures: NDArray[np.uint8]) -> torch.Tensor:
        """See `Denoiser.encode`. One picture at a time, so that its latent depends on no other."""
        return torch.cat([encode(self.vae, picture[None]) for picture in pictures])

    def noised(self, latents: torch.Tensor, eps: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
        """See `Denoiser.noised`."""
        signal, noise = self._strengths(t)
        return signal * latents + noise * eps

    def target(self, latents: torch.Tensor, eps: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
        """See `Denoiser.target`."""
        if self.prediction_type == "epsilon":
            return eps
        if self.prediction_type == "sample":
            return latents
        signal, noise = self._strengths(t)
        return signal * eps - noise * latents

    def _strengths(self, t: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        alpha = self.alphas[t].view(-1, 1, 1, 1)
        return alpha.sqrt(), (1 - alpha).sqrt()

    @torch.inference_mode()
    def predict(self, noised: torch.Tensor, t: torch.Tensor, text: torch.Tensor) -> torch.Tensor:
        """See `Denoiser.predict`."""
        conditions = len(text)
        rows = noised.repeat(conditions, 1, 1, 1).contiguous(memory_format=torch.channels_last)
        with self.machine.autocast(), shared_prefix(self.unet, conditions):
            out = self.unet(rows, t.repeat(conditions), text.flatten(0, 1)).sample
        result: torch.Tensor = out.float().unflatten(0, (conditions, len(noised)))
        return result

    @torch.inference_mode()
    def features(
        self, noised: torch.Tensor, t: torch.Tensor, text: torch.Tensor, up_block: int
    ) -> torch.Tensor:
        """See `Denoiser.features`. The UNet stops right after the block; nothing beyond it is computed."""
        blocks = self.unet.up_blocks
        if not 0 <= up_block < len(blocks):
            raise UserError(
                f"The UNet has up-blocks 0 to {len(blocks) - 1}; there is no up-block {up_block}."
            )
        rows = noised.contiguous(memory_format=torch.channels_last)

        def stop(module: Any, args: Any, output: torch.Tensor) -> None:
            raise _ReachedError(output)

        handle = blocks[up_block].register_forward_hook(stop)
        try:
            with self.machine.autocast():
                self.unet(rows, t, text)
        except _ReachedError as reached:
            return reached.activations.float()
        finally:
            handle.remove()
        raise AssertionError("the UNet ended without passing its own up-block")


def _in_float32(forward: Callable[[torch.Tensor], torch.Tensor], device: str) -> Callable[..., torch.Tensor]:
    """The last layers cost next to nothing, and typicality is the small difference of what they say."""

    def run(hidden: torch.Tensor) -> torch.Tensor:
        with torch.autocast(device, enabled=False):
            return forward(hidden.float())

    return run


class _ReachedError(Exception):
    def __init__(self, activations: torch.Tensor) -> None:
        self.activations = activations


def encode(vae: Any, pictures: NDArray[np.uint8]) -> torch.Tensor:
    """Latents of (n, H, W, 3) pictures: the posterior mean times the scaling factor, (n, c, h, w) float32.

    Never a sample of the posterior, so a picture has one latent whatever was encoded before it.
    """
    pixels = torch.from_numpy(pictures).to(vae.device).permute(0, 3, 1, 2).float() / 127.5 - 1
    encoded = vae.encode(pixels)
    latents = encoded.latent_dist.mean if hasattr(encoded, "latent_dist") else encoded.latents
    shift = getattr(vae.config, "shift_factor", None) or 0.0
    result: torch.Tensor = (latents.float() - shift) * vae.config.scaling_factor
    return result


def _pixels_per_latent(vae: Any) -> int:
    if "upsampling_scaling_factor" in vae.config:  # AutoencoderTiny
        strides = len(vae.config.encoder_block_out_channels) - 1
        return int(vae.config.upsampling_scaling_factor**strides)
    return int(2 ** (len(vae.config.block_out_channels) - 1))
