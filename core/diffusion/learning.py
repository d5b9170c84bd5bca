"""What one step of a training is: what learns, and how it goes down the gradient of its loss."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import nn

from core.errors import UserError


@dataclass(frozen=True)
class Step:
    """One step of a training: its number, counted from 1, and its loss (mean squared error)."""

    number: int
    loss: float


class Learner(nn.ModuleDict):
    """What learns: `unet` and, where it learns too, `text_encoder`, as one module that can be called."""

    def forward(
        self, noised: torch.Tensor, t: torch.Tensor, text: torch.Tensor, rows: torch.Tensor
    ) -> torch.Tensor:
        """What the UNet predicts of `noised`, told `rows` of `text`: token ids where the text encoder learns,
        else embeddings."""
        if "text_encoder" in self:
            text = self["text_encoder"](text)[0]
        predicted: torch.Tensor = self["unet"](noised, t, text[rows]).sample
        return predicted


def learn(
    model: nn.Module, loss: torch.Tensor, optimizer: torch.optim.Optimizer, clip: float, number: int,
    mean: Callable[[torch.Tensor], torch.Tensor] = torch.Tensor.clone,
) -> torch.Tensor:  # fmt: skip
    """One step down the gradient of `loss`.

    Args:
        mean: everyone's average of a value, where several processes learn: so all stop, or none.

    Returns:
        The mean loss.

    Raises:
        UserError: the loss or its gradient is no number; the weights are left as they were.
    """
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    length = nn.utils.clip_grad_norm_(model.parameters(), clip)
    loss = mean(loss.detach())
    if not torch.isfinite(loss + length):
        raise UserError(
            f"The training came apart at step {number + 1} (its loss or gradient is no number any more); "
            "start it anew with a lower learning rate."
        )
    optimizer.step()
    return loss
