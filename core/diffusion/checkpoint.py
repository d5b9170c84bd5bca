"""Checkpoints of a training: one safetensors file, whole or not there at all.

It holds the weights, their moving average and the optimizer's moments, so that a training that was
stopped goes on to the same bytes as one that was not.
"""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import nn


def save(
    path: Path,
    step: int,
    digest: str,
    model: nn.Module,
    average: dict[str, torch.Tensor],
    optimizer: torch.optim.Optimizer,
) -> None:
    """Write the state after `step` steps; `digest` names the training it belongs to."""
    tensors = {f"model.{name}": value for name, value in model.state_dict().items()}
    tensors |= {f"average.{name}": value for name, value in average.items()}
    for i, moments in optimizer.state_dict()["state"].items():
        tensors |= {f"optimizer.{i}.{name}": torch.as_tensor(value) for name, value in moments.items()}
    unfinished = path.with_suffix(".part")
    save_file(
        {name: value.detach().cpu().contiguous() for name, value in tensors.items()},
        unfinished,
        metadata={"step": str(step), "digest": digest},
    )
    unfinished.replace(path)


def load(
    path: Path,
    digest: str,
    model: nn.Module,
    average: dict[str, torch.Tensor],
    optimizer: torch.optim.Optimizer,
) -> int:
    """Put a checkpoint back and say how many steps it had made; 0 when there is none for `digest`."""
    if not path.is_file():
        return 0
    with safe_open(path, framework="pt") as file:
        metadata = file.metadata()
        if metadata["digest"] != digest:
            return 0
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (it is no dict)
    model.load_state_dict(_under("model", tensors))
    for name, value in _under("average", tensors).items():
        average[name].copy_(value)
    weights = [weight for group in optimizer.param_groups for weight in group["params"]]
    moments: dict[int, dict[str, torch.Tensor]] = {}
    for name, value in _under("optimizer", tensors).items():
        number, moment = name.split(".", 1)
        moments.setdefault(int(number), {})[moment] = _laid_out_as(weights[int(number)], value)
    state = optimizer.state_dict()
    optimizer.load_state_dict({**state, "state": moments})
    return int(metadata["step"])


def _laid_out_as(weight: torch.Tensor, value: torch.Tensor) -> torch.Tensor:
    """A fused optimizer walks through a weight's memory and its moments' alike, so both lie in one order."""
    return torch.empty_like(weight).copy_(value) if value.shape == weight.shape else value


def _under(prefix: str, tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return {
        name.removeprefix(f"{prefix}."): value
        for name, value in tensors.items()
        if name.startswith(f"{prefix}.")
    }
