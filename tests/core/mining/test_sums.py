"""Sums of noise samples against numpy over all samples at once."""

from __future__ import annotations

import numpy as np
import pytest

from core.mining.sums import Sums, sums
from core.mining.typicality import mean_over_t

BOX = 2
T = np.array([100, 100, 199, 199, 640, 640, 350, 350])


def draw(samples: int = 8):
    rng = np.random.default_rng(0)
    typicality = rng.normal(0.3, 1, (samples, 3, 5)).astype(np.float32)
    return typicality, rng.normal(1, 0.2, (samples, 3, 5)).astype(np.float32) ** 2


def test_bins__hold_the_samples_of_their_tenth_of_t():
    typicality, change = draw()
    found = sums(typicality, change, T, 1000, paired=True, box=BOX)
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
    found = sums(typicality, change, np.array([0, 4, 5, 49]), 50, paired=False, box=BOX)
    assert found.counts.tolist() == [2, 1, 0, 0, 0, 0, 0, 0, 0, 1]


@pytest.mark.parametrize("paired", [False, True])
def test_error__is_the_standard_error_of_independent_units(paired):
    typicality, change = draw()
    found = sums(typicality, change, T, 1000, paired, box=BOX)
    units = typicality.reshape(4, 2, 3, 5).mean(1) if paired else typicality
    expected = units.std(axis=0, ddof=1) / np.sqrt(len(units))
    assert found.unit_count == len(units) and found.error().dtype == np.float16
    np.testing.assert_allclose(found.error(), expected, rtol=2e-3)


@pytest.mark.parametrize("box", [1, 2, 3])
def test_box_error__is_that_of_the_mean_over_the_square(box):
    """Pixels of a square that go up and down together do not average out."""
    rng = np.random.default_rng(1)
    typicality = rng.normal(0, 1, (6, 7, 7)).astype(np.float32) + rng.normal(0, 2, (6, 1, 1)).astype(
        np.float32
    )
    found = sums(typicality, typicality, np.arange(6) * 100, 1000, paired=False, box=box).box_error()
    top, left = 3 - box // 2, 4 - box // 2
    means = typicality[:, top : top + box, left : left + box].mean(axis=(1, 2))
    assert found[3, 4] == pytest.approx(means.std(ddof=1) / np.sqrt(6), rel=2e-3)
    if box > 1:
        alone = typicality.std(axis=0, ddof=1)[top : top + box, left : left + box] / np.sqrt(6)
        assert found[3, 4] > np.sqrt((alone**2).sum()) / box**2


def test_error__a_pair_is_one_draw():
    """Samples of a pair that undo each other say nothing of the spread between draws."""
    typicality = np.array([1, -1, 1, -1], np.float32)[:, None, None]
    assert sums(typicality, typicality, T[:4], 1000, paired=True, box=BOX).error()[0, 0] == 0
    assert sums(typicality, typicality, T[:4], 1000, paired=False, box=BOX).error()[0, 0] == pytest.approx(
        0.577, abs=1e-3
    )


def test_error__of_one_unit_is_unknown():
    typicality, change = draw(2)
    assert np.isnan(sums(typicality, change, T[:2], 1000, paired=True, box=BOX).error()).all()
    assert np.isfinite(sums(typicality, change, T[:2], 1000, paired=False, box=BOX).error()).all()


@pytest.mark.parametrize("paired", [False, True])
@pytest.mark.parametrize("cut", [2, 4])
def test_added__equal_the_joint(paired, cut):
    typicality, change = draw()
    joint = sums(typicality, change, T, 1000, paired, box=BOX)
    added = sums(typicality[:cut], change[:cut], T[:cut], 1000, paired, box=BOX) + sums(
        typicality[cut:], change[cut:], T[cut:], 1000, paired, BOX
    )
    assert_equal(added, joint)


def test_unpacked__is_what_was_packed():
    typicality, change = draw()
    found = sums(typicality, change, T, 1000, paired=True, box=BOX)
    packed = found.pack()
    assert packed.shape == (23, 3, 5) and packed.dtype == np.float32
    again = Sums.unpack(packed, found.counts.tolist(), BOX, found.unit_count, found.mean_squares)
    assert np.array_equal(again.bins, found.bins) and np.array_equal(again.units, found.units)
    assert_equal(again, found)


def test_half__saturates_and_keeps_what_is_no_number():
    typicality, change = draw(2)
    typicality[:, 0, 0], typicality[:, 0, 1] = 1e9, np.nan
    means = sums(typicality, change, T[:2], 1000, paired=False, box=BOX).bin_means()
    assert means[0, 0, 0, 0] == np.finfo(np.float16).max
    assert np.isnan(means[0, 0, 0, 1]) and np.isfinite(means[0, 0, 0, 2])


@pytest.mark.parametrize("paired", [False, True])
def test_mean_error__is_that_of_the_pictures_mean(paired):
    typicality, change = draw()
    found = sums(typicality, change, T, 1000, paired, box=BOX)
    means = typicality.mean(axis=(1, 2))
    means = means.reshape(-1, 2).mean(axis=1) if paired else means
    assert found.mean() == pytest.approx(means.mean(), rel=1e-5)
    assert found.mean_error() == pytest.approx(means.std(ddof=1) / np.sqrt(len(means)), rel=1e-4)


def assert_equal(one: Sums, other: Sums) -> None:
    np.testing.assert_allclose(one.bins, other.bins, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(one.units, other.units, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(one.error(), other.error(), rtol=2e-3)
    np.testing.assert_allclose(one.box_error(), other.box_error(), rtol=2e-3)
    assert one.mean_squares == pytest.approx(other.mean_squares)
    assert np.array_equal(one.counts, other.counts) and one.unit_count == other.unit_count
