"""Means over t, upsampling, and the scale, intervals and names made from maps."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from core.errors import UserError
from core.mining.typicality import interval, mean_over_t, name_by_mean, quantile_scale, upsample

COUNTS = [0, 2, 3, 1, 0, 0, 4, 0, 0, 0]
STORED = [1, 2, 3, 6]


@pytest.fixture
def bins() -> np.ndarray:
    return np.random.default_rng(0).normal(size=(2, len(STORED), 3, 5)).astype(np.float16)


def by_hand(bins: np.ndarray, weights: dict[int, float]) -> np.ndarray:
    total = sum(weight * bins[:, STORED.index(bin_)].astype(float) for bin_, weight in weights.items())
    return np.asarray(total / sum(weights.values()))


@pytest.mark.parametrize(
    ("t_range", "weights"),
    [
        ((0.0, 1.0), {1: 2, 2: 3, 3: 1, 6: 4}),
        ((0.1, 0.3), {1: 2, 2: 3}),
        ((0.25, 0.65), {2: 3 * 0.5, 3: 1, 6: 4 * 0.5}),
        ((0.62, 0.64), {6: 1}),
        ((0.1 * 3, 0.1 * 3 + 0.1), {3: 1}),  # 0.30000000000000004 and its kin
        ((0.0, 0.6 + 1e-12), {1: 2, 2: 3, 3: 1}),
    ],
)
def test_mean_over_t_weighs_bins_by_samples_and_overlap(
    bins: np.ndarray, t_range: tuple[float, float], weights: dict[int, float]
) -> None:
    mean = mean_over_t(bins, COUNTS, t_range)
    assert mean.dtype == np.float32
    assert_allclose(mean, by_hand(bins, weights), rtol=1e-6)


@pytest.mark.parametrize("t_range", [(0.4, 0.6), (0.7, 1.0), (0.2, 0.2), (0.4, 0.6 + 1e-12)])
def test_a_range_without_samples_is_refused(bins: np.ndarray, t_range: tuple[float, float]) -> None:
    with pytest.raises(UserError, match="No noise sample has t between"):
        mean_over_t(bins, COUNTS, t_range)


def test_upsampling_is_bilinear_between_pixel_centres() -> None:
    latent = np.random.default_rng(1).normal(size=(3, 5)).astype(np.float16)
    height, width = 24, 60
    expected = np.empty((height, width))
    for y in range(height):
        for x in range(width):
            v = min(max((y + 0.5) * 3 / height - 0.5, 0), 2)
            u = min(max((x + 0.5) * 5 / width - 0.5, 0), 4)
            top, left = min(int(v), 1), min(int(u), 3)
            a, b = v - top, u - left
            square = latent[top : top + 2, left : left + 2].astype(float)
            expected[y, x] = np.array([1 - a, a]) @ square @ np.array([1 - b, b])
    assert_allclose(upsample(latent, height, width), expected, atol=1e-5)


def test_interval_takes_columns() -> None:
    low, high = interval(pd.Series([1.0, 2.0]), pd.Series([0.5, 0.0]), z=2)
    assert low.tolist() == [0.0, 2.0]
    assert high.tolist() == [2.0, 2.0]


def test_one_scale_for_maps_of_different_shapes() -> None:
    maps = [np.full((2, 3), -4.0), np.zeros((10, 10)), np.array([[np.nan, np.inf]])]
    assert quantile_scale(maps, share=1.0) == 4.0
    assert quantile_scale(maps, share=0.5) == 1.0, "all zeros at this quantile: still a scale"
    assert quantile_scale([]) == 1.0
    assert quantile_scale([np.linspace(-1, 1, 2001)], share=0.9) == pytest.approx(0.9, abs=1e-3)


def test_a_picture_is_named_by_its_largest_mean() -> None:
    means = pd.DataFrame(
        {"Kyoto": [0.1, -0.3, np.nan, 0.2], "Paris": [0.2, np.nan, np.nan, 0.2]}, index=["a", "b", "c", "d"]
    )
    assert name_by_mean(means).to_dict() == {"a": "Paris", "b": "Kyoto", "d": "Kyoto"}
