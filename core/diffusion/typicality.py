"""Stages `screen` and `typicality`: where does knowing the label help the denoiser? (eq. 3)"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.dataset.prompt import Row
from core.diffusion.asking import Answers, ask, same_shape_groups
from core.diffusion.denoiser import Denoiser
from core.diffusion.noise import NoiseSamples, noise_samples
from core.diffusion.pictures import Framed, framed
from core.diffusion.stable_diffusion import denoiser
from core.diffusion.told import Told
from core.errors import UserError
from core.mining.boxes import box_side
from core.mining.screening import best_scores, survivors
from core.mining.sums import Sums, sums
from core.specs import StudySpec
from core.stages import Inputs, Record, Shard


def screen(inputs: Inputs, shard: Shard) -> Iterator[Record]:
    """The first few samples of every picture under its own label, as sums the next stage goes on from."""
    if not inputs.spec.screen.samples:
        return
    _check(inputs.spec)
    question = Question.of(inputs)
    for outcome in question.measured(shard.keys, range(inputs.spec.screen.samples), {}, only_own=True):
        if isinstance(outcome, Record):
            yield outcome
            continue
        scores, errors = best_scores(outcome.sums[0], inputs.spec.patches, outcome.framed_size)
        total = outcome.sums[0]
        beside = {
            "box": total.box,
            "units": total.unit_count,
            "mean_squares": total.mean_squares,
            "scores": scores,
            "errors": errors,
        }
        yield Record("sums", outcome.row(0) | beside, {"totals": total.pack()})


def measure(inputs: Inputs, shard: Shard) -> Iterator[Record]:
    """Maps of every picture of the shard, from all noise samples.

    A picture that screening showed cannot hold one of its label's best patches keeps the map of its
    few samples, marked as not complete.
    """
    question = Question.of(inputs)
    first = _screened(inputs, shard)
    keep = survivors(inputs.artifacts["screen"].table("sums"), inputs.spec.screen, inputs.spec.patches.top)
    for picture in shard.keys:
        if picture in first and picture not in keep:
            row, totals = first[picture]
            yield _record(row | {"complete": False}, totals)
    going_on = [picture for picture in shard.keys if not first or picture in keep]
    # Screening asked under the own label alone: for maps under all labels every sample is asked anew.
    known = first if inputs.spec.typicality.labels == "own" else {}
    rest = range(inputs.spec.screen.samples if known else 0, inputs.spec.typicality.noise.samples)
    yield from _complete(question.measured(going_on, rest, known, only_own=False))


def look(inputs: Inputs, shard: Shard) -> Iterator[Record]:
    """Maps of single pictures from all noise samples; none is screened."""
    samples = range(inputs.spec.typicality.noise.samples)
    yield from _complete(Question.of(inputs).measured(shard.keys, samples, {}, only_own=False))


@dataclass(frozen=True)
class Measured:
    """Sums of one picture under each of `labels`."""

    picture: Framed
    labels: tuple[str, ...]
    sums: tuple[Sums, ...]
    multiple: int

    @property
    def framed_size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.picture.pixels.shape[1], self.picture.pixels.shape[0]

    def row(self, i: int) -> dict[str, Any]:
        """The row of `maps` or `sums` for label `i`, but for what only one of them has."""
        height, width = self.sums[i].units.shape[1:]
        return {
            "picture": self.picture.id,
            "label": self.labels[i],
            "samples": int(self.sums[i].counts.sum()),
            "mean": self.sums[i].mean(),
            "mean_error": self.sums[i].mean_error(),
            "height": height,
            "width": width,
            "frame_width": self.framed_size[0],
            "frame_height": self.framed_size[1],
            "multiple": self.multiple,
            "counts": self.sums[i].counts.tolist(),
        }


@dataclass(frozen=True)
class Question:
    """Everything that is the same for all pictures of a study: denoiser, prompts, noise samples."""

    inputs: Inputs
    denoiser: Denoiser
    told: Told
    samples: NoiseSamples

    @staticmethod
    def of(inputs: Inputs) -> Question:
        """Load the denoiser, embed all prompts once, draw the times."""
        model = denoiser(inputs.spec.denoiser, inputs.settings)
        samples = noise_samples(inputs.spec.typicality.noise, model.steps)
        return Question(inputs, model, Told.of(model, inputs), samples)

    def measured(
        self,
        ids: Sequence[str],
        which: range,
        first: Mapping[str, tuple[dict[str, Any], Sums]],
        only_own: bool,
    ) -> Iterator[Measured | Record]:
        """Ask samples `which` about each picture, adding what was known `first`."""
        pictures: list[Framed] = []
        for one in framed(self.inputs, ids, self.denoiser.multiple):
            if isinstance(one, Record):
                yield one
            else:
                pictures.append(one)
        conditions = 1 + len(self._labels_of(pictures[0], only_own)) if pictures else 1
        together = max(1, self.denoiser.passes // (conditions * max(1, len(which))))
        for group in same_shape_groups([one.pixels.shape for one in pictures], together):
            yield from self._group(pictures[group], which, first, only_own)

    def _group(
        self,
        pictures: Sequence[Framed],
        which: range,
        first: Mapping[str, tuple[dict[str, Any], Sums]],
        only_own: bool,
    ) -> Iterator[Measured]:
        labels = [self._labels_of(one, only_own) for one in pictures]
        latents = self.denoiser.encode(np.stack([one.pixels for one in pictures]))
        rows = [self.conditions(one.row, asked) for one, asked in zip(pictures, labels, strict=True)]
        answers = ask(self.denoiser, latents, self.told.text, np.array(rows), self.samples, which)
        for i, picture in enumerate(pictures):
            box = box_side(self.inputs.spec.patches.size, latents.shape[-1], picture.pixels.shape[1])
            found = [_sums(answers, i, k, self, box) for k in range(len(labels[i]))]
            if picture.id in first:
                found = [first[picture.id][1] + found[0]]
            yield Measured(picture, labels[i], tuple(found), self.denoiser.multiple)

    def _labels_of(self, picture: Framed, only_own: bool) -> tuple[str, ...]:
        if self.inputs.spec.typicality.labels == "all" and not only_own:
            return self.inputs.labels
        return (str(picture.row[self.inputs.spec.label_column]),)

    def conditions(self, picture: Row, labels: Sequence[str]) -> list[int]:
        """Rows of `told.text` for one picture: its null prompt, then it under each of `labels`."""
        return [self.told.null(picture), *self.told.labelled(picture, labels)]


def _check(spec: StudySpec) -> None:
    first, noise = spec.screen.samples, spec.typicality.noise
    if first >= noise.samples or (noise.antithetic and first % 2):
        raise UserError(
            f"Screening cannot take {first} of {noise.samples} noise samples: choose fewer than all of them, "
            "an even number when samples come in antithetic pairs."
        )


def _sums(answers: Answers, picture: int, label: int, question: Question, box: int) -> Sums:
    return sums(
        answers.typicality[picture, label],
        answers.change[picture, label],
        answers.t,
        question.denoiser.steps,
        question.samples.spec.antithetic,
        box,
    )


def _screened(inputs: Inputs, shard: Shard) -> dict[str, tuple[dict[str, Any], Sums]]:
    """Row and sums of the shard's screened pictures; empty when nothing was screened."""
    artifact = inputs.artifacts["screen"]
    table = artifact.table("sums")
    if not len(table):
        return {}
    shared = (
        "picture", "label", "samples", "mean", "mean_error", "height", "width", "frame_width", "frame_height",
        "multiple", "counts",
    )  # fmt: skip
    return {
        row["picture"]: (
            {name: row[name] for name in shared},
            Sums.unpack(
                np.asarray(artifact.array("sums", "totals", row)),
                row["counts"],
                row["box"],
                row["units"],
                row["mean_squares"],
            ),
        )
        for _, row in table[table["picture"].isin(shard.keys)].iterrows()
    }


def _complete(outcomes: Iterator[Measured | Record]) -> Iterator[Record]:
    for outcome in outcomes:
        if isinstance(outcome, Record):
            yield outcome
            continue
        for i in range(len(outcome.labels)):
            yield _record(outcome.row(i) | {"complete": True}, outcome.sums[i])


def _record(row: dict[str, Any], total: Sums) -> Record:
    return Record(
        "maps",
        row,
        {"bins": total.bin_means(), "error": total.error(), "box_error": total.box_error()},
    )
