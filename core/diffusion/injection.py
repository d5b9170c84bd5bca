"""What keeps a translation's layout: the source's activations in place of its own (Plug-and-Play).

Two things are taken over from the source at each step: what the second residual block of one up-block
adds, and what self-attention from there on looks for (queries) and offers (keys), so that every place
attends to the places it attended to in the source. Both are plain forward hooks on the UNet's own layers;
no forward pass is copied, no attention processor replaced.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

import torch
from torch import nn

from core.errors import UserError

RESIDUAL = 1
"""Which residual block of the up-block, and from which attention of it on: the second, as in the paper."""

Noted = dict[nn.Module, torch.Tensor]
"""What each of the layers said about n source pictures, (n, ...)."""


class Injection:
    """The layers of a UNet2DConditionModel through which a source reaches its translations.

    Raises:
        UserError: the UNet has no such up-block.
    """

    def __init__(self, unet: Any, up_block: int) -> None:
        blocks = list(unet.up_blocks)
        if not 0 <= up_block < len(blocks):
            raise UserError(
                f"The UNet has up-blocks 0 to {len(blocks) - 1}; there is no up-block {up_block}."
            )
        residuals = list(blocks[up_block].resnets)
        self.features: list[nn.Module] = [residuals[min(RESIDUAL, len(residuals) - 1)].conv2]
        attentions = [*_attentions(blocks[up_block])[RESIDUAL:]]
        attentions += [one for block in blocks[up_block + 1 :] for one in _attentions(block)]
        self.attention: list[nn.Module] = [
            layer
            for attention in attentions
            for block in attention.transformer_blocks
            if not getattr(block, "only_cross_attention", False)
            for layer in (block.attn1.to_q, block.attn1.to_k)
        ]

    @contextmanager
    def noted(self) -> Iterator[Noted]:
        """Note what the layers say about the pictures that go through the UNet inside the block."""
        noted: Noted = {}

        def note(layer: nn.Module) -> Callable[..., None]:
            return lambda module, args, output: noted.__setitem__(layer, output)

        with _hooked([*self.features, *self.attention], note):
            yield noted

    @contextmanager
    def put(
        self, noted: Mapping[nn.Module, torch.Tensor], rows: torch.Tensor, features: bool, attention: bool
    ) -> Iterator[None]:
        """Let the layers say what they said about the sources, inside the block.

        Args:
            noted: what they said, as from `noted`.
            rows: (batch,), the source of each row of the batch.
            features, attention: which of the two are taken over.
        """

        def replace(layer: nn.Module) -> Callable[..., torch.Tensor]:
            return lambda module, args, output: noted[layer][rows].to(output.dtype)

        layers = [*(self.features if features else ()), *(self.attention if attention else ())]
        with _hooked(layers, replace):
            yield


def joined(parts: list[Noted]) -> Noted:
    """What was noted of several batches, one after another."""
    return {layer: torch.cat([part[layer] for part in parts]) for layer in parts[0]}


@contextmanager
def _hooked(layers: list[nn.Module], hook: Callable[[nn.Module], Callable[..., Any]]) -> Iterator[None]:
    with ExitStack() as hooks:
        for layer in layers:
            hooks.callback(layer.register_forward_hook(hook(layer)).remove)
        yield


def _attentions(block: nn.Module) -> list[Any]:
    return list(getattr(block, "attentions", None) or ())
