"""Noise samples: the (t, eps) pairs that all pictures and all conditions share.

The paper averages eq. 3 over 100 independent pairs. Sharing them between the label and its null is
what makes the difference of two large losses small enough to see; spreading t over strata and taking
eps with both signs makes fewer samples do (`benchmarks/estimators.py` measures by how much).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.specs import NoiseSpec


@dataclass(frozen=True)
class NoiseSamples:
    """All samples of a spec, in the order they are taken.

    Attributes:
        spec: what they were drawn from.
        t: (samples,) int64, diffusion steps in [0, steps).
    """

    spec: NoiseSpec
    t: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.t)

    def eps(self, i: int, shape: tuple[int, ...]) -> NDArray[np.float32]:
        """Noise of sample `i`: `shape` float32, unit variance. Of (seed, i) alone, drawn on the CPU."""
        if not self.spec.antithetic:
            return _draw(self.spec.seed, i).standard_normal(shape, dtype=np.float32)
        eps = _draw(self.spec.seed, i // 2).standard_normal(shape, dtype=np.float32)
        return -eps if i % 2 else eps


def noise_samples(spec: NoiseSpec, steps: int = 1000) -> NoiseSamples:
    """Choose t for every sample of `spec` in a diffusion of `steps` steps.

    Stratified samples visit their strata in van der Corput order, so that the first n of them are
    spread over the range too and a run may stop early.
    """
    draws = spec.samples // 2 if spec.antithetic else spec.samples
    # The first number of each stream is the jitter of t; eps has a stream of its own beside it.
    jitter = np.array([_draw(spec.seed, i, 1).random() for i in range(draws)])
    share = (_spread_order(draws) + jitter) / draws if spec.sampler == "stratified" else jitter
    t = np.floor((spec.t_min + share * (spec.t_max - spec.t_min)) * steps).astype(np.int64)
    t = np.minimum(t, steps - 1)
    return NoiseSamples(spec, np.repeat(t, 2) if spec.antithetic else t)


def _draw(*key: int) -> np.random.Generator:
    return np.random.Generator(np.random.Philox(np.random.SeedSequence(key)))


def _spread_order(n: int) -> NDArray[np.int64]:
    """0..n-1 in an order whose every beginning is spread over the whole (ranks of bit-reversed counting)."""
    bits = max(1, (n - 1).bit_length())
    reversed_counting = [int(f"{i:0{bits}b}"[::-1], 2) for i in range(n)]
    return np.argsort(np.argsort(reversed_counting))
