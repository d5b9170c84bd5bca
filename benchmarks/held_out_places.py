"""Can an adapter of a few megabytes teach a model two places it has never seen?

The base knows four of the demo's six places. An adapter learns the other two, Bangkok and New York, from 200
pictures of each, drawn from a seed neither the demo's model nor its study has seen; a tenth of them is held
out, to see when to stop. Then both the adapted base and the shipped model, which learned all six places
from the beginning, are asked about the demo study's pictures of these two, and their maps are held against
the masks.

`--train-base` makes the base first, by the demo's own recipe on four places (an hour on two cores).
"""

from __future__ import annotations

import dataclasses
import shutil
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import cv2
import numpy as np
import pandas as pd
import typer
from numpy.typing import NDArray

from benchmarks.options import AsJson, Quick, start
from core.cli import run_stages
from core.config import Settings
from core.demo import study as demo
from core.demo.scenes import STUDY_SEED, TRAINING_SEED, WORKED_ON, labels_of, scene
from core.demo.world import PLACES
from core.errors import UserError
from core.evaluate import evaluate
from core.importing import Import
from core.specs import DenoiserSpec
from core.store import models
from core.store.layout import Layout
from core.study import Study
from core.terminal import print_json, print_table, with_bar
from core.train_spec import LORA_LAYERS, LoraLayers, TrainSpec
from core.training import ModelTraining, spec_for

UNSEEN = ("Bangkok", "New York")
KNOWN = tuple(place for place in PLACES if place not in UNSEEN)
ADAPTER_SEED = 3
PICTURES, HELD_OUT = 200, 20
"""Of each place; so many of them are held out."""
BASE_STEPS = 2200

Steps = Annotated[int | None, typer.Option(min=1, help="Steps of the adapter; default: as `train` has it.")]
Layers = Annotated[LoraLayers, typer.Option(help="Where the adapter learns; all: convolutions too.")]
Rank = Annotated[int | None, typer.Option(min=1, help="Rank of the adapter; default: as `train` has it.")]


