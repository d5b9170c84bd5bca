"""A training from pictures to a diffusers folder, phase by phase."""

from __future__ import annotations

import json
import shutil
from collections.abc import Generator, Iterable, Iterator, Sized
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from diffusers import StableDiffusionPipeline
from numpy.typing import NDArray

from core.config import Settings
from core.diffusion.autoencoder import AutoencoderTraining
from core.diffusion.examples import Encoding, Examples, captions
from core.diffusion.loading import Parts, load_autoencoder, load_parts
from core.diffusion.machine import Machine, choose
from core.diffusion.small import small_autoencoder, small_scheduler, small_text, small_unet
from core.diffusion.training import Step, Training
from core.specs import DenoiserSpec, TrainSpec, digest


class Phase(Sized, Iterable[Step | int], Protocol):
    """Long work with a length."""


@dataclass
class Recipe:
    """Trains a denoiser on `examples`; iterate over `phases()` and, within, over each phase.

    `folder` holds checkpoints while it runs; at the end `folder/model` is a whole diffusers folder in
    float16, with `training.json` beside its parts.
    """

    examples: Examples
    spec: TrainSpec
    folder: Path
    settings: Settings

    def phases(self) -> Iterator[tuple[str, Phase]]:
        """Name and work of each phase. A phase must be run to its end before the next is asked for."""
        self._begin()
        torch.manual_seed(self.spec.seed)
        # A training is one process, so it takes all cores.
        machine = choose(
            self.settings.model_copy(
                update={"threads": self.settings.threads if self.settings.threads > 1 else 0}
            )
        )
        vae = yield from self._autoencoder(machine)
        latents = yield from self._latents(vae, machine)
        told = captions(self.examples, self.spec.prompts)
        training = Training(self._parts(vae, told.prompts), latents, told, self.spec, machine, self.folder)
        yield "Train the denoiser", training
        save_model(
            training.trained(),
            self.folder / "model",
            {"spec": asdict(self.spec), "pictures": len(self.examples)},
        )

    def _begin(self) -> None:
        """Forget what a training of another spec left in the folder; of its own, all is taken up again."""
        self.folder.mkdir(parents=True, exist_ok=True)
        begun, own = self.folder / "spec", digest(self.spec, len(self.examples))
        if begun.is_file() and begun.read_text(encoding="utf-8") != own:
            shutil.rmtree(self.folder / "autoencoder", ignore_errors=True)
            (self.folder / "latents.npy").unlink(missing_ok=True)
        begun.write_text(own, encoding="utf-8")

    def _autoencoder(self, machine: Machine) -> Generator[tuple[str, Phase], None, Any]:
        if self.spec.base:
            base = DenoiserSpec(self.spec.base, autoencoder=self.spec.autoencoder or None)
            return load_parts(base, self.settings.download).vae
        if self.spec.autoencoder:
            return load_autoencoder(self.spec.autoencoder, self.settings.download)
        kept = self.folder / "autoencoder"
        if not kept.is_dir():
            work = AutoencoderTraining(
                small_autoencoder(), self.examples, self.spec.autoencoder_steps, self.spec.seed, machine
            )
            yield "Train the autoencoder", work
            unfinished = self.folder / "autoencoder.part"
            work.vae.half().save_pretrained(unfinished)
            unfinished.rename(kept)
        return load_autoencoder(str(kept), download=False)

    def _latents(self, vae: Any, machine: Machine) -> Generator[tuple[str, Phase], None, NDArray[Any]]:
        kept = self.folder / "latents.npy"
        if not kept.is_file():
            encoding = Encoding(vae, self.examples, self.spec.augment, machine)
            yield "Encode the pictures", encoding
            unfinished = self.folder / "part-latents.npy"
            np.save(unfinished, encoding.latents)
            unfinished.rename(kept)
        latents: NDArray[Any] = np.load(kept, mmap_mode="r")
        return latents

    def _parts(self, vae: Any, prompts: tuple[str, ...]) -> Parts:
        if self.spec.base:
            return replace(load_parts(DenoiserSpec(self.spec.base), self.settings.download), vae=vae)
        torch.manual_seed(self.spec.seed)
        tokenizer, text_encoder = small_text(prompts)
        return Parts(small_unet(vae.config.latent_channels), vae, text_encoder, tokenizer, small_scheduler())


def save_model(parts: Parts, folder: Path, notes: dict[str, Any]) -> None:
    """Write a diffusers folder in float16 safetensors, with `notes` as `training.json`."""
    pipeline: Any = StableDiffusionPipeline(
        vae=parts.vae.half(),
        text_encoder=parts.text_encoder.half(),
        tokenizer=parts.tokenizer,
        unet=parts.unet.half(),
        scheduler=parts.scheduler,
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )
    pipeline.save_pretrained(folder, safe_serialization=True)
    for file in folder.glob("*/config.json"):
        # Where a part was loaded from is no property of the model, and nobody else's business.
        config = json.loads(file.read_text(encoding="utf-8"))
        config.pop("_name_or_path", None)
        file.write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
    (folder / "training.json").write_text(json.dumps(notes, indent=2) + "\n", encoding="utf-8")
