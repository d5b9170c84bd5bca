"""Streets of one place whose twins are known: the same scenes, drawn again for other places.

A translation can so be held against the truth: what colour is the roof of this house there?
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count, islice

import cv2
import numpy as np
from numpy.typing import NDArray

from core.demo.scenes import STUDY_SEED, TRAINING_SEED, WORKED_ON, labels_of
from core.demo.world import ROOFS, draw_scene

SOURCE, TARGET = "Prague", "Kyoto"
"""The pair most is asked about: red roofs become dark ones."""
LEAST = 150
"""Pixels of roof a street must show, of 128 x 128."""


@dataclass(frozen=True)
class Twin:
    """A street as it is in another place.

    Attributes:
        picture: (128, 128, 3) uint8.
        replaced: share of the source's roof where that place's own planted roof stands; NaN where it plants
            none.
    """

    picture: NDArray[np.uint8]
    replaced: float


@dataclass(frozen=True)
class Street:
    """A scene in its source's place, and its twins, as the denoiser sees them.

    Attributes:
        picture: (128, 128, 3) uint8.
        roof: (128, 128) bool, wholly planted roof.
        background: (128, 128) bool, where nothing is planted.
        twins: by place.
    """

    picture: NDArray[np.uint8]
    roof: NDArray[np.bool_]
    background: NDArray[np.bool_]
    twins: Mapping[str, Twin]


def unseen(number: int, targets: Sequence[str] = (TARGET,)) -> list[Street]:
    """The first so many streets the study shows, which its denoiser was not trained on."""
    return list(islice(_streets(STUDY_SEED, targets), number))


def known(number: int, targets: Sequence[str] = (TARGET,)) -> list[Street]:
    """Streets of the denoiser's own training, to learn the truth's range from."""
    return list(islice(_streets(TRAINING_SEED, targets), number))


def wholly(where: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Of a scene's pixels, those of the smaller picture that lie within, (128, 128)."""
    return _share(where) > 0.95


def small(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A scene as the denoiser sees it, (128, 128, 3)."""
    return np.asarray(cv2.resize(picture, (WORKED_ON, WORKED_ON), interpolation=cv2.INTER_AREA), np.uint8)


def _streets(seed: int, targets: Sequence[str]) -> Iterator[Street]:
    for i in count():
        labels = labels_of(i)
        if labels["place"] != SOURCE:
            continue
        here = draw_scene(seed, i, SOURCE, labels["decade"])
        roof = wholly(here.mask == ROOFS[SOURCE])
        if roof.sum() >= LEAST:
            twins = {place: _twin(seed, i, place, labels["decade"], roof) for place in targets}
            yield Street(small(here.picture), roof, wholly(here.mask == 0), twins)


def _twin(seed: int, i: int, place: str, decade: str, roof: NDArray[np.bool_]) -> Twin:
    there = draw_scene(seed, i, place, decade)
    own = ROOFS.get(place)
    replaced = float("nan") if own is None else float(_share(there.mask == own)[roof].mean())
    return Twin(small(there.picture), replaced)


def _share(mask: NDArray[np.bool_]) -> NDArray[np.float32]:
    size = (WORKED_ON, WORKED_ON)
    return np.asarray(cv2.resize(mask.astype(np.float32), size, interpolation=cv2.INTER_AREA), np.float32)
