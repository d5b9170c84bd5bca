"""Box means, their errors and the choice of boxes, against plain loops at picture resolution."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from core.errors import UserError
from core.mining.boxes import box_errors, box_means, box_side, box_weights, pick_apart
from core.mining.sums import sums
from core.mining.typicality import upsample

SHAPES = [((3, 5), (40, 24), 7), ((4, 4), (32, 32), 32), ((6, 2), (16, 48), 1), ((5, 3), (13, 21), 10)]
"""(latent height and width, framed width and height, patch size)"""


def loop_means(picture_map: np.ndarray, size: int) -> np.ndarray:
    height, width = picture_map.shape
    means = np.empty((height - size + 1, width - size + 1))
    for y in range(means.shape[0]):
        for x in range(means.shape[1]):
            means[y, x] = picture_map[y : y + size, x : x + size].astype(np.float64).mean()
    return means


def loop_boxes(means: np.ndarray, size: int, count: int) -> list[tuple[int, int]]:
    """The best first, then the best of those that overlap none before."""
    order = sorted(np.ndindex(means.shape), key=lambda at: (-means[at], at))
    taken: list[tuple[int, int]] = []
    for y, x in order:
        if len(taken) < count and all(abs(x - u) >= size or abs(y - v) >= size for u, v in taken):
            taken.append((x, y))
    return taken


@pytest.mark.parametrize(("latent", "frame", "size"), SHAPES)
def test_means_are_those_of_the_upsampled_map(
    latent: tuple[int, int], frame: tuple[int, int], size: int
) -> None:
    values = np.random.default_rng(2).normal(size=latent).astype(np.float16)
    upsampled = upsample(values, frame[1], frame[0])
    expected = loop_means(upsampled, size)
    assert_allclose(box_means(values, size, frame), expected, atol=1e-5)
    assert_allclose(box_means(upsampled, size), expected, atol=1e-6)


@pytest.mark.parametrize("size", [8, 16, 24, 40])
def test_errors_are_read_at_the_middle_of_the_square(size: int) -> None:
    """Squares that lie on latent pixels get the error measured for exactly those."""
    rng = np.random.default_rng(3)
    typicality = rng.normal(size=(6, 5, 6)).astype(np.float32)
    box = box_side(size, 6, 48)
    total = sums(typicality, typicality, np.arange(6) * 100, 1000, paired=False, box=box)
    found = box_errors(total.box_error(), size, (48, 40))
    assert found.shape == box_means(typicality[0], size, (48, 40)).shape
    for top, left in np.ndindex(5 - box + 1, 6 - box + 1):
        means = typicality[:, top : top + box, left : left + box].mean(axis=(1, 2))
        assert found[8 * top, 8 * left] == pytest.approx(means.std(ddof=1) / np.sqrt(6), rel=2e-3)


def test_weights_are_shares_and_stay_as_they_are() -> None:
    weights = box_weights(8, 64, 20)
    assert weights.shape == (45, 8)
    assert_allclose(weights.sum(axis=1), 1)
    with pytest.raises(ValueError, match="read-only"):
        weights[0, 0] = 2


@pytest.mark.parametrize("size", [1, 5, 9, 18])
def test_boxes_are_the_greedy_choice(size: int) -> None:
    # Few different values, so that ties are everywhere.
    means = np.random.default_rng(size).integers(0, 4, size=(18, 27)).astype(np.float32)
    # Asked for more than fit, so that boxes touch on all sides.
    assert pick_apart(means, size, 1000) == loop_boxes(means, size, 1000)
    assert pick_apart(means, size, 3) == loop_boxes(means, size, 3)


def best_boxes(
    values: np.ndarray, width: int, height: int, size: int, count: int
) -> list[tuple[int, int, float]]:
    """(x, y, mean) of the squares stage `patches` would take."""
    means = box_means(values, size, (width, height))
    return [(x, y, float(means[y, x])) for x, y in pick_apart(means, size, count)]


def test_best_boxes_reach_into_corners_and_touch() -> None:
    values = np.zeros((4, 8))
    values[3, 7], values[0, 0] = 9, 5
    boxes = best_boxes(values, width=64, height=32, size=16, count=2)
    assert [box[:2] for box in boxes] == [(48, 16), (0, 0)]
    scores = [score for _, _, score in boxes]
    expected = loop_means(upsample(values, 32, 64), 16)
    assert_allclose(scores, [expected[16, 48], expected[0, 0]], rtol=1e-5)


def test_a_constant_map_is_tiled_from_its_first_pixel() -> None:
    # Sevenths and tenths are not exact in binary: equal squares differ in the last bits of float64.
    values = np.full((3, 5), 0.1)
    boxes = best_boxes(values, width=35, height=21, size=7, count=100)
    assert [box[:2] for box in boxes] == [(x, y) for y in (0, 7, 14) for x in (0, 7, 14, 21, 28)]
    assert {score for _, _, score in boxes} == {float(np.float32(0.1))}


def test_a_patch_as_large_as_the_picture_and_one_that_is_larger() -> None:
    values = np.arange(6.0).reshape(2, 3)
    assert best_boxes(values, 24, 24, size=24, count=5) == [(0, 0, pytest.approx(2.5))]
    with pytest.raises(UserError, match="25 pixels does not fit into a picture of 40 x 24"):
        best_boxes(values, 40, 24, size=25, count=5)


def test_what_is_not_a_number_is_never_picked() -> None:
    means = np.array([[np.nan, 1.0], [np.nan, np.nan]], np.float32)
    assert pick_apart(means, 1, 4) == [(1, 0)]
