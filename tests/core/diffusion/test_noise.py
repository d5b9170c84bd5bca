"""Noise samples: nested, spread, shared."""

from __future__ import annotations

import numpy as np
import pytest

from core.diffusion.noise import noise_samples
from core.errors import UserError
from core.specs import NoiseSpec


@pytest.mark.parametrize("antithetic", [False, True])
@pytest.mark.parametrize("samples", [2, 6, 32, 100])
def test_stratified__one_time_in_every_stratum(samples, antithetic):
    spec = NoiseSpec(samples=samples, antithetic=antithetic, t_min=0.1, t_max=0.7)
    t = noise_samples(spec).t
    draws = samples // 2 if antithetic else samples
    if antithetic:
        assert np.array_equal(t[::2], t[1::2])
        t = t[::2]
    strata = ((t + 0.5) / 1000 - 0.1) / 0.6 * draws
    assert np.abs(np.sort(strata) - np.arange(draws) - 0.5).max() <= 0.5 + draws / 600


def test_stratified__every_beginning_is_spread():
    t = noise_samples(NoiseSpec(samples=64, antithetic=False)).t
    for n in (4, 8, 16, 32):
        quarters = np.histogram(t[:n], bins=4, range=(100, 700))[0]
        assert quarters.min() == quarters.max() == n // 4


def test_iid__is_not_stratified():
    t = noise_samples(NoiseSpec(samples=100, sampler="iid", antithetic=False)).t
    assert np.histogram(t, bins=100, range=(100, 700))[0].max() > 1
    assert t.min() >= 100 and t.max() < 700


def test_eps__antithetic_pairs_cancel():
    samples = noise_samples(NoiseSpec(samples=4))
    assert np.array_equal(samples.eps(0, (4, 8, 8)), -samples.eps(1, (4, 8, 8)))
    assert not np.array_equal(samples.eps(0, (4, 8, 8)), samples.eps(2, (4, 8, 8)))


def test_eps__of_seed_and_number_alone():
    few, many = noise_samples(NoiseSpec(samples=4)), noise_samples(NoiseSpec(samples=64, t_max=0.9))
    assert np.array_equal(few.eps(3, (4, 8, 8)), many.eps(3, (4, 8, 8)))
    other = noise_samples(NoiseSpec(samples=4, seed=7))
    assert not np.array_equal(few.eps(3, (4, 8, 8)), other.eps(3, (4, 8, 8)))


def test_eps__is_unit_normal():
    eps = noise_samples(NoiseSpec(samples=2)).eps(0, (4, 64, 64))
    assert eps.dtype == np.float32
    assert abs(eps.mean()) < 0.03 and abs(eps.std() - 1) < 0.03


@pytest.mark.parametrize(
    "wrong", [{"samples": 3}, {"samples": 0}, {"t_min": 0.7, "t_max": 0.7}, {"t_max": 1.2}]
)
def test_spec__says_what_is_wrong(wrong):
    with pytest.raises(UserError):
        NoiseSpec(**wrong)
