"""The processes that train one model together (`accelerate launch`), each on a GPU or cores of its own.

All compute the same batch and learn from a slice of it each; gradients are averaged, so all hold the same
weights at any time, which are those of one process within rounding. Only the main process writes. A process
that was started alone is a crew of one: nothing is said then, and nothing is different.

accelerate finds the others and talks to them. It wraps neither model nor optimizer (`Accelerator.prepare`):
it would change the model's own `forward`, which the averaged weights are copied with, and what a
resumed training must find as it was.
"""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import timedelta
from typing import TypeVar

import torch
from accelerate import PartialState
from accelerate.utils import broadcast_object_list, reduce
from torch import nn
from torch.nn.parallel import DistributedDataParallel

from core.diffusion.machine import Machine
from core.errors import UserError

Value = TypeVar("Value")

PATIENCE = timedelta(days=7)
"""How long the others wait while the main process encodes all pictures. One that ends with an error makes
the launcher end all, so nobody waits for the dead."""


class Crew:
    """The processes, seen from this one. Making it again finds the same ones.

    Attributes:
        machine: what this process computes on: the machine's choice, but each has a GPU of its own.
        size: how many they are.
        main: whether this is the one that writes.

    Raises:
        UserError: several were started on a device on which they cannot talk to each other.
    """

    def __init__(self, machine: Machine) -> None:
        self._state = PartialState(cpu=machine.device.type == "cpu", timeout=PATIENCE)
        self.size, self.main = self._state.num_processes, self._state.is_main_process
        started = int(os.environ.get("WORLD_SIZE", 1))
        if started != self.size:
            raise UserError(
                f"{started} processes were started, but on {machine.device.type} they cannot train together; "
                "start one, or set TYPISCOPE_DEVICE=cpu."
            )
        own_gpu = self.size > 1 and machine.device.type == "cuda"
        self.machine = replace(machine, device=self._state.device) if own_gpu else machine

    def share(self, batch: int) -> slice:
        """This process's part of a batch.

        Raises:
            UserError: not all would get as much, so their average would not be the batch's.
        """
        if batch % self.size:
            raise UserError(
                f"A batch of {batch} cannot be shared out evenly among {self.size} processes; choose a "
                f"--batch that is a multiple of {self.size}, or another number of processes."
            )
        each, number = batch // self.size, self._state.process_index
        return slice(number * each, (number + 1) * each)

    def averaging(self, model: nn.Module) -> nn.Module:
        """The model to ask: called, it is `model`, whose gradients then are everyone's average."""
        if self.size == 1:
            return model
        gpu = [self.machine.device] if self.machine.device.type == "cuda" else None
        return DistributedDataParallel(model, device_ids=gpu, forward_sync_buffers=False)

    def mean(self, value: torch.Tensor) -> torch.Tensor:
        """Everyone's average of a value."""
        averaged: torch.Tensor = reduce(value, "mean")
        return averaged

    def told(self, value: Value) -> Value:
        """The main process's value."""
        return broadcast_object_list([value])[0]

    def wait(self) -> None:
        """Go on when everyone has come this far."""
        self._state.wait_for_everyone()


def leave() -> None:
    """Say goodbye to the others, at the end of the last training."""
    PartialState().destroy_process_group()
