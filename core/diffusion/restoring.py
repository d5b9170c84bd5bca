"""From latents back to pictures, and from a prediction to what the denoiser believes it sees."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from core.diffusion.stable_diffusion import StableDiffusion


def decode(model: StableDiffusion, latents: torch.Tensor) -> NDArray[np.uint8]:
    """Pictures of (n, c, h, w) latents, (n, H, W, 3) uint8: back from where `Denoiser.encode` led."""
    config = model.vae.config
    shift = getattr(config, "shift_factor", None) or 0.0
    pixels = model.vae.decode(latents.to(model.vae.dtype) / config.scaling_factor + shift).sample.float()
    return ((pixels.clamp(-1, 1) + 1) * 127.5).round().byte().permute(0, 2, 3, 1).cpu().numpy()


def clean(
    model: StableDiffusion, noised: torch.Tensor, predicted: torch.Tensor, t: torch.Tensor
) -> torch.Tensor:
    """The latents a prediction amounts to, (n, c, h, w): what the denoiser believes lies under the noise."""
    if model.prediction_type == "sample":
        return predicted
    alpha = model.alphas[t].view(-1, 1, 1, 1)
    signal, noise = alpha.sqrt(), (1 - alpha).sqrt()
    if model.prediction_type == "v_prediction":
        return signal * noised - noise * predicted
    return (noised - noise * predicted) / signal
