"""Checkpoints of a training: one safetensors file, whole or not there at all.

It holds the weights that are learned, their moving average, the best average so far, the optimizer's
moments and what was seen on held-out pictures, so that a training that was stopped goes on to the same
bytes as one that was not. Weights that are not learned are none of its business.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file

from core.gains import Gain

Weights = dict[str, torch.Tensor]


@dataclass
class State:
    """Everything that changes while a training runs; tensors are changed in place.

    Attributes:
        weights: what is learned.
        average: its moving average.
        best: the average that gained most on held-out pictures; empty where none is asked for.
        gains: what was seen on them so far.
        done: steps made.
    """

    weights: Weights
    average: Weights
    optimizer: torch.optim.Optimizer
    best: Weights = field(default_factory=dict)
    gains: list[Gain] = field(default_factory=list)
    done: int = 0


def save(path: Path, digest: str, state: State) -> None:
    """Write a state; `digest` names the training it belongs to."""
    tensors = {
        f"{kind}.{name}": value
        for kind, kept in (("model", state.weights), ("average", state.average), ("best", state.best))
        for name, value in kept.items()
    }
    for i, moments in state.optimizer.state_dict()["state"].items():
        tensors |= {f"optimizer.{i}.{name}": torch.as_tensor(value) for name, value in moments.items()}
    unfinished = path.with_suffix(".part")
    save_file(
        {name: value.detach().cpu().contiguous() for name, value in tensors.items()},
        unfinished,
        metadata={"step": str(state.done), "digest": digest, "gains": json.dumps(state.gains)},
    )
    unfinished.replace(path)


@torch.no_grad()
def load(path: Path, digest: str, state: State) -> None:
    """Put a checkpoint back into `state`, which is left as it is when there is none for `digest`."""
    if not path.is_file():
        return
    with safe_open(path, framework="pt") as file:
        metadata = file.metadata()
        if metadata["digest"] != digest:
            return
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (it is no dict)
    for kind, kept in (("model", state.weights), ("average", state.average)):
        for name, value in _under(kind, tensors).items():
            kept[name].copy_(value)
    state.best = {
        name: torch.empty_like(state.average[name]).copy_(value)
        for name, value in _under("best", tensors).items()
    }
    state.gains = [Gain(*row) for row in json.loads(metadata["gains"])]
    state.done = int(metadata["step"])
    optimizer = state.optimizer
    weights = [weight for group in optimizer.param_groups for weight in group["params"]]
    moments: dict[int, dict[str, torch.Tensor]] = {}
    for name, value in _under("optimizer", tensors).items():
        number, moment = name.split(".", 1)
        moments.setdefault(int(number), {})[moment] = _laid_out_as(weights[int(number)], value)
    optimizer.load_state_dict({**optimizer.state_dict(), "state": moments})


def _laid_out_as(weight: torch.Tensor, value: torch.Tensor) -> torch.Tensor:
    """A fused optimizer walks through a weight's memory and its moments' alike, so both lie in one order."""
    return torch.empty_like(weight).copy_(value) if value.shape == weight.shape else value


def _under(prefix: str, tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return {
        name.removeprefix(f"{prefix}."): value
        for name, value in tensors.items()
        if name.startswith(f"{prefix}.")
    }
