"""Trainings that two processes do together, started by `test_crew.py` through `accelerate launch`.

Each process writes down what it saw. The last training is the command line's, and ends the process.
"""

from __future__ import annotations

import json
import os
import signal
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import numpy as np

from core.__main__ import app
from core.diffusion import machine, recipe, training
from core.diffusion.gain import HeldOut
from core.diffusion.recipe import Recipe
from core.diffusion.training import Training
from core.errors import UserError
from core.gains import Gain
from tests.core.diffusion.conftest import make_parts
from tests.core.diffusion.test_training import CPU, SPEC, TOLD, Streets, run_to_end

LIMIT = 240
"""Seconds after which a process that hangs is ended, whoever waits for it."""
SMALL = replace(SPEC, autoencoder_steps=2, look_every=3, patience=5)
TRAIN = (
    "train", "streets", "--name", "mine", "--lora-rank", "2", "--steps", "4", "--batch", "4",
    "--look-every", "2", "--json",
)  # fmt: skip


class Scripted(HeldOut):
    """What the main process sees on held-out pictures; nobody else may look."""

    def look(self, parts, spec, place, step):
        assert os.environ.get("RANK", "0") == "0"
        return Gain(step, 1 / (1 + step), 0.0)


def train_small(folder: Path) -> list[str]:
    """From scratch, the autoencoder too, with tiny models in place of the small ones; returns the phases."""
    tiny = {
        "small_unet": lambda channels: make_parts().unet,
        "small_text": lambda prompts: (make_parts().tokenizer, make_parts().text_encoder),
        "small_autoencoder": lambda: make_parts().vae,
    }
    with patch.multiple(recipe, **tiny):
        return run_to_end(Recipe(Streets(), SMALL, folder, CPU, held=Streets(4)).phases())


def make(folder: Path, spec, latents, held: HeldOut | None = None) -> Training:
    folder.mkdir(exist_ok=True)
    return Training(make_parts(), latents, TOLD, spec, machine.choose(CPU), folder, held)


def refused(work) -> str:
    """What a training says that cannot go on."""
    try:
        list(work)
    except UserError as problem:
        return str(problem)
    return ""


def stopped_early(folder: Path) -> int:
    """The steps of a training whose gain never rises."""
    latents = np.zeros((1, 6, 4, 8, 8), np.float16)
    held = Scripted(latents[0], TOLD.prompts, np.array([[0, 1, 2]] * 6))
    return len(list(make(folder, replace(SPEC, look_every=2, patience=1), latents, held)))


def came_apart(folder: Path) -> str:
    """One picture of a batch is no number: only one process sees it."""
    latents = np.zeros((1, 6, 4, 8, 8), np.float16)
    chosen = np.random.default_rng([SPEC.seed, 0]).integers(6, size=SPEC.batch)
    latents[:, np.setdiff1d(chosen[2:], chosen[:2])] = np.nan
    assert np.isnan(latents).any()
    return refused(make(folder, SPEC, latents))


def taken_up_again(folder: Path) -> None:
    """A training to its end, and the same one stopped after a step that was not kept, then to its end."""
    latents = np.random.default_rng(0).normal(size=(1, 6, 4, 8, 8)).astype(np.float16)
    folder.mkdir(exist_ok=True)
    with patch.object(training, "SAVE_EVERY", 3):
        list(make(folder / "undisturbed", SPEC, latents))
        stopped = iter(make(folder / "resumed", SPEC, latents))
        for _ in range(5):
            next(stopped)
        stopped.close()
        assert make(folder / "resumed", SPEC, latents).done == 3
        list(make(folder / "resumed", SPEC, latents))


def main(folder: Path) -> None:
    """Everything, one after the other; what was seen lies in `folder` under this process's number."""
    uneven = Recipe(Streets(), replace(SMALL, batch=5), folder / "uneven", CPU)
    seen = {
        "uneven": refused(uneven.phases()),
        "apart": came_apart(folder / "apart"),
        "stopped": stopped_early(folder / "stopped"),
        "phases": train_small(folder / "small"),
        "again": train_small(folder / "small"),
    }
    taken_up_again(folder / "taken-up")
    (folder / f"seen-{os.environ['RANK']}.json").write_text(json.dumps(seen))
    app(TRAIN)


if __name__ == "__main__":
    signal.alarm(LIMIT)
    main(Path(os.environ["TYPISCOPE_CACHE"]).parent)
