"""Train a denoiser on a study's pictures: which of them, on what terms, and where it is kept."""

from __future__ import annotations

import dataclasses
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter, ValidationError

from core import processes
from core.config import Settings
from core.dataset.split import held_out
from core.dataset.squares import Squares, under_all_labels
from core.errors import UserError
from core.gains import overfitting
from core.presets import SMALL_STEPS
from core.published import TAESD
from core.specs import DenoiserSpec, FrameSpec
from core.store import adapters, drawings, models
from core.store.layout import Layout, partial
from core.study import Study
from core.train_spec import TrainSpec

if TYPE_CHECKING:
    from core.diffusion.examples import Examples
    from core.diffusion.recipe import Phase

_SPEC = TypeAdapter(TrainSpec)


@dataclass
class ModelTraining:
    """A training kept under a name; iterate over `phases()` and, within, over each phase.

    Stopped at any moment, the same training goes on from its last checkpoint. Of several processes each
    iterates, and the main one keeps the model.

    Raises:
        UserError: there is a model of that name already.
    """

    name: str
    examples: Examples
    spec: TrainSpec
    settings: Settings
    held: Examples | None = None
    """Pictures it does not learn from; the gain on them is measured as it goes."""

    def __post_init__(self) -> None:
        self.folder = Layout(self.settings.cache).model(self.name)
        if self.folder.is_dir():
            raise UserError(
                f'There is a model "{self.name}" already; choose another --name, or delete {self.folder}.'
            )

    def phases(self) -> Iterator[tuple[str, Phase]]:
        """Name and work of each phase; afterwards, in the main process, the model is whole in `folder`."""
        from core.diffusion.crew import leave  # torch, so only where it runs
        from core.diffusion.recipe import Recipe

        started, unfinished = time.monotonic(), partial(self.folder)
        base = models.denoiser(Layout(self.settings.cache), self.spec.base).source if self.spec.base else ""
        yield from Recipe(self.examples, self.spec, unfinished, self.settings, base, self.held).phases()
        leave()
        if processes.is_main():
            self._keep(unfinished)
        self.seconds = time.monotonic() - started

    def _keep(self, unfinished: Path) -> None:
        for log in ("loss.csv", "gain.csv"):
            shutil.copy(unfinished / log, unfinished / "model" / log)
        if (unfinished / drawings.FOLDER).is_dir():
            shutil.copytree(unfinished / drawings.FOLDER, unfinished / "model" / drawings.FOLDER)
        (unfinished / "model").rename(self.folder)
        shutil.rmtree(unfinished)

    def summary(self) -> dict[str, Any]:
        """What a script would want to know of the finished training."""
        losses, gains = models.curves(Layout(self.settings.cache), self.name)
        notes, last = models.training_notes(self.folder), losses[-100:]
        of_gain = ("steps", "kept_step", "stopped_early", "held_out_gain", "held_out_gain_over_wrong")
        return {
            "model": self.name,
            "folder": str(self.folder),
            "adapter": str(self.folder) if adapters.is_adapter(self.folder) else None,
            "pictures": len(self.examples),
            "loss": round(sum(last) / len(last), 5),
            **{name: notes.get(name) for name in of_gain},
            "overfitting": overfitting(losses, gains) or None,
            "seconds": round(self.seconds, 1),
        }


def on_study(study: Study, name: str, spec: TrainSpec) -> ModelTraining:
    """A training on a study's pictures, without those held out; each is told under all of its labels.

    Raises:
        UserError: nothing is left to train on, or the name is taken.
    """
    column = study.spec.label_column
    apart = sorted(held_out(study.pictures.reset_index(), column, spec.held_out))
    kept, held = study.pictures.drop(index=apart), study.pictures.loc[apart]
    if not len(kept):
        raise UserError(
            f"Holding out {spec.held_out:.0%} of the pictures leaves none to train on; hold out fewer."
        )
    squares = Squares(under_all_labels(kept, column), study.spec.told, spec.frame.size)
    # Of a picture that has several labels none is wrong, and none alone is the whole truth.
    unseen = Squares(held[~held["path"].duplicated(keep=False)], study.spec.told, spec.frame.size)
    return ModelTraining(name, squares, spec, study.settings, unseen if len(unseen) else None)


def held_out_by(study: Study) -> set[str]:
    """Those of a study's pictures that its model was not trained on, as its notes tell.

    Raises:
        UserError: it has no notes, or they are of a training on other pictures, or it held out none.
    """
    notes = models.training_notes(Path(study.spec.denoiser.source))
    spec, seen = notes.get("spec"), notes.get("pictures")
    column = study.spec.label_column
    if not isinstance(spec, dict) or not isinstance(spec.get("held_out"), float | int):
        raise UserError(
            f'Nothing tells which pictures the denoiser of study "{study.name}" was trained on: one '
            "trained here says so; leave --only out."
        )
    everything = study.with_spec(pictures="all").pictures
    unseen = held_out(everything.reset_index(), column, float(spec["held_out"]))
    seen_by_it = under_all_labels(everything.drop(index=list(unseen)), column)
    left = Squares(seen_by_it, (column,), int(spec["frame"]["size"]))
    if len(left) != seen:
        raise UserError(
            f'The denoiser of study "{study.name}" was trained on other pictures than this study\'s, so '
            "which of them it has not seen is not known; leave --only out."
        )
    if not unseen:
        raise UserError(
            f'The denoiser of study "{study.name}" was trained on all of its pictures; leave --only out.'
        )
    return unseen & set(study.pictures.index)


