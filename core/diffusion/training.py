"""One training loop: a small model from scratch, or a whole diffusers folder fine-tuned.

As in the paper (section 3.2) the model learns to remove noise from a picture told its label, or, in a
share of the cases, the null prompt; its autoencoder stays frozen. Unlike the paper's code the prompts
are those the maps are measured with, the learning rate warms up, and a moving average of the weights
is what is kept.
"""

from __future__ import annotations

import copy
import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from diffusers.optimization import get_scheduler
from numpy.typing import NDArray
from torch import nn

from core.diffusion import checkpoint
from core.diffusion.examples import Captions
from core.diffusion.loading import Parts
from core.diffusion.machine import Machine
from core.errors import UserError
from core.specs import TrainSpec, digest

SAVE_EVERY = 250


@dataclass(frozen=True)
class Step:
    """One step of a training: its number, counted from 1, and its loss (mean squared error)."""

    number: int
    loss: float


class Training:
    """Iterable over the steps that are still to make; its length is the number of all steps.

    Step n is a function of the spec and n alone (which pictures, labels, times, noise), so a training
    that was stopped and resumed equals an undisturbed one.

    Args:
        parts: models to train; `unet` and, where `train_text`, `text_encoder` are changed in place.
        latents: (variants, n, c, h, w) float16 or float32, every picture in each of its augmented variants.
        captions: which prompts each picture may be shown under.
        spec: how.
        folder: where checkpoints and `loss.csv` are kept.
    """

    def __init__(
        self, parts: Parts, latents: NDArray[Any], captions: Captions, spec: TrainSpec, machine: Machine,
        folder: Path,
    ) -> None:  # fmt: skip
        self.spec, self.machine, self.folder, self.parts = spec, machine, folder, parts
        self.latents, self.captions = latents, captions
        self.train_text = not spec.base
        self.model = nn.ModuleDict({"unet": parts.unet})
        if self.train_text:
            self.model["text"] = parts.text_encoder
        self.model.to(machine.device).train().requires_grad_(True)
        parts.unet.to(memory_format=torch.channels_last)
        self.average = {name: value.detach().clone() for name, value in self.model.state_dict().items()}
        self.optimizer = torch.optim.AdamW(
            self.model.parameters(), spec.learning_rate, weight_decay=spec.weight_decay, fused=True
        )
        self.digest = digest(spec, captions.prompts, list(latents.shape))
        self.done = checkpoint.load(
            folder / "checkpoint.safetensors", self.digest, self.model, self.average, self.optimizer
        )
        self.alphas = parts.scheduler.alphas_cumprod.to(machine.device)
        self.tokens = _tokens(parts, captions).to(machine.device)
        self.text = None if self.train_text else self._embed().detach()

    def __len__(self) -> int:
        return self.spec.steps

    def __iter__(self) -> Iterator[Step]:
        schedule = self._schedule()
        self._trim_log()
        while self.done < self.spec.steps:
            loss = self._step(self.done)
            schedule.step()
            self.done += 1
            self._log(loss)
            if self.done % SAVE_EVERY == 0 or self.done == self.spec.steps:
                self.save()
            yield Step(self.done, loss)

    def save(self) -> None:
        """Write a checkpoint of where the training stands."""
        path = self.folder / "checkpoint.safetensors"
        checkpoint.save(path, self.done, self.digest, self.model, self.average, self.optimizer)

    def trained(self) -> Parts:
        """The parts with the averaged weights in place, ready to be saved as a diffusers folder."""
        average = copy.deepcopy(self.model)
        average.load_state_dict(self.average)
        text = average["text"] if self.train_text else self.parts.text_encoder
        return Parts(
            average["unet"].eval(), self.parts.vae, text.eval(), self.parts.tokenizer, self.parts.scheduler
        )

    def _step(self, number: int) -> float:
        latents, rows, t, eps = self._batch(number)
        alpha = self.alphas[t].view(-1, 1, 1, 1)
        noised = alpha.sqrt() * latents + (1 - alpha).sqrt() * eps
        target = self._target(latents, eps, alpha)
        with self.machine.autocast():
            text = self._embed() if self.text is None else self.text
            predicted = self.model["unet"](noised, t, text[rows]).sample
        loss = nn.functional.mse_loss(predicted.float(), target)
        learn(self.model, loss, self.optimizer, self.spec.clip, number)
        self._update_average(number)
        return float(loss.item())

    def _schedule(self) -> Any:
        for group in self.optimizer.param_groups:
            group["initial_lr"] = self.spec.learning_rate
        return get_scheduler(
            self.spec.schedule, self.optimizer, num_warmup_steps=self.spec.warmup,
            num_training_steps=self.spec.steps, last_epoch=self.done - 1,
        )  # fmt: skip

    def _batch(self, number: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
        """Latents (b, c, h, w), rows of `captions.prompts` (b,), t (b,) and eps of step `number`."""
        rng = np.random.default_rng([self.spec.seed, number])
        variants, pictures = self.latents.shape[:2]
        chosen = rng.integers(pictures, size=self.spec.batch)
        latents = self.latents[rng.integers(variants, size=self.spec.batch), chosen].astype(np.float32)
        rows = self.captions.choose(chosen, rng, self.spec.null_share)
        # One t in each of `batch` strata: the loss of a step then varies less.
        share = (rng.permutation(self.spec.batch) + rng.random(self.spec.batch)) / self.spec.batch
        t = (_focused(share, self.spec) * len(self.alphas)).astype(np.int64)
        eps = rng.standard_normal(latents.shape, dtype=np.float32)
        a, b, c, d = (torch.from_numpy(array).to(self.machine.device) for array in (latents, rows, t, eps))
        return a, b, c, d

    def _target(self, latents: torch.Tensor, eps: torch.Tensor, alpha: torch.Tensor) -> torch.Tensor:
        kind = self.parts.scheduler.config.prediction_type
        if kind == "v_prediction":
            return alpha.sqrt() * eps - (1 - alpha).sqrt() * latents
        return latents if kind == "sample" else eps

    def _embed(self) -> torch.Tensor:
        text: torch.Tensor = self.parts.text_encoder.to(self.machine.device)(self.tokens)[0]
        return text

    def _update_average(self, number: int) -> None:
        # Early on the average must follow quickly, or it would remember the random beginning.
        decay = min(self.spec.ema, (1 + number) / (10 + number))
        for name, value in self.model.state_dict().items():
            self.average[name].lerp_(
                value.to(self.average[name].dtype), 1 - decay
            ) if value.is_floating_point() else None

    def _trim_log(self) -> None:
        """Forget the steps after the checkpoint: they are made again."""
        path = self.folder / "loss.csv"
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True) if path.is_file() else []
        path.write_text("".join(lines[: self.done]), encoding="utf-8", newline="")

    def _log(self, loss: float) -> None:
        with (self.folder / "loss.csv").open("a", newline="", encoding="utf-8") as file:
            csv.writer(file).writerow([self.done, f"{loss:.6f}"])


