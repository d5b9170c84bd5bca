"""One training loop: a small model from scratch, a whole diffusers folder fine-tuned, or an adapter to it.

As in the paper (section 3.2) the model learns to remove noise from a picture told its label, or, in a
share of the cases, the null prompt; its autoencoder stays frozen. Unlike the paper's code the prompts
are those the maps are measured with, the learning rate warms up, and a moving average of the weights
is what is kept.
"""

from __future__ import annotations

import copy
import csv
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from diffusers.optimization import get_scheduler
from numpy.typing import NDArray
from torch import nn

from core.diffusion import adapter, checkpoint
from core.diffusion.crew import Crew
from core.diffusion.drawing import Drawings
from core.diffusion.examples import Captions
from core.diffusion.gain import HeldOut
from core.diffusion.learning import Learner, Step, learn
from core.diffusion.loading import Parts
from core.diffusion.machine import Machine
from core.gains import Gain, best, is_over
from core.specs import digest
from core.store.adapters import AdapterNotes
from core.train_spec import TrainSpec

SAVE_EVERY = 250


class Training:
    """Iterable over the steps that are still to make; its length is the number of all steps.

    Step n is a function of the spec and n alone (which pictures, labels, times, noise), so a training
    that was stopped and resumed equals an undisturbed one, and one of several processes (`Crew`), of which
    each iterates, equals that of one within rounding.

    Args:
        parts: models to train; `unet` and, where it learns too, `text_encoder` are changed in place.
        latents: (variants, n, c, h, w) float16 or float32, every picture in each of its augmented variants.
        captions: which prompts each picture may be shown under.
        spec: how.
        folder: where checkpoints, `loss.csv` and `gain.csv` are kept.
        held: pictures it does not learn from, looked at now and then.
        drawings: what it draws of its labels at each look.
    """

    def __init__(
        self, parts: Parts, latents: NDArray[Any], captions: Captions, spec: TrainSpec, machine: Machine,
        folder: Path, held: HeldOut | None = None, drawings: Drawings | None = None,
    ) -> None:  # fmt: skip
        self.crew = Crew(machine)
        self.share, machine = self.crew.share(spec.batch), self.crew.machine
        self.spec, self.machine, self.folder, self.parts = spec, machine, folder, parts
        self.latents, self.captions, self.held, self.drawings = latents, captions, held, drawings
        self.train_text = not spec.base or spec.text
        self.model = Learner({"unet": parts.unet})
        if self.train_text:
            self.model["text_encoder"] = parts.text_encoder
        self.model.requires_grad_(not spec.lora_rank)
        if spec.lora_rank:
            torch.manual_seed(spec.seed)
            adapter.inject(parts, adapter_notes(spec))
        self.model.to(machine.device).train()
        parts.unet.to(memory_format=torch.channels_last)
        learned = {name: value for name, value in self.model.named_parameters() if value.requires_grad}
        self.state = checkpoint.State(
            weights={name: value.detach() for name, value in learned.items()},
            average={name: value.detach().clone() for name, value in learned.items()},
            optimizer=torch.optim.AdamW(
                learned.values(), spec.learning_rate, weight_decay=spec.weight_decay, fused=True
            ),
        )
        about = [] if held is None else [list(held.latents.shape), held.conditions.tolist()]
        self.digest = digest(spec, captions.prompts, list(latents.shape), about)
        checkpoint.load(folder / "checkpoint.safetensors", self.digest, self.state)
        self.alphas = parts.scheduler.alphas_cumprod.to(machine.device)
        self.began = (time.monotonic(), self.done)
        self.tokens = _tokens(parts, captions).to(machine.device)
        self.text = self.tokens if self.train_text else self._embed().detach()
        self.asked = self.crew.averaging(self.model)

    def __len__(self) -> int:
        return self.spec.steps

    @property
    def done(self) -> int:
        """Steps made."""
        return self.state.done

    @property
    def stopped_early(self) -> bool:
        """Whether the gain on held-out pictures has not risen for as long as the spec waits."""
        return self.done < self.spec.steps and is_over(self.state.gains, self.spec.patience)

    @property
    def kept(self) -> Gain | None:
        """The look at the weights that are kept; None where nobody looked."""
        gains = self.state.gains
        return best(gains) if self.state.best else gains[-1] if gains else None

    def __iter__(self) -> Iterator[Step]:
        schedule, self.began = self._schedule(), (time.monotonic(), self.done)
        if self.crew.main:
            self._trim_logs()
        if not self.done:
            self._look()
        while self.done < self.spec.steps and not self.stopped_early:
            loss = self._step(self.done)
            schedule.step()
            self.state.done += 1
            self._log("loss.csv", self.done, f"{loss:.6f}")
            last = self.done == self.spec.steps
            if self.done % self.spec.look_every == 0 or last:
                self._look()
            if self.done % SAVE_EVERY == 0 or last or self.stopped_early:
                self.save()
            yield Step(self.done, loss)

    @property
    def seconds_a_step(self) -> float | None:
        """Time a step took, with its share of the looks, since the training went on last."""
        seconds, steps = time.monotonic() - self.began[0], self.done - self.began[1]
        return round(seconds / steps, 4) if steps else None

    def save(self) -> None:
        """Write a checkpoint of where the training stands."""
        if self.crew.main:
            checkpoint.save(self.folder / "checkpoint.safetensors", self.digest, self.state)

    def learned(self) -> dict[str, torch.Tensor]:
        """What is kept of the learned weights: the best averaged ones, or the last."""
        return self.state.best or self.state.average

    def trained(self, weights: dict[str, torch.Tensor] | None = None) -> Parts:
        """The parts with the kept weights (or these) in place, ready to be saved as a diffusers folder."""
        average = copy.deepcopy(self.model)
        average.load_state_dict(self.learned() if weights is None else weights, strict=False)
        for model in average.values():
            adapter.merge(model)
        text = average["text_encoder"] if self.train_text else self.parts.text_encoder
        return Parts(
            average["unet"].eval(), self.parts.vae, text.eval(), self.parts.tokenizer, self.parts.scheduler
        )

    def _look(self) -> None:
        """Keep the averaged weights where their gain is the highest so far."""
        state = self.state
        gain = self.crew.told(self._seen() if self.crew.main else None)
        if gain is None:
            return
        state.gains.append(gain)
        self._log("gain.csv", *gain)
        if self.spec.patience and best(state.gains) is state.gains[-1]:
            state.best = {name: value.clone() for name, value in state.average.items()}

    def _seen(self) -> Gain | None:
        """Let the averaged weights draw, and measure their gain; None where nothing is held out."""
        averaged = self.trained(self.state.average)
        if self.drawings:
            self.drawings.keep(averaged, self.machine, self.done)
        if self.held is None or not len(self.held.conditions):
            return None
        return self.held.look(averaged, self.spec, self.machine, self.done)

    def _step(self, number: int) -> float:
        latents, rows, t, eps = self._batch(number)
        alpha = self.alphas[t].view(-1, 1, 1, 1)
        noised = alpha.sqrt() * latents + (1 - alpha).sqrt() * eps
        target = self._target(latents, eps, alpha)
        with self.machine.autocast():
            predicted = self.asked(noised, t, self.text, rows)
        loss = nn.functional.mse_loss(predicted.float(), target)
        loss = learn(self.model, loss, self.state.optimizer, self.spec.clip, number, self.crew.mean)
        self._update_average(number)
        return float(loss.item())

    def _schedule(self) -> Any:
        for group in self.state.optimizer.param_groups:
            group["initial_lr"] = self.spec.learning_rate
        return get_scheduler(
            self.spec.schedule, self.state.optimizer, num_warmup_steps=self.spec.warmup,
            num_training_steps=self.spec.steps, last_epoch=self.done - 1,
        )  # fmt: skip

    def _batch(self, number: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
        """Latents (b, c, h, w), rows of `captions.prompts` (b,), t (b,) and eps of step `number`:
        this process's share of what is drawn for all."""
        rng = np.random.default_rng([self.spec.seed, number])
        variants, pictures = self.latents.shape[:2]
        chosen = rng.integers(pictures, size=self.spec.batch)
        latents = self.latents[rng.integers(variants, size=self.spec.batch), chosen].astype(np.float32)
        rows = self.captions.choose(chosen, rng, self.spec.null_share)
        # One t in each of `batch` strata: the loss of a step then varies less.
        share = (rng.permutation(self.spec.batch) + rng.random(self.spec.batch)) / self.spec.batch
        t = (_focused(share, self.spec) * len(self.alphas)).astype(np.int64)
        eps = rng.standard_normal(latents.shape, dtype=np.float32)
        own = (array[self.share] for array in (latents, rows, t, eps))
        a, b, c, d = (torch.from_numpy(array).to(self.machine.device) for array in own)
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
        for name, value in self.state.weights.items():
            self.state.average[name].lerp_(value, 1 - decay)

    def _trim_logs(self) -> None:
        """Forget the steps after the checkpoint: they are made again."""
        for name, lines in (("loss.csv", self.done), ("gain.csv", len(self.state.gains))):
            path = self.folder / name
            kept = path.read_text(encoding="utf-8").splitlines(keepends=True) if path.is_file() else []
            path.write_text("".join(kept[:lines]), encoding="utf-8", newline="")

    def _log(self, name: str, *row: float | str) -> None:
        if not self.crew.main:
            return
        with (self.folder / name).open("a", newline="", encoding="utf-8") as file:
            csv.writer(file).writerow(row)


def adapter_notes(spec: TrainSpec, base: str = "", fingerprint: str = "") -> AdapterNotes:
    """What has to be known of the adapter a spec asks for; `base` and `fingerprint` where it is kept."""
    return AdapterNotes(
        base, fingerprint, spec.lora_rank, spec.lora_alpha or spec.lora_rank, spec.lora_modules,
        adapter.TEXT_MODULES if spec.text else (), spec.autoencoder,
    )  # fmt: skip


def _focused(share: NDArray[np.float64], spec: TrainSpec) -> NDArray[np.float64]:
    """Even shares of the diffusion's length as shares of which `spec.focus` more lie in `spec.focus_t`."""
    low, high = spec.focus_t
    times = np.array([0.0, low, high, 1.0])
    reached = (1 - spec.focus) * times + spec.focus * np.array([0.0, 0.0, 1.0, 1.0])
    return np.interp(share, reached, times)


def _tokens(parts: Parts, captions: Captions) -> torch.Tensor:
    ids: torch.Tensor = parts.tokenizer(
        list(captions.prompts), padding="max_length", truncation=True, return_tensors="pt",
        max_length=parts.text_encoder.config.max_position_embeddings,
    ).input_ids  # fmt: skip
    return ids
