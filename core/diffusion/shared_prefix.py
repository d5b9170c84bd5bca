"""Do once what is the same under every condition.

The same noised latents go through the UNet once per condition, yet nothing differs before the first
cross-attention. Inside `shared_prefix` the modules up to there see one copy of the batch, and their
outputs are repeated. The result is the same within rounding; what is saved is the first block.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn


@contextmanager
def shared_prefix(unet: nn.Module, conditions: int) -> Iterator[None]:
    """Run what precedes the first cross-attention of `unet` on one of `conditions` equal copies.

    The batch must be laid out condition by condition: (conditions * n, ...), each n the same latents
    and times. Everything is put back as it was at the end.
    """
    modules = prefix_modules(unet) if conditions > 1 else []
    for module in modules:
        module.forward = _on_one_copy(module.forward, conditions)
    try:
        yield
    finally:
        for module in modules:
            del module.forward


def prefix_modules(unet: nn.Module) -> list[nn.Module]:
    """The modules of a UNet2DConditionModel whose input does not depend on the text yet."""
    modules: list[nn.Module] = [unet.get_submodule("conv_in")]
    for block in unet.get_submodule("down_blocks").children():
        attentions = getattr(block, "attentions", None)
        if not attentions:
            modules.append(block)
            continue
        modules.append(block.get_submodule("resnets.0"))
        first = attentions[0].transformer_blocks[0]
        modules += [attentions[0].norm, attentions[0].proj_in, first.norm1]
        if not getattr(first, "only_cross_attention", False):
            modules.append(first.attn1)
        return modules
    return modules


def _on_one_copy(forward: Callable[..., Any], conditions: int) -> Callable[..., Any]:
    def one_copy(value: Any) -> Any:
        if isinstance(value, torch.Tensor) and value.dim() > 0:
            return value[: len(value) // conditions]
        return value

    def run(*args: Any, **kwargs: Any) -> Any:
        output = forward(*map(one_copy, args), **{name: one_copy(value) for name, value in kwargs.items()})
        return _repeated(output, conditions)

    return run


def _repeated(output: Any, conditions: int) -> Any:
    if isinstance(output, torch.Tensor):
        # Not `repeat`: it would lay channels-last activations out anew, and each layer after it again.
        return torch.cat([output] * conditions)
    return tuple(_repeated(part, conditions) for part in output)
