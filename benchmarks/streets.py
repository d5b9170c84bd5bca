"""Prague streets whose Kyoto twin is known: the same scene, drawn again for the other place.

A translation can so be held against the truth: what colour is the roof of this house there?
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count, islice

import cv2
import numpy as np
from numpy.typing import NDArray

from core.demo.scenes import STUDY_SEED, TRAINING_SEED, WORKED_ON, labels_of
from core.demo.world import ELEMENTS, draw_scene

SOURCE, TARGET = "Prague", "Kyoto"
_ROOF = {element.name: element.id for element in ELEMENTS}
_RED, _DARK = _ROOF["red tiled roof"], _ROOF["dark curved roof"]
_LEAST = 150
"""Pixels of roof a street must show, of 128 x 128."""


@dataclass(frozen=True)
class Street:
    """A scene in Prague and its twin in Kyoto, as the denoiser sees them.

    Attributes:
        picture, twin: (128, 128, 3) uint8.
        roof: (128, 128) bool, wholly red roof.
        background: (128, 128) bool, where nothing is planted in Prague.
        replaced: share of the red roof where the twin shows Kyoto's dark one.
    """

    picture: NDArray[np.uint8]
    twin: NDArray[np.uint8]
    roof: NDArray[np.bool_]
    background: NDArray[np.bool_]
    replaced: float


def streets(seed: int, number: int) -> list[Street]:
    """The first so many streets of a world that show enough of a red roof."""
    return list(islice(_streets(seed), number))


def unseen(number: int) -> list[Street]:
    """Streets the study shows, which its denoiser was not trained on."""
    return streets(STUDY_SEED, number)


def known(number: int) -> list[Street]:
    """Streets of the denoiser's own training, to learn the truth's range from."""
    return streets(TRAINING_SEED, number)


def _streets(seed: int) -> Iterator[Street]:
    for i in count():
        labels = labels_of(i)
        if labels["place"] != SOURCE:
            continue
        here, there = (draw_scene(seed, i, place, labels["decade"]) for place in (SOURCE, TARGET))
        roof = _share(here.mask == _RED) > 0.95
        if roof.sum() < _LEAST:
            continue
        yield Street(
            _small(here.picture),
            _small(there.picture),
            roof,
            _share(here.mask == 0) > 0.95,
            float(_share(there.mask == _DARK)[roof].mean()),
        )


def _small(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.asarray(cv2.resize(picture, (WORKED_ON, WORKED_ON), interpolation=cv2.INTER_AREA), np.uint8)


def _share(mask: NDArray[np.bool_]) -> NDArray[np.float32]:
    size = (WORKED_ON, WORKED_ON)
    return np.asarray(cv2.resize(mask.astype(np.float32), size, interpolation=cv2.INTER_AREA), np.float32)
