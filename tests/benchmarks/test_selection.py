"""When are two selections of patches the same?"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from benchmarks.selection import Estimate, Pictures, best, correlation, coverage, overlap
from core.specs import PatchSpec

SIZE = 24


def patches(*rows):
    return pd.DataFrame([dict(zip(("label", "picture", "x", "y"), row, strict=True)) for row in rows])


REFERENCE = patches(("Paris", "a", 0, 0), ("Paris", "a", 24, 0), ("Paris", "b", 10, 10))


@pytest.mark.parametrize(
    ("chosen", "share"),
    [
        (REFERENCE, 1.0),
        (patches(("Paris", "a", 8, 0)), 1 / 3),  # two thirds of either: the ratio is just 0.5
        (patches(("Paris", "a", 9, 0)), 0.0),
        (patches(("Paris", "a", 12, 0)), 0.0),  # half of each of two neighbours is neither
        (patches(("Paris", "c", 0, 0)), 0.0),
        (patches(("Prague", "a", 0, 0)), 0.0),
        (patches(("Paris", "b", 60, 60)), 0.0),
    ],
)
def test_overlap__counts_the_same_squares(chosen, share):
    assert overlap(chosen, REFERENCE, SIZE) == pytest.approx(share)


def estimates(rng, shift=0.0, error=1.0):
    maps = np.random.default_rng(0).normal(size=(4, 16, 16)).astype(np.float32)
    maps = maps + rng.normal(0, shift, maps.shape).astype(np.float32)
    return [Estimate(one, one**2, np.full(one.shape, error, np.float16)) for one in maps]


@pytest.fixture
def pictures():
    spec = PatchSpec(size=SIZE, per_picture=5, top=2)
    return Pictures(["a", "b", "c", "d"], ["Paris", "Paris", "Kyoto", "Kyoto"], (64, 64), spec)


def test_best__takes_the_top_of_every_label(pictures):
    chosen = best(estimates(np.random.default_rng(1)), pictures)
    assert chosen["label"].value_counts().to_dict() == {"Paris": 2, "Kyoto": 2}
    assert chosen.groupby("label")["score"].apply(lambda scores: scores.is_monotonic_decreasing).all()


def test_coverage__is_nominal_where_the_error_is_true(pictures):
    rng = np.random.default_rng(1)
    truth = estimates(rng)

    def off_as_one() -> list[Estimate]:
        """Every pixel of a map is wrong by the same, so a square's error is a pixel's."""
        error = np.full((16, 16), 0.5, np.float16)
        return [Estimate(one.typicality + rng.normal(0, 0.5), one.change, error) for one in truth]

    shares = [coverage(off_as_one(), truth, pictures) for _ in range(400)]
    assert np.mean(shares) == pytest.approx(0.95, abs=0.02)


def test_correlation__falls_with_noise(pictures):
    rng = np.random.default_rng(1)
    truth = estimates(rng)
    little, much = (correlation(estimates(rng, noise), truth, pictures) for noise in (0.1, 3.0))
    assert correlation(truth, truth, pictures) == pytest.approx(1.0)
    assert 0.9 < little < 1 and much < little
