"""Colours and what becomes of them, in words."""

from __future__ import annotations

import numpy as np
import pytest

from core.mining.becoming import apart, chroma, in_words, mean_colour


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ((47, 44, 36), (32, 2, -6), "darker and greyer"),  # a red roof becomes a dark one
        ((47, 44, 36), (70, 0, 50), "lighter and yellower"),
        ((32, 2, -6), (47, 44, 36), "lighter, more colourful and redder"),
        ((50, 0, 0), (51, 1, 1), ""),
        ((50, 0, 0), (50, 0, -5), ""),  # seen, but no word is large enough for it
        ((50, 20, 0), (50, -20, 0), "greener"),
        ((50, 0, 30), (50, 0, -30), "bluer"),
    ],
)
def test_in_words(before: tuple[float, ...], after: tuple[float, ...], said: str) -> None:
    assert in_words(np.array(before, float), np.array(after, float)) == said


def test_mean_colour__is_weighted_by_shares() -> None:
    mean = mean_colour([[0, 0, 0], [100, 10, 20]], [0.75, 0.25])
    np.testing.assert_allclose(mean, [25, 2.5, 5])
    assert chroma(mean) == pytest.approx(5.59, abs=0.01) and apart(mean, mean) == 0
