"""How close each way of taking noise samples comes to the truth, by how many it takes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.counting import counted
from benchmarks.selection import Estimate, Pictures, best, correlation, coverage, overlap
from core.diffusion.asking import Answers, ask
from core.diffusion.noise import noise_samples
from core.diffusion.pictures import Framed, framed
from core.diffusion.stable_diffusion import StableDiffusion, denoiser
from core.mining.boxes import box_side
from core.mining.sums import Sums, sums
from core.specs import NoiseSpec
from core.stages import Inputs
from core.terminal import say

ANTITHETIC = "stratified+antithetic"
_KINDS: Mapping[str, dict[str, Any]] = {
    "iid": {"sampler": "iid", "antithetic": False},
    "stratified": {"sampler": "stratified", "antithetic": False},
    ANTITHETIC: {"sampler": "stratified", "antithetic": True},
}
ESTIMATORS = tuple(_KINDS)
"""The paper's own, with t spread over strata, and with every eps taken with both signs as well."""
REFERENCE_SEED = 1
"""None of the seed of what is tested (`NoiseSpec.seed`): no estimator shares a sample with the reference."""


@dataclass(frozen=True)
class Plan:
    """What is measured: how many pictures, which numbers of samples by estimator, how good a reference."""

    pictures: int
    samples: Mapping[str, tuple[int, ...]]
    reference: int


@dataclass(frozen=True)
class Bench:
    """The denoiser and everything it is asked about."""

    model: StableDiffusion
    pictures: Pictures
    latents: torch.Tensor
    text: torch.Tensor
    conditions: NDArray[np.int64]
    noise: NoiseSpec
    """Its range of t is the one that is asked about."""

    @staticmethod
    def of(inputs: Inputs) -> Bench:
        """Load the denoiser; frame and encode the pictures once for all questions."""
        spec, model = inputs.spec, denoiser(inputs.spec.denoiser, inputs.settings)
        seen = [
            one for one in framed(inputs, inputs.pictures.index, model.multiple) if isinstance(one, Framed)
        ]
        labels = [str(one.row[spec.label_column]) for one in seen]
        text = model.embed([spec.prompt.null, *(spec.prompt.prompt(label) for label in inputs.labels)])
        height, width = seen[0].pixels.shape[:2]
        return Bench(
            model,
            Pictures([one.id for one in seen], labels, (width, height), spec.patches),
            model.encode(np.stack([one.pixels for one in seen])),
            text,
            np.array([[0, 1 + inputs.labels.index(label)] for label in labels]),
            spec.typicality.noise,
        )

    @property
    def box(self) -> int:
        """Side of a patch in latent pixels."""
        return box_side(self.pictures.patches.size, self.latents.shape[-1], self.pictures.frame[0])

    def ask(self, noise: NoiseSpec, which: range) -> tuple[Answers, float]:
        """The samples `which` of all pictures, and how many UNet passes a picture they took."""
        samples = noise_samples(noise, self.model.steps)
        with counted(self.model) as passes:
            answers = ask(self.model, self.latents, self.text, self.conditions, samples, which)
        return answers, passes.count / len(self.latents)


@dataclass(frozen=True)
class Question:
    """One estimator's answers at one number of samples; `passes` a picture."""

    estimator: str
    answers: Answers
    passes: float
    box: int
    """Side of a patch in latent pixels."""

    @property
    def samples(self) -> int:
        """How many were taken."""
        return len(self.answers.t)

    def sums(self, steps: int, first: int | None = None) -> list[Sums]:
        """Every picture's sums, of all samples or of the `first` ones."""
        of, paired = slice(first), _KINDS[self.estimator]["antithetic"]
        both = zip(self.answers.typicality[:, 0, of], self.answers.change[:, 0, of], strict=True)
        t, box = self.answers.t[of], self.box
        return [sums(typicality, change, t, steps, paired, box) for typicality, change in both]


def questions(bench: Bench, plan: Plan) -> Iterator[Question]:
    """Ask everything of the plan.

    The first N of 100 iid samples are N iid samples, so those are asked once. Strata depend on N:
    there every N is asked anew.
    """
    for estimator, counts in plan.samples.items():
        joined, passes = None, 0.0
        for count in counts:
            say(f"{estimator}, {count} samples ...")
            nested = estimator == "iid"
            spec = noise_spec(bench.noise, estimator, max(counts) if nested else count)
            answers, sent = bench.ask(spec, range(len(joined.t) if nested and joined else 0, count))
            joined = _join(joined, answers) if nested and joined else answers
            passes = passes + sent if nested else sent
            yield Question(estimator, joined, passes, bench.box)


def noise_spec(within: NoiseSpec, estimator: str, samples: int, **changes: Any) -> NoiseSpec:
    """An estimator of `ESTIMATORS` with so many samples, over the range of t of `within`."""
    return replace(within, samples=samples, **_KINDS[estimator], **changes)


def reference(bench: Bench, plan: Plan) -> list[Estimate]:
    """The best estimate at hand: many samples, of a seed of their own."""
    say(f"reference, {plan.reference} samples ...")
    spec = noise_spec(bench.noise, ANTITHETIC, plan.reference, seed=REFERENCE_SEED)
    answers, passes = bench.ask(spec, range(plan.reference))
    return estimates(Question(ANTITHETIC, answers, passes, bench.box), bench)


def estimates(question: Question, bench: Bench) -> list[Estimate]:
    """Every picture's maps."""
    return [Estimate.of(total) for total in question.sums(bench.model.steps)]


def point(question: Question, bench: Bench, truth: list[Estimate]) -> dict[str, Any]:
    """One point of the curve: what so many samples cost, and how close they come."""
    tested, pictures = estimates(question, bench), bench.pictures
    row = {"estimator": question.estimator, "samples": question.samples, "passes": question.passes}
    row |= {"correlation": correlation(tested, truth, pictures)}
    row |= {"overlap": overlap(best(tested, pictures), best(truth, pictures), pictures.patches.size)}
    row |= {"change_correlation": correlation(tested, truth, pictures, "change")}
    chosen, wanted = best(tested, pictures, "change"), best(truth, pictures, "change")
    row |= {"change_overlap": overlap(chosen, wanted, pictures.patches.size)}
    return row | {"interval_coverage": coverage(tested, truth, pictures)}


def _join(first: Answers, then: Answers) -> Answers:
    """The samples of both, one after the other."""
    return Answers(
        np.concatenate([first.typicality, then.typicality], axis=2),
        np.concatenate([first.change, then.change], axis=2),
        np.concatenate([first.t, then.t]),
    )
