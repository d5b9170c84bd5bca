"""Sums of noise samples against numpy over all samples at once."""

from __future__ import annotations

import numpy as np
import pytest

from core.mining.sums import Sums, sums
from core.mining.typicality import mean_over_t

T = np.array([100, 100, 199, 199, 640, 640, 350, 350])


def draw(samples: int = 8):
    rng = np.random.default_rng(0)
    typicality = rng.normal(0.3, 1, (samples, 3, 5)).astype(np.float32)
    return typicality, rng.normal(1, 0.2, (samples, 3, 5)).astype(np.float32) ** 2


def test_bins__hold_the_samples_of_their_tenth_of_t():
    typicality, change = draw()
    found = sums(typicality, change, T, 1000, paired=True)
    assert found.counts.tolist() == [0, 4, 0, 2, 0, 0, 2, 0, 0, 0]
    means = found.bin_means()
    assert means.dtype == np.float16 and means.shape == (2, 3, 3, 5)
    for plane, values in enumerate((typicality, change)):
        expected = [values[:4].mean(0), values[6:].mean(0), values[4:6].mean(0)]
        np.testing.assert_allclose(means[plane], expected, rtol=2e-3, atol=2e-3)
    np.testing.assert_allclose(mean_over_t(means[0], found.counts), typicality.mean(0), atol=2e-3)
    assert found.mean() == pytest.approx(typicality.mean(), rel=1e-5)


def test_bins__of_a_shorter_diffusion_and_of_its_last_step():
    typicality, change = draw(4)
    found = sums(typicality, change, np.array([0, 4, 5, 49]), 50, paired=False)
    assert found.counts.tolist() == [2, 1, 0, 0, 0, 0, 0, 0, 0, 1]


@pytest.mark.parametrize("paired", [False, True])
def test_error__is_the_standard_error_of_independent_units(paired):
    typicality, change = draw()
    found = sums(typicality, change, T, 1000, paired)
    units = typicality.reshape(4, 2, 3, 5).mean(1) if paired else typicality
    expected = units.std(axis=0, ddof=1) / np.sqrt(len(units))
    assert found.unit_count == len(units) and found.error().dtype == np.float16
    np.testing.assert_allclose(found.error(), expected, rtol=2e-3)


def test_error__a_pair_is_one_draw():
    """Samples of a pair that undo each other say nothing of the spread between draws."""
    typicality = np.array([1, -1, 1, -1], np.float32)[:, None, None]
    assert sums(typicality, typicality, T[:4], 1000, paired=True).error()[0, 0] == 0
    assert sums(typicality, typicality, T[:4], 1000, paired=False).error()[0, 0] == pytest.approx(
        0.577, abs=1e-3
    )


def test_error__of_one_unit_is_unknown():
    typicality, change = draw(2)
    assert np.isnan(sums(typicality, change, T[:2], 1000, paired=True).error()).all()
    assert np.isfinite(sums(typicality, change, T[:2], 1000, paired=False).error()).all()


@pytest.mark.parametrize("paired", [False, True])
@pytest.mark.parametrize("cut", [2, 4])
def test_added__equal_the_joint(paired, cut):
    typicality, change = draw()
    joint = sums(typicality, change, T, 1000, paired)
    added = sums(typicality[:cut], change[:cut], T[:cut], 1000, paired) + sums(
        typicality[cut:], change[cut:], T[cut:], 1000, paired
    )
    assert_equal(added, joint)


def test_unpacked__is_what_was_packed():
    typicality, change = draw()
    found = sums(typicality, change, T, 1000, paired=True)
    packed = found.pack()
    assert packed.shape == (22, 3, 5) and packed.dtype == np.float32
    again = Sums.unpack(packed, found.counts.tolist(), found.unit_count, found.mean_squares)
    assert np.array_equal(again.bins, found.bins) and np.array_equal(again.units, found.units)
    assert_equal(again, found)


def test_half__saturates_and_keeps_what_is_no_number():
    typicality, change = draw(2)
    typicality[:, 0, 0], typicality[:, 0, 1] = 1e9, np.nan
    means = sums(typicality, change, T[:2], 1000, paired=False).bin_means()
    assert means[0, 0, 0, 0] == np.finfo(np.float16).max
    assert np.isnan(means[0, 0, 0, 1]) and np.isfinite(means[0, 0, 0, 2])


@pytest.mark.parametrize("paired", [False, True])
def test_mean_error__is_that_of_the_pictures_mean(paired):
    typicality, change = draw()
    found = sums(typicality, change, T, 1000, paired)
    means = typicality.mean(axis=(1, 2))
    means = means.reshape(-1, 2).mean(axis=1) if paired else means
    assert found.mean() == pytest.approx(means.mean(), rel=1e-5)
    assert found.mean_error() == pytest.approx(means.std(ddof=1) / np.sqrt(len(means)), rel=1e-4)


def assert_equal(one: Sums, other: Sums) -> None:
    np.testing.assert_allclose(one.bins, other.bins, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(one.units, other.units, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(one.error(), other.error(), rtol=2e-3)
    assert one.mean_squares == pytest.approx(other.mean_squares)
    assert np.array_equal(one.counts, other.counts) and one.unit_count == other.unit_count
