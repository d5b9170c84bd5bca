"""The demo as a dataset and a study: its pictures as files, its specs, its denoiser's training."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import pandas as pd

from core.dataset.prompt import PromptTemplate
from core.demo.scenes import STUDY_SEED, WORKED_ON, labels_of, scene
from core.demo.world import ELEMENTS
from core.specs import (
    ClusterSpec,
    DenoiserSpec,
    FrameSpec,
    NoiseSpec,
    PatchSpec,
    StudySpec,
    TrainSpec,
    TypicalitySpec,
)

NAME = "demo"
PICTURES = 360
"""15 of each place and decade."""
PLACE = PromptTemplate("A street in {label}.", "A street.")
DECADE = PromptTemplate("A street in the {label}.", "A street.")

TRAINING_SCENES = 4800
TRAINING = TrainSpec(
    prompts=(("place", PLACE), ("decade", DECADE)),
    frame=FrameSpec(WORKED_ON),
    autoencoder_steps=1000,
    steps=2600,
    held_out=0.0,  # its scenes are drawn for it alone
)

SPEC = StudySpec(
    label_column="place",
    prompt=PLACE,
    denoiser=DenoiserSpec(NAME),
    frame=FrameSpec(WORKED_ON),
    typicality=TypicalitySpec(NoiseSpec(samples=32)),
    patches=PatchSpec(size=24),
    clusters=ClusterSpec(clusters=16),
)


@dataclass(frozen=True)
class Drawing:
    """Iterable over the study's pictures as they are drawn into `folder`; those already there are kept.

    Uncompressed files, so that their bytes, and with them the dataset's fingerprint, are the same on
    every machine. `metadata.csv`, which makes the folder a dataset, comes last.
    """

    folder: Path

    def __len__(self) -> int:
        return PICTURES

    @property
    def done(self) -> bool:
        """Whether everything is there."""
        return (self.folder / "metadata.csv").is_file()

    def __iter__(self) -> Iterator[int]:
        for kind in ("pictures", "masks"):
            (self.folder / kind).mkdir(parents=True, exist_ok=True)
        for i in range(PICTURES):
            self._draw(i)
            yield i
        pd.DataFrame([vars(element) for element in ELEMENTS]).to_csv(self.folder / "elements.csv", index=False)
        rows = [{"file_name": f"pictures/{_name(i)}", **labels_of(i), "mask": f"masks/{_name(i)}"} for i in range(PICTURES)]
        unfinished = self.folder / "metadata.part"
        pd.DataFrame(rows).to_csv(unfinished, index=False)
        unfinished.rename(self.folder / "metadata.csv")

    def _draw(self, i: int) -> None:
        if (self.folder / "pictures" / _name(i)).is_file():
            return
        drawn = scene(STUDY_SEED, i)
        # The mask is written first: a picture that is there has its mask.
        for kind, pixels in (("masks", drawn.mask), ("pictures", cv2.cvtColor(drawn.picture, cv2.COLOR_RGB2BGR))):
            target = self.folder / kind / _name(i)
            unfinished = target.with_name(f"part-{target.name}")
            cv2.imwrite(str(unfinished), pixels)
            unfinished.rename(target)


def _name(i: int) -> str:
    labels = labels_of(i)
    return f"{labels['place'].replace(' ', '_')}_{labels['decade']}_{i:03d}.bmp"
