"""What this machine is good at: device, number format, threads and memory."""

from __future__ import annotations

import ctypes
import ctypes.util
import os
import sys
from dataclasses import dataclass

import torch

from core.config import Settings
from core.errors import UserError


@dataclass(frozen=True)
class Machine:
    """Where and in which number format the denoiser runs, and the sentence that says why."""

    device: torch.device
    dtype: torch.dtype
    why: str

    def autocast(self) -> torch.autocast:
        """Arithmetic in `dtype`, with what needs more precision (norms, sums) left in float32."""
        return torch.autocast(self.device.type, self.dtype, enabled=self.dtype != torch.float32)


def choose(settings: Settings) -> Machine:
    """The machine `settings` ask for, or the best there is.

    Raises:
        UserError: a device was asked for that this machine lacks.
    """
    device = torch.device(_device(settings.device))
    if device.type == "cpu":
        torch.set_num_threads(settings.threads or cores())
        keep_freed_memory()
    if (asked := _dtype_asked(settings)) != "auto":
        return Machine(device, getattr(torch, asked), f"{asked} on {device}: asked for.")
    return Machine(device, *_dtype(device))


def _dtype_asked(settings: Settings) -> str:
    """By the settings, or else by `accelerate launch --mixed_precision`; it says "no" where nobody asked."""
    if settings.dtype != "auto":
        return settings.dtype
    launched = {"bf16": "bfloat16", "fp16": "float16"}
    return launched.get(os.environ.get("ACCELERATE_MIXED_PRECISION", ""), "auto")


def _device(asked: str) -> str:
    there = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if asked == "auto" and os.environ.get("ACCELERATE_USE_CPU") == "True":
        return "cpu"  # accelerate launch --cpu
    if asked == "auto":
        return next(name for name in ("cuda", "mps", "cpu") if there[name])
    if not there[asked]:
        have = ", ".join(name for name, yes in there.items() if yes)
        raise UserError(f"This machine has no {asked} device; set TYPISCOPE_DEVICE to one it has: {have}.")
    return asked


def _dtype(device: torch.device) -> tuple[torch.dtype, str]:
    if device.type == "cuda":
        if torch.cuda.is_bf16_supported():
            return torch.bfloat16, "bfloat16 on the GPU: it has units for it, and no overflow to fear."
        return torch.float16, "float16 on the GPU: it is too old for bfloat16."
    if device.type == "cpu" and torch.ops.mkldnn._is_mkldnn_bf16_supported():
        return torch.bfloat16, "bfloat16 on the CPU: it has instructions for it."
    return torch.float32, f"float32 on {device.type}: it has no fast shorter format."


def cores() -> int:
    """CPU cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def suitable_workers(settings: Settings, weights: int) -> int:
    """How many processes to share a stage among: one a GPU, or on the CPU one a core, as memory allows.

    Args:
        settings: where the denoiser runs.
        weights: size of its files in bytes; a worker needs about four times as much.
    """
    if _device(settings.device) != "cpu":
        return 1
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") if hasattr(os, "sysconf") else 8 << 30
    return max(1, min(cores(), memory // max(1, 4 * weights)))


def keep_freed_memory() -> None:
    """Let glibc keep large blocks it was given back; fresh pages each pass cost a third of the time.

    Elsewhere than on Linux with glibc this does nothing.
    """
    if sys.platform != "linux":
        return
    mallopt = getattr(ctypes.CDLL(ctypes.util.find_library("c")), "mallopt", None)
    if mallopt is not None:
        trim_threshold, mmap_threshold = -1, -3
        mallopt(trim_threshold, 1 << 30)
        mallopt(mmap_threshold, 1 << 30)
