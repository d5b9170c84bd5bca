"""A training from pictures to a diffusers folder, or to an adapter, phase by phase."""

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

from core import processes
from core.config import Settings
from core.diffusion import adapter
from core.diffusion import machine as machines
from core.diffusion.autoencoder import AutoencoderTraining
from core.diffusion.crew import Crew
from core.diffusion.drawing import Drawings
from core.diffusion.examples import Captions, Encoding, Examples, captions
from core.diffusion.fetching import Fetching
from core.diffusion.gain import HeldOut, choose
from core.diffusion.learning import Step
from core.diffusion.loading import (
    Parts,
    autoencoder_source,
    fetching,
    fingerprint,
    load_autoencoder,
    load_parts,
)
from core.diffusion.small import small_autoencoder, small_scheduler, small_text, small_unet
from core.diffusion.training import Training, adapter_notes
from core.specs import DenoiserSpec, digest
from core.train_spec import TrainSpec


class Phase(Sized, Iterable[Step | int], Protocol):
    """Long work with a length."""


@dataclass
class Recipe:
    """Trains a denoiser on `examples`; iterate over `phases()` and, within, over each phase.

    `folder` holds checkpoints while it runs; at the end `folder/model` is a whole diffusers folder in
    float16, or an adapter kept apart, with `training.json` beside its parts. Of several processes
    (`Crew`) the main one writes them, and everything else in `folder`, which all must see.

    Attributes:
        examples: what it learns from.
        base: where the model called `spec.base` lies on this machine; empty: what it is called says so.
        held: pictures it does not learn from, to see what it gains on them.
    """

    examples: Examples
    spec: TrainSpec
    folder: Path
    settings: Settings
    base: str = ""
    held: Examples | None = None

    def phases(self) -> Iterator[tuple[str, Phase]]:
        """Name and work of each phase, as far as this process has a part in it.

        A phase must be run to its end before the next is asked for.

        Raises:
            UserError: the batch cannot be shared out among the processes, or a model is not to be had.
        """
        torch.manual_seed(self.spec.seed)
        # A training is one process, or one a GPU, so they take all cores.
        threads = self.settings.threads if self.settings.threads > 1 else machines.cores() // processes.here()
        crew = Crew(machines.choose(self.settings.model_copy(update={"threads": max(1, threads)})))
        crew.share(self.spec.batch)
        if crew.main:
            self._begin()
        yield from self._fetched(crew)
        vae = yield from self._autoencoder(crew)
        latents = yield from self._latents(vae, crew)
        told = captions(self.examples, self.spec.prompts)
        held = yield from self._held_out(vae, told, crew)
        parts = self._parts(vae, told.prompts)
        drawings = Drawings.of(told, self.spec, latents.shape[2:], self.folder)
        training = Training(parts, latents, told, self.spec, crew.machine, self.folder, held, drawings)
        yield "Train the denoiser", training
        if crew.main:
            self._keep(training)
        crew.wait()

    def _keep(self, training: Training) -> None:
        """Write what was learned, and in `training.json` what is to be known of it."""
        kept, folder = training.kept, self.folder / "model"
        notes = {
            "spec": asdict(self.spec),
            "pictures": len(self.examples),
            "steps": training.done,
            "seconds_a_step": training.seconds_a_step,
            "stopped_early": training.stopped_early,
            "kept_step": kept.step if kept and training.state.best else training.done,
            "held_out_gain": kept.gain if kept else None,
            "held_out_gain_over_wrong": kept.over_wrong if kept else None,
        }
        if self.spec.lora_rank and not self.spec.merged:
            about = adapter_notes(self.spec, self.spec.base, fingerprint(self._base, self.settings.download))
            adapter.save(folder, training.learned(), about)
            write_notes(folder, notes)
        else:
            save_model(training.trained(), folder, notes)

    @property
    def _base(self) -> DenoiserSpec:
        return DenoiserSpec(self.base or self.spec.base, autoencoder=self.spec.autoencoder or None)

    def _begin(self) -> None:
        """Forget what another training, or one on pictures labelled otherwise, left in the folder.

        What is its own is taken up again.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        begun, own = self.folder / "spec", digest(self.spec, _labels(self.examples), _labels(self.held))
        if begun.is_file() and begun.read_text(encoding="utf-8") != own:
            shutil.rmtree(self.folder / "autoencoder", ignore_errors=True)
            for name in ("latents.npy", "held-out.npy", "checkpoint.safetensors"):
                (self.folder / name).unlink(missing_ok=True)
        begun.write_text(own, encoding="utf-8")

    def _fetched(self, crew: Crew) -> Iterator[tuple[str, Phase]]:
        """What of the base, or of the autoencoder, must come from the hub first."""
        if crew.main and self.settings.download:
            alone = [autoencoder_source(self.spec.autoencoder)] if self.spec.autoencoder else []
            missing = fetching(self._base) if self.spec.base else Fetching(alone)
            if len(missing):
                yield missing.title, missing
        crew.wait()

    def _autoencoder(self, crew: Crew) -> Generator[tuple[str, Phase], None, Any]:
        if self.spec.base:
            return load_parts(self._base, self.settings.download).vae
        if self.spec.autoencoder:
            return load_autoencoder(self.spec.autoencoder, self.settings.download)
        kept = self.folder / "autoencoder"
        if crew.main and not kept.is_dir():
            work = AutoencoderTraining(
                small_autoencoder(), self.examples, self.spec.autoencoder_steps, self.spec.seed, crew.machine
            )
            yield "Train the autoencoder", work
            unfinished = self.folder / "autoencoder.part"
            work.vae.half().save_pretrained(unfinished)
            unfinished.rename(kept)
        crew.wait()
        return load_autoencoder(str(kept), download=False)

    def _latents(self, vae: Any, crew: Crew) -> Generator[tuple[str, Phase], None, NDArray[Any]]:
        encoding = Encoding(vae, self.examples, self.spec.augment, crew.machine)
        return (yield from self._encoded("latents.npy", "Encode the pictures", encoding, crew))

    def _held_out(
        self, vae: Any, told: Captions, crew: Crew
    ) -> Generator[tuple[str, Phase], None, HeldOut | None]:
        # Who is never told a label gains nothing by one: there is nothing to look for.
        chosen = choose(self.held, told, self.spec) if self.held and self.spec.null_share < 1 else None
        if not chosen:
            return None
        encoding = Encoding(vae, chosen, "none", crew.machine)
        latents = yield from self._encoded("held-out.npy", "Encode held-out pictures", encoding, crew)
        return HeldOut(latents[0], chosen.prompts, chosen.conditions)

    def _encoded(
        self, name: str, title: str, encoding: Encoding, crew: Crew
    ) -> Generator[tuple[str, Phase], None, NDArray[Any]]:
        """The latents, encoded once and kept in a file."""
        kept = self.folder / name
        if crew.main and not kept.is_file():
            yield title, encoding
            unfinished = self.folder / f"part-{name}"
            np.save(unfinished, encoding.latents)
            unfinished.rename(kept)
        crew.wait()
        latents: NDArray[Any] = np.load(kept, mmap_mode="r")
        return latents

    def _parts(self, vae: Any, prompts: tuple[str, ...]) -> Parts:
        if self.spec.base:
            own = replace(self._base, autoencoder=None)
            return replace(load_parts(own, self.settings.download), vae=vae)
        torch.manual_seed(self.spec.seed)
        tokenizer, text_encoder = small_text(prompts)
        return Parts(small_unet(vae.config.latent_channels), vae, text_encoder, tokenizer, small_scheduler())


def _labels(examples: Examples | None) -> list[dict[str, str]]:
    """Of each in turn: latents that are kept belong to them."""
    return [dict(examples.labels(i)) for i in range(len(examples))] if examples else []


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
    write_notes(folder, notes)


def write_notes(folder: Path, notes: dict[str, Any]) -> None:
    """Write what is to be known of a model beside it."""
    (folder / "training.json").write_text(json.dumps(notes, indent=2) + "\n", encoding="utf-8")
