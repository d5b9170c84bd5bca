"""Average precision, its interval, and the truth it is held against."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from sklearn.metrics import average_precision_score

from core.mining import recall, resampling
from core.mining.intervals import average_precision_interval, median_interval
from core.mining.localisation import (
    Evidence,
    Scale,
    average_precision,
    best_threshold,
    chance,
    estimates,
    measure,
    pointing,
    truth_mask,
)


def test_average_precision_worked_by_hand() -> None:
    scores = np.array([[0.9, 0.8, 0.7], [0.6, 0.5, 0.4]])
    positives = np.array([[True, False, True], [False, False, True]])
    # Thresholds at the positives: recall 1/3 at precision 1/1, 2/3 at 2/3, 1 at 3/6.
    assert average_precision(scores, positives) == pytest.approx((1 + 2 / 3 + 1 / 2) / 3)


def test_a_constant_map_is_at_chance() -> None:
    positives = np.random.default_rng(0).random((30, 40)) < 0.2
    assert average_precision(np.zeros((30, 40)), positives) == pytest.approx(positives.mean())
    assert np.isnan(average_precision(np.zeros((3, 4)), np.zeros((3, 4), bool)))


def test_boxes_and_masks_as_truth() -> None:
    mask = np.array([[0, 1, 2, 0], [0, 1, 3, 0], [0, 0, 0, 0]], np.uint8)
    expected = np.zeros((3, 4), bool)
    expected[1:3, 2:4] = True
    assert (truth_mask(4, 3, boxes=[[2, 1, 100, 1.9], [-5, -5, 4, 4]]) == expected).all()
    assert (truth_mask(4, 3, mask=mask) == (mask > 0)).all()
    assert (truth_mask(4, 3, mask=mask, elements=[1, 3]) == np.isin(mask, [1, 3])).all()
    assert not truth_mask(4, 3).any()


def pictures(
    rng: np.random.Generator, count: int, strength: float, shape: tuple[int, int] = (24, 32)
) -> list[Evidence]:
    """Smooth maps that are higher, by so much, in one or two boxes."""
    made = []
    for number in range(count):
        positives = np.zeros(shape, bool)
        for _ in range(1 + number % 2):
            high, wide = shape[0] // 4, shape[1] // 5
            y, x = rng.integers(0, shape[0] - high), rng.integers(0, shape[1] - wide)
            positives[y : y + high, x : x + wide] = True
        noise = cv2.GaussianBlur(rng.normal(size=shape).astype(np.float32), (0, 0), 1)
        typicality = (noise + strength * positives).astype(np.float32)
        made.append(Evidence(typicality, typicality**2, positives, f"{number:03}"))
    return made


def scale_of(*groups: list[Evidence]) -> Scale:
    return Scale.of([one.typicality for group in groups for one in group])


def joined(evidence: list[Evidence], name: str) -> np.ndarray:
    return np.concatenate([getattr(one, name).ravel() for one in evidence])


def test_a_label_is_measured_over_all_its_pixels() -> None:
    paris = pictures(np.random.default_rng(1), 7, 1.0)
    measured = measure(iter(paris), scale_of(paris))
    expected = average_precision_score(joined(paris, "positives"), joined(paris, "typicality"))
    assert measured.average_precision == pytest.approx(expected)
    expected = average_precision_score(joined(paris, "positives"), joined(paris, "change"))
    assert measured.change_map_average_precision == pytest.approx(expected)
    assert chance(measured) == pytest.approx(joined(paris, "positives").mean())
    assert measured.own[3] == pytest.approx(
        average_precision_score(paris[3].positives.ravel(), paris[3].typicality.ravel())
    )
    nothing = Evidence(np.ones((2, 2)), np.ones((2, 2)), np.zeros((2, 2), bool), "0")
    for few in ([nothing], []):
        one = measure(few, scale_of(paris))
        told = estimates("Rome", one, 0)
        assert np.isnan(one.average_precision) and len(one.pictures) == len(few)
        assert all(np.isnan([one.value, *one.interval()]).all() for one in told.values())
        both = resampling.mean(
            [told["average_precision"], estimates("Paris", measured, 0)["average_precision"]]
        )
        assert both.value == measured.average_precision


def test_pointing_worked_by_hand() -> None:
    truth = np.array([[True, False], [False, True]])
    assert pointing(np.array([[3, 1], [2, 0]]), truth) == 1
    assert pointing(np.array([[1, 3], [2, 0]]), truth) == 0
    assert pointing(np.array([[3, 3], [3, 0]]), truth) == pytest.approx(1 / 3)
    maps = [Evidence(np.array(one), np.zeros((2, 2)), truth, str(number)) for number, one in enumerate(
        ([[3.0, 1], [2, 0]], [[1.0, 3], [2, 0]], [[0.0, 1], [2, 3]])
    )]  # fmt: skip
    blank = Evidence(
        np.zeros((2, 2)), np.zeros((2, 2)), np.zeros((2, 2), bool), "9"
    )  # there is nothing to hit
    figure = estimates("x", measure([*maps, blank], scale_of(maps)), 0)["pointing_game"]
    assert (figure.value, figure.chance) == (pytest.approx(2 / 3), 0.5)
    low, high = figure.interval()
    assert low == 0 and high == 1


def test_overlaps_and_regions_worked_by_hand() -> None:
    ones, others = np.array([[0, 0, 4, 4.0]]), np.array([[0, 0, 4, 4], [2, 0, 4, 4], [4, 4, 1, 1.0]])
    assert recall.overlaps(ones, others).tolist() == [[1, pytest.approx(8 / 24), 0]]
    high = np.zeros((40, 50), bool)
    high[2:6, 3:9] = high[6, 9] = high[20:30, 20:40] = high[35, 45] = True  # [6, 9] touches by a corner
    assert recall.regions(high).tolist() == [[3, 2, 7, 5], [20, 20, 20, 10], [45, 35, 1, 1]]
    assert recall.boxes_of_mask(high).tolist() == [[3, 2, 7, 5], [20, 20, 20, 10]]
    assert recall.boxes_of_mask(np.zeros((3, 3), bool)).shape == (0, 4)
    boxes = np.array([[20, 20, 20, 10], [3, 2, 3, 5], [0, 30, 5, 5.0]])
    at = recall.regions_at(high.astype(float), [0.5, 2])
    assert recall.found(boxes, at).tolist() == [[1, 2], [0, 0]]
    assert recall.found(boxes[:0], at).tolist() == [[0, 0], [0, 0]]


def test_box_recall_at_the_threshold_that_finds_most() -> None:
    truth = np.zeros((20, 20), bool)
    truth[4:10, 4:10] = True
    narrow = np.where(truth, 1.0, 0.0)
    narrow[6:8, 6:8] = 5  # only what is marked is above 0, and only its middle above 1
    maps = [Evidence(narrow, narrow, truth, str(number)) for number in range(3)]
    scale = Scale(
        np.linspace(0, 5, resampling.BINS - 1, dtype=np.float32), np.linspace(0.5, 6, 12, dtype=np.float32)
    )
    measured = measure(maps, scale)
    best = best_threshold({"x": measured})
    assert best == 0
    told = estimates("x", measured, best)
    assert told["box_recall"].value == told["loose_box_recall"].value == 1
    assert told["box_recall"].chance == 1  # the picture before has the very same map
    assert estimates("x", measured, 11)["box_recall"].value == 0
    moved = [Evidence(narrow, narrow, np.roll(truth, 8 * number, 1), str(number)) for number in range(2)]
    other = estimates("x", measure(moved, scale), 0)["box_recall"]
    assert (other.value, other.chance) == (0.5, 0.5)


@pytest.mark.parametrize("strength", [0.0, 0.5, 1.0, 3.0])
def test_histograms_are_as_good_as_pixels(strength: float) -> None:
    rng = np.random.default_rng(4)
    many = pictures(rng, 12, strength, (96, 96))
    measured = measure(many, scale_of(many, pictures(rng, 12, 4.0, (96, 96))))
    binned = resampling.binned_average_precision(measured.histograms.sum(axis=0))
    assert binned == pytest.approx(measured.average_precision, abs=1e-3)
    weights = resampling.draws_of(12, "x", 40)
    drawn = resampling.average_precision_draws(measured.histograms, weights, at_once=7)
    for weight, found in zip(weights[:10], drawn, strict=False):
        chosen = [one for one, times in zip(many, weight, strict=True) for _ in range(int(times))]
        exact = average_precision_score(joined(chosen, "positives"), joined(chosen, "typicality"))
        assert found == pytest.approx(exact, abs=1e-3)


def test_the_interval_agrees_with_that_of_pixels() -> None:
    many = pictures(np.random.default_rng(5), 30, 1.0)
    told = estimates("x", measure(many, scale_of(many)), 0)["average_precision"]
    slow = average_precision_interval(
        [one.typicality for one in many], [one.positives for one in many], resamples=1000
    )
    assert told.interval() == pytest.approx(slow, abs=0.02)
    assert told.interval()[0] < told.value < told.interval()[1]


def test_a_difference_is_surer_than_its_parts() -> None:
    rng = np.random.default_rng(6)
    good = pictures(rng, 25, 0.6)
    worse = [
        Evidence(one.typicality - 0.1 * one.positives, one.change, one.positives, one.picture) for one in good
    ]
    scale = scale_of(good)
    one, other = (estimates("x", measure(maps, scale), 0)["average_precision"] for maps in (good, worse))
    difference = resampling.difference(one, other)
    low, high = difference.interval()
    assert difference.value == one.value - other.value
    assert 0 < low < difference.value < high
    assert high - low < one.interval()[1] - one.interval()[0]
    assert not resampling.difference(one, one).draws.any()


def test_draws_are_those_of_the_label_whatever_else_is_asked() -> None:
    one = resampling.draws_of(9, "Paris")
    assert (one == resampling.draws_of(9, "Paris")).all() and (one.sum(axis=1) == 9).all()
    assert (one != resampling.draws_of(9, "Kyoto")).any()


def test_a_part_of_the_pictures() -> None:
    many = pictures(np.random.default_rng(7), 10, 1.0)
    whole = measure(many, scale_of(many))
    assert whole.among(whole.pictures) is whole
    part = whole.among(["007", "002"])
    exact = measure([many[2], many[7]], scale_of(many))
    assert part.pictures == exact.pictures == ("002", "007")
    assert part.average_precision == pytest.approx(exact.average_precision, abs=5e-3)
    assert (part.found == exact.found).all() and (part.own == exact.own).all()
    assert np.isnan(whole.among([]).average_precision)


def test_the_bootstrap_agrees_with_average_precision_of_each_draw() -> None:
    rng = np.random.default_rng(2)
    positives = [rng.random((4, 5)) < 0.4 for _ in range(6)]
    scores = [np.round(rng.random((4, 5)) + 0.5 * one, 1) for one in positives]
    low, high = average_precision_interval(scores, positives, resamples=50, seed=3)
    draws = np.random.default_rng(3)
    each = []
    for _ in range(50):
        drawn = draws.integers(6, size=6)
        each.append(
            average_precision(np.stack([scores[i] for i in drawn]), np.stack([positives[i] for i in drawn]))
        )
    assert (low, high) == pytest.approx(tuple(np.quantile(each, [0.025, 0.975])))
    assert all(np.isnan(average_precision_interval([np.ones(3)], [np.zeros(3, bool)])))


@pytest.mark.parametrize(("n", "outside"), [(6, 1), (8, 1), (9, 2), (25, 8), (100, 40)])
def test_median_interval_against_the_textbook_table(n: int, outside: int) -> None:
    values = np.random.default_rng(n).permutation(n).astype(float)
    assert median_interval(values) == (outside - 1, n - outside)


def test_median_interval_covers_a_skewed_median() -> None:
    draws = np.random.default_rng(3).exponential(size=(2000, 17))
    intervals = np.array([median_interval(draw) for draw in draws])
    covered = (intervals[:, 0] <= np.log(2)) & (np.log(2) <= intervals[:, 1])
    assert 0.94 < covered.mean() < 0.98


def test_five_values_cannot_bound_a_median() -> None:
    assert all(np.isnan(median_interval(np.arange(5.0))))
