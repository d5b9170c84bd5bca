"""Intervals against their formulas."""

from __future__ import annotations

import math

import pytest

from core.mining.intervals import share_interval


@pytest.mark.parametrize(("some", "of"), [(0, 5), (5, 5), (3, 10), (40, 100)])
def test_share_interval__is_wilsons(some: int, of: int) -> None:
    z, p = 1.959964, some / of
    half = z * math.sqrt(p * (1 - p) / of + z**2 / (4 * of**2))
    ends = [(p + z**2 / (2 * of) + side * half) / (1 + z**2 / of) for side in (-1, 1)]
    assert share_interval(some, of) == pytest.approx(ends, abs=1e-6)


def test_share_interval__of_nothing_is_unknown() -> None:
    assert all(math.isnan(end) for end in share_interval(0, 0))