@dataclass
class Streets:
    """Scenes of some places, one after another: an `Examples` of `core/diffusion/examples.py`."""

    seed: int
    numbers: list[int]
    _drawn: dict[int, NDArray[np.uint8]] = field(default_factory=dict)

    @staticmethod
    def of(seed: int, places: tuple[str, ...], first: int, last: int) -> Streets:
        """Scenes `first` to `last` of each place."""
        numbers = [i for i in range(last * len(PLACES)) if labels_of(i)["place"] in places]
        return Streets(seed, [i for i in numbers if first <= i // len(PLACES) < last])

    def __len__(self) -> int:
        return len(self.numbers)

    def picture(self, i: int) -> NDArray[np.uint8]:
        """(128, 128, 3) RGB, drawn when first asked for and kept."""
        if i not in self._drawn:
            drawn = scene(self.seed, self.numbers[i]).picture
            small = cv2.resize(drawn, (WORKED_ON, WORKED_ON), interpolation=cv2.INTER_AREA)
            self._drawn[i] = np.asarray(small, np.uint8)
        return self._drawn[i]

    def labels(self, i: int) -> Mapping[str, str]:
        """Its place and decade."""
        return labels_of(self.numbers[i])


def train_base(name: str, steps: int, settings: Settings) -> None:
    """A model of the demo's kind that has seen four of its places, under its autoencoder."""
    spec = dataclasses.replace(
        demo.TRAINING, steps=steps, autoencoder=str(Layout(settings.cache).model(demo.NAME))
    )
    scenes = Streets.of(TRAINING_SEED, KNOWN, 0, demo.TRAINING_SCENES // len(PLACES))
    _finish(ModelTraining(name, scenes, spec, settings))


def adapt(spec: TrainSpec, pictures: int, held: int, settings: Settings) -> dict[str, Any]:
    """Learn the two places; what `train --json` says of it."""
    learned = Streets.of(ADAPTER_SEED, UNSEEN, 0, pictures - held)
    unseen = Streets.of(ADAPTER_SEED, UNSEEN, pictures - held, pictures)
    training = ModelTraining("adapter", learned, spec, settings, unseen)
    _finish(training)
    return training.summary()


def ask(model: str, each: int, settings: Settings) -> dict[str, Any]:
    """Average precision of a model's maps on the study's first pictures of each of the two places."""
    study = small_study(each, settings)
    asked = study.with_spec(denoiser=DenoiserSpec(model))
    run_stages(asked, ["screen", "typicality"], 0)
    return evaluate(asked.identified())


def small_study(each: int, settings: Settings) -> Study:
    """The demo study's first pictures of each of the two places, as a study of their own."""
    source = Layout(Settings().cache).demo_pictures
    for _ in with_bar(demo.prepare(), "drawing"):
        pass
    folder = settings.cache / "pictures"
    if not folder.is_dir():
        table = pd.read_csv(source / "metadata.csv")
        own = table[table["place"].isin(UNSEEN)].groupby("place").head(each)
        for name in [*own["file_name"], *own["mask"]]:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source / name, folder / name)
        shutil.copy(source / "elements.csv", folder / "elements.csv")
        own.to_csv(folder / "metadata.csv", index=False)
    reading = Import("places", str(folder), demo.SPEC, settings)
    for _ in with_bar(reading, "reading"):
        pass
    return reading.study


def shipped() -> dict[str, Any]:
    """The same of the demo's own maps of these places, which its own model made."""
    return evaluate(Study.open(demo.NAME), UNSEEN)


def measure(base: str, folder: Path, quick: bool, before: bool, **options: Any) -> dict[str, Any]:
    """Everything this benchmark has to say; what it makes lies in `folder`."""
    settings = Settings(cache=folder)
    full = shipped()
    source = models.denoiser(Layout(Settings().cache), base).source
    pictures, held, each = (12, 4, 2) if quick else (PICTURES, HELD_OUT, demo.PICTURES // len(PLACES))
    study = small_study(each, settings)
    options |= {"steps": 4} if quick else {}
    spec = spec_for(study, "lora", source, **options)
    learned = adapt(spec, pictures, held, settings)
    started = time.monotonic()
    found = ask(learned["folder"], each, settings)
    took = time.monotonic() - started
    result = _compared(found, full)
    if before:
        result["average_precision_before"] = ask(source, each, settings)["average_precision"]
    size = sum(file.stat().st_size for file in Path(learned["folder"]).iterdir()) / 1e6
    return result | {
        "seconds": learned["seconds"],
        "evaluation_seconds": round(took, 1),
        "adapter_megabytes": round(size, 3),
        "rank": spec.lora_rank,
        "layers": list(spec.lora_modules),
        **{name: learned[name] for name in ("steps", "kept_step", "stopped_early", "held_out_gain")},
        "pictures_a_place": pictures,
        "seeds": {"demo model": TRAINING_SEED, "demo study": STUDY_SEED, "adapter": ADAPTER_SEED},
    }


def _compared(found: Mapping[str, Any], full: Mapping[str, Any]) -> dict[str, Any]:
    def of(one: Mapping[str, Any], whole: Mapping[str, Any]) -> dict[str, float]:
        mine, theirs = float(one["average_precision"]), float(whole["average_precision"])
        return {
            "average_precision": mine,
            "full_average_precision": theirs,
            "ratio": round(mine / theirs, 4),
            "chance": float(one["chance"]),
        }

    labels = {place: of(found["labels"][place], full["labels"][place]) for place in UNSEEN}
    return of(found, full) | {"places": labels}


def _finish(training: ModelTraining) -> None:
    for title, phase in training.phases():
        for _ in with_bar(phase, title):
            pass


def show(found: dict[str, Any]) -> None:
    """The same for people."""
    places = found.pop("places")
    columns = ["place", *next(iter(places.values()))]
    print_table(
        columns, [[place, *(round(value, 3) for value in row.values())] for place, row in places.items()]
    )
    print()
    print_table(["", ""], [[name, str(value)] for name, value in found.items()])


def main(
    base: Annotated[str, typer.Option(help="A model that knows the other four places.")] = "four_places",
    train: Annotated[bool, typer.Option("--train-base", help="Make the base first.")] = False,
    base_steps: Annotated[int, typer.Option(min=1, help="Steps of the base.")] = BASE_STEPS,
    before: Annotated[bool, typer.Option("--before", help="Ask the base as it is too.")] = False,
    folder: Annotated[
        Path | None, typer.Option(help="Where adapter and study are kept, to go on from; default: nowhere.")
    ] = None,
    steps: Steps = None,
    rank: Rank = None,
    layers: Layers = "attention",
    as_json: AsJson = False,
    quick: Quick = False,
) -> None:
    """Learn two places by an adapter, and hold its maps against those of a model that knew them all along."""
    if train:
        train_base(base, 4 if quick else base_steps, Settings())
    if not base:
        raise UserError("Give --base, or make one by --train-base.")
    with tempfile.TemporaryDirectory() as own:
        learning = {"steps": steps, "lora_rank": rank, "lora_modules": LORA_LAYERS[layers]}
        found = measure(base, folder or Path(own), quick, before, **learning)
    (print_json if as_json else show)(found)


if __name__ == "__main__":
    start(main)