def _focused(share: NDArray[np.float64], spec: TrainSpec) -> NDArray[np.float64]:
    """Even shares of the diffusion's length as shares of which `spec.focus` more lie in `spec.focus_t`."""
    low, high = spec.focus_t
    times = np.array([0.0, low, high, 1.0])
    reached = (1 - spec.focus) * times + spec.focus * np.array([0.0, 0.0, 1.0, 1.0])
    return np.interp(share, reached, times)


def learn(
    model: nn.Module, loss: torch.Tensor, optimizer: torch.optim.Optimizer, clip: float, number: int
) -> None:
    """One step down the gradient of `loss`.

    Raises:
        UserError: the loss or its gradient is no number; the weights are left as they were.
    """
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    length = nn.utils.clip_grad_norm_(model.parameters(), clip)
    if not torch.isfinite(loss + length):
        raise UserError(
            f"The training came apart at step {number + 1} (its loss or gradient is no number any more); "
            "start it anew with a lower learning rate."
        )
    optimizer.step()


def _tokens(parts: Parts, captions: Captions) -> torch.Tensor:
    ids: torch.Tensor = parts.tokenizer(
        list(captions.prompts), padding="max_length", truncation=True, return_tensors="pt",
        max_length=parts.text_encoder.config.max_position_embeddings,
    ).input_ids  # fmt: skip
    return ids
