"""Many runs out of one: noise samples asked once, of which runs are drawn again and again.

A real run of 48 pictures says to about 0.06 how much of a reference it finds, too little to tell one way
of sharing out noise samples from another. Drawing says it to 0.01: of a pool of many samples some become
a run, and the mean of all others is the truth it is held against.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks.curve import ANTITHETIC, REFERENCE_SEED, Bench, Question, noise_spec
from benchmarks.selection import Estimate, Pictures, candidates
from core.diffusion.asking import Answers
from core.diffusion.noise import noise_samples
from core.specs import NoiseSpec

Indices = NDArray[np.int64]


@dataclass(frozen=True)
class DrawnRun:
    """One run as it would have gone, and the truth by the samples it has not drawn."""

    looks: dict[int, pd.DataFrame]
    """The patches found after so many samples: a row a patch, each picture's own best first."""
    truth: pd.DataFrame
    """The same of the samples that were not drawn."""


@dataclass(frozen=True)
class Pool:
    """Antithetic samples of all pictures, in pairs, in the order of t."""

    answers: Answers
    pictures: Pictures
    box: int
    """Side of a patch in latent pixels."""
    steps: int
    noise: NoiseSpec
    """Its range of t is the one that was asked about."""

    @staticmethod
    def of(bench: Bench, samples: int) -> Pool:
        """Ask so many, spread evenly over the range of t."""
        spec = noise_spec(bench.noise, ANTITHETIC, samples, seed=REFERENCE_SEED)
        answers, _ = bench.ask(spec, range(samples))
        ordered = _some(answers, answers.t.argsort(kind="stable"))
        return Pool(ordered, bench.pictures, bench.box, bench.model.steps, bench.noise)

    def antithetic(self, samples: int, looks: Sequence[int], rng: np.random.Generator) -> DrawnRun:
        """A pair out of each of as many equal strata as the run has pairs, visited in the project's order."""
        spec = noise_spec(self.noise, ANTITHETIC, samples)
        visited = noise_samples(spec, self.steps).t[::2].argsort().argsort()
        strata = np.array_split(np.arange(len(self.answers.t) // 2), samples // 2)
        pairs = np.array([rng.choice(strata[stratum]) for stratum in visited])
        return self._run(np.stack([2 * pairs, 2 * pairs + 1], axis=1).ravel(), ANTITHETIC, looks)

    def iid(self, samples: int, rng: np.random.Generator) -> DrawnRun:
        """Any single samples."""
        return self._run(rng.permutation(len(self.answers.t))[:samples], "iid", [samples])

    def _run(self, drawn: Indices, estimator: str, looks: Sequence[int]) -> DrawnRun:
        others = np.setdiff1d(np.arange(len(self.answers.t)), drawn)
        found = {number: self._patches(drawn[:number], estimator) for number in looks}
        return DrawnRun(found, self._patches(others, "iid"))  # only its means are used

    def _patches(self, which: Indices, estimator: str) -> pd.DataFrame:
        question = Question(estimator, _some(self.answers, which), 2.0 * len(which), self.box)
        maps = [Estimate.of(total) for total in question.sums(self.steps)]
        return candidates(maps, self.pictures)


def _some(answers: Answers, which: Indices) -> Answers:
    """Those samples of the answers, in that order."""
    return Answers(answers.typicality[:, :, which], answers.change[:, :, which], answers.t[which])
