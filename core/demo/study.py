"""The demo as a dataset and a study: its pictures as files, its specs, its denoiser's training."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import pandas as pd

from core.config import Settings
from core.dataset.prompt import PromptTemplate
from core.demo.scenes import STUDY_SEED, WORKED_ON, labels_of, scene
from core.demo.world import ELEMENTS
from core.presets import SMALL_STEPS
from core.specs import (
    ClusterSpec,
    DenoiserSpec,
    FrameSpec,
    NoiseSpec,
    PatchSpec,
    StudySpec,
    TranslateSpec,
    TrendSpec,
    TypicalitySpec,
)
from core.store.layout import Layout
from core.train_spec import TrainSpec

NAME = "demo"
PICTURES = 360
"""15 of each place and decade."""
PLACE = PromptTemplate("A street in {label}.", "A street.")
DECADE = PromptTemplate("A street in the {label}.", "A street.")

TRAINING_SCENES = 4800
TRAINING = TrainSpec(
    prompts=(*[("place", PLACE)] * 4, ("decade", DECADE)),  # four times in five it is told the place
    frame=FrameSpec(WORKED_ON),
    autoencoder_steps=1500,
    steps=2200,
    focus=0.5,
    held_out=0.0,  # its scenes are drawn for it alone
)

SPEC = StudySpec(
    label_column="place",
    prompt=PLACE,
    denoiser=DenoiserSpec(NAME),
    frame=FrameSpec(WORKED_ON),
    typicality=TypicalitySpec(NoiseSpec(samples=24, t_min=0.5, t_max=0.9)),
    patches=PatchSpec(size=24),
    clusters=ClusterSpec(clusters=16),
    translate=TranslateSpec(steps=SMALL_STEPS, count=20),
    trends=TrendSpec(clusters=16),
)


@dataclass(frozen=True)
class Drawing:
    """Iterable over the study's pictures as they are drawn into `folder`; those already there are kept.

    Uncompressed files, so that their bytes, and with them the dataset's fingerprint, are the same on
    every machine. `metadata.csv`, which makes the folder a dataset, comes last.
    """

    folder: Path

    def __len__(self) -> int:
        return 0 if (self.folder / "metadata.csv").is_file() else PICTURES

    def __iter__(self) -> Iterator[int]:
        if not len(self):
            return
        for kind in ("pictures", "masks"):
            (self.folder / kind).mkdir(parents=True, exist_ok=True)
        for i in range(PICTURES):
            self._draw(i)
            yield i
        pd.DataFrame([vars(element) for element in ELEMENTS]).to_csv(
            self.folder / "elements.csv", index=False
        )
        rows = [
            {"file_name": f"pictures/{file_name(i)}", **labels_of(i), "mask": f"masks/{file_name(i)}"}
            for i in range(PICTURES)
        ]
        unfinished = self.folder / "metadata.part"
        pd.DataFrame(rows).to_csv(unfinished, index=False)
        unfinished.rename(self.folder / "metadata.csv")

    def _draw(self, i: int) -> None:
        if (self.folder / "pictures" / file_name(i)).is_file():
            return
        drawn = scene(STUDY_SEED, i)
        # The mask is written first: a picture that is there has its mask.
        for kind, pixels in (
            ("masks", drawn.mask),
            ("pictures", cv2.cvtColor(drawn.picture, cv2.COLOR_RGB2BGR)),
        ):
            target = self.folder / kind / file_name(i)
            unfinished = target.with_name(f"part-{target.name}")
            cv2.imwrite(str(unfinished), pixels)
            unfinished.rename(target)


def prepare(settings: Settings | None = None) -> Drawing:
    """What is still to be drawn before the demo study can be looked at; usually nothing."""
    return Drawing(Layout((settings or Settings()).cache).demo_pictures)


def file_name(i: int) -> str:
    """What the files of scene `i`, its picture and its mask, are called."""
    labels = labels_of(i)
    return f"{labels['place'].replace(' ', '_')}_{labels['decade']}_{i:03d}.bmp"
