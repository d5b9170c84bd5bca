"""Numbered scenes of the demo world, one after another through all places and decades."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from core.demo.world import DECADES, PLACES, Scene, draw_scene

TRAINING_SEED, STUDY_SEED = 1, 2
"""Scenes the demo's denoiser learns from, and scenes its study shows: never the same."""
WORKED_ON = 128
"""Pixels a side the denoiser sees of a scene drawn at 256."""


def labels_of(i: int) -> dict[str, str]:
    """Place and decade of scene `i`: every run of 24 scenes holds each pair once."""
    return {"place": PLACES[i % len(PLACES)], "decade": DECADES[i // len(PLACES) % len(DECADES)]}


def scene(seed: int, i: int) -> Scene:
    """Scene `i` of a seed."""
    return draw_scene(seed, i, **labels_of(i))


@dataclass
class TrainingScenes:
    """The pictures the demo's denoiser is trained on (an `Examples` of `core/diffusion/examples.py`)."""

    count: int
    _drawn: dict[int, NDArray[np.uint8]] = field(default_factory=dict)

    def __len__(self) -> int:
        return self.count

    def picture(self, i: int) -> NDArray[np.uint8]:
        """(128, 128, 3) RGB, drawn when first asked for and kept."""
        if i not in self._drawn:
            size = (WORKED_ON, WORKED_ON)
            self._drawn[i] = np.asarray(
                cv2.resize(scene(TRAINING_SEED, i).picture, size, interpolation=cv2.INTER_AREA), np.uint8
            )
        return self._drawn[i]

    def labels(self, i: int) -> Mapping[str, str]:
        """Its place and decade."""
        return labels_of(i)
