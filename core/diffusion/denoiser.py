"""The denoiser: what every stage asks its questions of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray


class Denoiser(Protocol):
    """A diffusion model told a sentence about the picture it removes noise from.

    Shapes: n pictures (or rows of a batch), k conditions, c latent channels, h x w latent pixels.
    """

    multiple: int
    """Both sides of a framed picture are multiples of this many pixels."""
    steps: int
    """Length of the diffusion: t runs over [0, steps)."""
    passes: int
    """UNet passes per batch that fill the machine."""

    def embed(self, prompts: Sequence[str]) -> torch.Tensor:
        """Text embeddings, (prompts, tokens, dim)."""
        ...

    def encode(self, pictures: NDArray[np.uint8]) -> torch.Tensor:
        """Latents of (n, H, W, 3) framed pictures: (n, c, h, w) float32, posterior mean times scale."""
        ...

    def noised(self, latents: torch.Tensor, eps: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
        """Latents with noise of strength t: (n, c, h, w), for t of shape (n,)."""
        ...

    def target(self, latents: torch.Tensor, eps: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
        """What a perfect prediction would be: eps, velocity or the latents themselves; (n, c, h, w)."""
        ...

    def predict(self, noised: torch.Tensor, t: torch.Tensor, text: torch.Tensor) -> torch.Tensor:
        """Predictions under every condition: text (k, n, tokens, dim) gives (k, n, c, h, w) float32."""
        ...

    def features(
        self, noised: torch.Tensor, t: torch.Tensor, text: torch.Tensor, up_block: int
    ) -> torch.Tensor:
        """Activations after `up_block`, (n, channels, h', w') float32; text is (n, tokens, dim)."""
        ...
