"""Stage `cotypicality`: how typical each place of a picture is of every label it is seen under (eq. 4)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.dataset.frame import frame_for
from core.diffusion.asking import ask
from core.diffusion.translations import Parallel, parallels
from core.diffusion.typicality import Question
from core.errors import UserError
from core.mining.boxes import box_errors, box_side
from core.mining.cotypicality import places
from core.mining.sums import sums
from core.mining.typicality import mean_over_t
from core.stages import Inputs, Record, Shard


def measure(inputs: Inputs, shard: Shard) -> Iterator[Record]:
    """The best places of each source of the shard, and each of them under every label.

    The source's own map is that of stage `typicality`; its translations are asked about with the same
    noise samples, each under the label it was translated to.
    """
    maps = inputs.artifacts["typicality"].table("maps")
    question: Question | None = None
    for parallel in parallels(inputs, shard):
        question = question or Question.of(inputs)
        own = maps[
            (maps["picture"] == parallel.source["picture"]) & (maps["label"] == parallel.source["label"])
        ]
        asked = [_own(inputs, own.iloc[0]), *_translated(question, parallel)]
        yield from _records(inputs, parallel.source, sorted(asked, key=lambda one: one.label))


@dataclass(frozen=True)
class _Asked:
    """T under one label, (h, w), and the standard errors of its means, over all of the map and over a patch
    around each latent pixel."""

    label: str
    typicality: NDArray[np.float32]
    mean_error: float
    box_error: NDArray[np.float16]


def _own(inputs: Inputs, row: pd.Series[Any]) -> _Asked:
    artifact = inputs.artifacts["typicality"]
    mean = mean_over_t(artifact.array("maps", "bins", row), row["counts"])[0]
    box_error = np.asarray(artifact.array("maps", "box_error", row))
    return _Asked(str(row["label"]), mean, float(row["mean_error"]), box_error)


def _translated(question: Question, parallel: Parallel) -> list[_Asked]:
    inputs, model, samples = question.inputs, question.denoiser, question.samples
    latents = model.encode(parallel.translations)
    picture: pd.Series[Any] = inputs.pictures.loc[str(parallel.source["picture"])]  # type: ignore[assignment]
    conditions = np.array([question.conditions(picture, [label]) for label in parallel.labels])
    answers = ask(model, latents, question.told.text, conditions, samples, range(len(samples)))
    box = box_side(inputs.spec.patches.size, latents.shape[-1], parallel.translations.shape[2])
    found = []
    for i, label in enumerate(parallel.labels):
        total = sums(
            answers.typicality[i, 0], answers.change[i, 0], answers.t, model.steps,
            samples.spec.antithetic, box,
        )  # fmt: skip
        mean = mean_over_t(total.bin_means(), total.counts)[0]
        found.append(_Asked(label, mean, total.mean_error(), total.box_error()))
    return found


def _records(inputs: Inputs, source: pd.Series[Any], asked: list[_Asked]) -> Iterator[Record]:
    picture, own = str(source["picture"]), str(source["label"])
    for one in asked:
        mean = {"mean": float(one.typicality.mean()), "mean_error": one.mean_error}
        row = {"picture": picture, "label": one.label, "source": own, **mean}
        yield Record("maps", row, {"typicality": one.typicality.astype(np.float16)})
    size, frame = inputs.spec.patches.size, (int(source["frame_width"]), int(source["frame_height"]))
    original: pd.Series[Any] = inputs.pictures.loc[picture]  # type: ignore[assignment]
    placed = frame_for(
        int(original["width"]), int(original["height"]), inputs.spec.frame, int(source["multiple"])
    )
    try:
        best = places(
            np.stack([one.typicality for one in asked]), size, frame, inputs.spec.cotypicality.per_picture
        )
    except UserError as problem:
        yield Record("failures", {"picture": picture, "reason": str(problem)})
        return
    errors = [box_errors(one.box_error, size, frame) for one in asked]
    for rank, place in enumerate(best):
        left, top, right, bottom = placed.to_picture(place.x, place.y, size, size)
        name = {"place": f"{picture}-{rank}", "picture": picture}
        where = {"x": place.x, "y": place.y, "size": size}
        box = {"left": left, "top": top, "right": right, "bottom": bottom}
        yield Record(
            "places", {**name, "label": own, "rank": rank, **where, **box, "cotypicality": place.cotypicality}
        )
        for one, error, value in zip(asked, errors, place.typicality, strict=True):
            measured = {"typicality": float(value), "error": float(error[place.y, place.x])}
            yield Record("views", {**name, "label": one.label, **measured})