def is_trained(name: str, spec: TrainSpec, settings: Settings) -> bool:
    """Whether the model of that name is what this very training makes."""
    made_by = models.training_notes(Layout(settings.cache).model(name)).get("spec")
    try:
        return bool(_SPEC.validate_python(made_by) == spec)
    except ValidationError:
        return False


SIZES = ("small", "lora", "full")
"""Ways to train: from scratch, an adapter beside a model, or a whole model."""


def spec_for(study: Study, size: str, base: str = "", autoencoder: str = "", **options: Any) -> TrainSpec:
    """Sane defaults for a study: `small` trains a small model from scratch, `full` goes on from `base`,
    `lora` learns an adapter beside it, or beside what the study asks.

    Raises:
        UserError: `full` without a base, no such base, or a size there is none of.
    """
    if size not in SIZES:
        raise UserError(f'There is no size "{size}": choose one of {", ".join(SIZES)}.')
    given = {key: value for key, value in options.items() if value is not None}
    if size != "lora" and given.get("lora_rank"):
        raise UserError(f"Size {size} learns all weights; leave --lora-rank away, or choose --size lora.")
    if size == "lora" and given.get("lora_rank") == 0:
        raise UserError("An adapter of rank 0 learns nothing: choose a --lora-rank of 1 or more.")
    if size == "full" and not base:
        raise UserError(
            "Fine-tuning needs a model to go on from: give --base with a diffusers folder or hub id."
        )
    if size == "lora" and not base:
        base = adapters.beneath(study.spec.denoiser.source)[0]
    defaults = {"small": _small, "lora": _lora, "full": _full}[size](study, base)
    if autoencoder:
        defaults["autoencoder"] = "" if autoencoder == "train" else autoencoder
    return TrainSpec(prompts=((study.spec.label_column, study.spec.prompt),), **(defaults | given))


def _small(study: Study, base: str) -> dict[str, Any]:
    return _focused(study) | {"frame": FrameSpec(256), "steps": 2000, "autoencoder": TAESD}


def _full(study: Study, base: str) -> dict[str, Any]:
    if small := _of_a_small_base(study, base):
        return small | {"steps": 2000, "learning_rate": 5e-4, "warmup": 100, "patience": 10}
    return {
        "frame": study.spec.frame, "base": models.called(study.layout, base), "batch": 8,
        "learning_rate": 1e-5, "schedule": "constant_with_warmup", "warmup": 500, "patience": 10,
    }  # fmt: skip


def _lora(study: Study, base: str) -> dict[str, Any]:
    if small := _of_a_small_base(study, base):
        return small | {"steps": 800, "learning_rate": 2e-3, "warmup": 50, "lora_rank": 16, "patience": 5}
    return _focused(study) | {
        "frame": study.spec.frame, "base": models.called(study.layout, base), "steps": 2000, "batch": 8,
        "learning_rate": 1e-4, "warmup": 100, "lora_rank": 16, "patience": 5,
    }  # fmt: skip


def _of_a_small_base(study: Study, base: str) -> dict[str, Any]:
    """What goes on from a model trained here from scratch: its pictures are small, and words of new labels
    unknown to it. Nothing, where the base is another."""
    source = models.denoiser(study.layout, base).source
    if not models.is_small(source):
        return {}
    frame = FrameSpec(models.picture_size(source), study.spec.frame.fit)
    return _focused(study) | {
        "frame": frame, "base": models.called(study.layout, base), "batch": 32, "text": True
    }  # fmt: skip


def _focused(study: Study) -> dict[str, Any]:
    """Half of all noise levels are those the study's maps are measured at."""
    noise = study.spec.typicality.noise
    return {"focus": 0.5, "focus_t": (noise.t_min, noise.t_max)}


def use(study: Study, model: Path, size: int) -> Study:
    """The study asked of a model just trained on it, with pictures framed as the model knows them.

    One trained from scratch is small, and translates in few steps, and so does what goes on from it.
    """
    denoiser = study.with_spec(denoiser=DenoiserSpec(str(model))).identified().spec.denoiser
    # The training took hours: somebody may have changed something else meanwhile.
    now = Study.open(study.name, study.settings)
    translate = now.spec.translate
    if models.is_small(str(model)):
        translate = dataclasses.replace(translate, steps=SMALL_STEPS)
    ready = now.with_spec(denoiser=denoiser, frame=FrameSpec(size, now.spec.frame.fit), translate=translate)
    ready.save()
    return ready
