"""Likeness on vectors whose angles are known, against plain loops."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from core.mining.similar import centres, directions, middle, nearest, similarities


def vectors(n: int, d: int = 5) -> np.ndarray:
    return np.random.default_rng(1).normal(2, 1, size=(n, d)).astype(np.float16)


def test_middle__is_the_mean_of_all_blocks() -> None:
    whole = vectors(11)
    assert_allclose(middle([whole[:3], whole[3:4], whole[4:]]), whole.astype(float).mean(axis=0), rtol=1e-6)


def test_middle__of_nothing_is_an_error() -> None:
    with pytest.raises(ValueError, match="no vectors"):
        middle([np.zeros((0, 3), np.float16)])


def test_similarities__are_cosines_seen_from_the_middle() -> None:
    whole = vectors(9)
    here = middle([whole])
    found = similarities([whole[:4], whole[4:]], whole[[2, 7]], here)
    assert found.shape == (9, 2)
    for i in range(9):
        for column, k in enumerate((2, 7)):
            one, other = (whole[j].astype(float) - here for j in (i, k))
            expected = one @ other / np.sqrt((one @ one) * (other @ other))
            assert found[i, column] == pytest.approx(expected, abs=1e-5)


def test_similarities__known_angles() -> None:
    points = np.array([[2, 1], [1, 2], [0, 1], [1, 1], [5, 1]], np.float16)
    found = similarities([points], points[:1], np.array([1, 1], np.float32))
    assert_allclose(found[:, 0], [1, 0, -1, 0, 1], atol=1e-6)  # the fourth lies in the middle


def test_similarities__no_blocks_are_no_rows() -> None:
    assert similarities([], vectors(2), np.zeros(5)).shape == (0, 2)


def test_directions__have_length_one() -> None:
    assert_allclose(np.linalg.norm(directions(vectors(6), np.zeros(5)), axis=1), 1, rtol=1e-5)


def test_nearest__best_first_among_those_allowed() -> None:
    alike = np.array([0.1, 0.9, 0.5, 0.9, 0.7])
    allowed = np.array([True, True, True, True, False])
    assert nearest(alike, allowed, 3).tolist() == [1, 3, 2]
    assert nearest(alike, np.zeros(5, bool), 3).tolist() == []


def test_centres__in_the_order_asked_for() -> None:
    points = np.array([[0, 0], [2, 2], [5, 5], [9, 9]], np.float16)
    found = centres(points, np.array(["a", "a", "b", "x"], dtype=object), ["b", "a", "none"])
    assert found.tolist() == [[5, 5], [1, 1], [0, 0]]
