"""Train a denoiser on a study's pictures: which of them, on what terms, and where it is kept."""

from __future__ import annotations

import dataclasses
import json
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.config import Settings
from core.dataset.split import held_out
from core.dataset.squares import Squares
from core.errors import UserError
from core.presets import SMALL_STEPS
from core.published import TAESD
from core.specs import DenoiserSpec, FrameSpec, TrainSpec
from core.store import models
from core.store.layout import Layout, partial
from core.study import Study

if TYPE_CHECKING:
    from core.diffusion.examples import Examples
    from core.diffusion.recipe import Phase


@dataclass
class ModelTraining:
    """A training kept under a name; iterate over `phases()` and, within, over each phase.

    Stopped at any moment, the same training goes on from its last checkpoint.

    Raises:
        UserError: there is a model of that name already.
    """

    name: str
    examples: Examples
    spec: TrainSpec
    settings: Settings

    def __post_init__(self) -> None:
        self.folder = Layout(self.settings.cache).model(self.name)
        if self.folder.is_dir():
            raise UserError(
                f'There is a model "{self.name}" already; choose another --name, or delete {self.folder}.'
            )

    def phases(self) -> Iterator[tuple[str, Phase]]:
        """Name and work of each phase; afterwards the model is whole in `folder`."""
        from core.diffusion.recipe import Recipe  # torch, so only where it runs

        started, unfinished = time.monotonic(), partial(self.folder)
        yield from Recipe(self.examples, self.spec, unfinished, self.settings).phases()
        shutil.copy(unfinished / "loss.csv", unfinished / "model" / "loss.csv")
        (unfinished / "model").rename(self.folder)
        shutil.rmtree(unfinished)
        self.seconds = time.monotonic() - started

    def summary(self) -> dict[str, Any]:
        """What a script would want to know of the finished training."""
        losses = (self.folder / "loss.csv").read_text(encoding="utf-8").split()
        last = [float(line.split(",")[1]) for line in losses[-100:]]
        return {
            "model": self.name,
            "folder": str(self.folder),
            "steps": self.spec.steps,
            "pictures": len(self.examples),
            "loss": round(sum(last) / len(last), 5),
            "seconds": round(self.seconds, 1),
        }


def on_study(study: Study, name: str, spec: TrainSpec) -> ModelTraining:
    """A training on a study's pictures, without those held out.

    Raises:
        UserError: nothing is left to train on, or the name is taken.
    """
    column = study.spec.label_column
    kept = study.pictures.drop(index=list(held_out(study.pictures.reset_index(), column, spec.held_out)))
    if not len(kept):
        raise UserError(
            f"Holding out {spec.held_out:.0%} of the pictures leaves none to train on; hold out fewer."
        )
    return ModelTraining(name, Squares(kept, (column,), spec.frame.size), spec, study.settings)


def is_trained(name: str, spec: TrainSpec, settings: Settings) -> bool:
    """Whether the model of that name is what this very training makes."""
    made_by = models.training_notes(Layout(settings.cache).model(name)).get("spec")
    return bool(made_by == json.loads(json.dumps(dataclasses.asdict(spec))))


def spec_for(study: Study, size: str, base: str = "", autoencoder: str = "", **options: Any) -> TrainSpec:
    """Sane defaults for a study: `small` trains a small model from scratch, `full` goes on from `base`.

    Raises:
        UserError: `full` without a base, or a size there is none of.
    """
    prompts = ((study.spec.label_column, study.spec.prompt),)
    given = {key: value for key, value in options.items() if value is not None}
    if size == "small":
        defaults: dict[str, Any] = {
            "frame": FrameSpec(256),
            "steps": 2000,
            "focus": 0.5,
            "autoencoder": autoencoder or TAESD,
        }
        if autoencoder == "train":
            defaults["autoencoder"] = ""
        return TrainSpec(prompts=prompts, **(defaults | given))
    if size != "full":
        raise UserError(f'There is no size "{size}": choose small (from scratch) or full (on from --base).')
    if not base:
        raise UserError(
            "Fine-tuning needs a model to go on from: give --base with a diffusers folder or hub id."
        )
    defaults = {
        "frame": study.spec.frame, "base": base, "autoencoder": autoencoder, "batch": 8,
        "learning_rate": 1e-5,
        "schedule": "constant_with_warmup", "warmup": 500,
    }  # fmt: skip
    return TrainSpec(prompts=prompts, **(defaults | given))


def use(study: Study, model: Path, size: int) -> Study:
    """The study asked of a model just trained on it, with pictures framed as the model knows them.

    One trained from scratch is small, and translates in few steps.
    """
    trained, translate = models.training_notes(model).get("spec"), study.spec.translate
    if isinstance(trained, dict) and not trained.get("base"):
        translate = dataclasses.replace(translate, steps=SMALL_STEPS)
    frame = FrameSpec(size, study.spec.frame.fit)
    ready = study.with_spec(denoiser=DenoiserSpec(str(model)), frame=frame, translate=translate).identified()
    ready.save()
    return ready
