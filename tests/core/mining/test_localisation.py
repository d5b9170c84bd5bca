"""Average precision, its interval, and the truth it is held against."""

from __future__ import annotations

import numpy as np
import pytest

from core.mining.intervals import average_precision_interval, median_interval
from core.mining.localisation import Evidence, average_precision, chance, evaluate, truth_mask


def test_average_precision_worked_by_hand() -> None:
    scores = np.array([[0.9, 0.8, 0.7], [0.6, 0.5, 0.4]])
    positives = np.array([[True, False, True], [False, False, True]])
    # Thresholds at the positives: recall 1/3 at precision 1/1, 2/3 at 2/3, 1 at 3/6.
    assert average_precision(scores, positives) == pytest.approx((1 + 2 / 3 + 1 / 2) / 3)
    assert chance(positives) == 0.5


def test_a_constant_map_is_at_chance() -> None:
    positives = np.random.default_rng(0).random((30, 40)) < 0.2
    assert average_precision(np.zeros((30, 40)), positives) == pytest.approx(chance(positives))
    assert np.isnan(average_precision(np.zeros((3, 4)), np.zeros((3, 4), bool)))


def test_boxes_and_masks_as_truth() -> None:
    mask = np.array([[0, 1, 2, 0], [0, 1, 3, 0], [0, 0, 0, 0]], np.uint8)
    expected = np.zeros((3, 4), bool)
    expected[1:3, 2:4] = True
    assert (truth_mask(4, 3, boxes=[[2, 1, 100, 1.9], [-5, -5, 4, 4]]) == expected).all()
    assert (truth_mask(4, 3, mask=mask) == (mask > 0)).all()
    assert (truth_mask(4, 3, mask=mask, elements=[1, 3]) == np.isin(mask, [1, 3])).all()
    assert not truth_mask(4, 3).any()


def test_evaluation_joins_pixels_of_a_label_and_averages_labels() -> None:
    rng = np.random.default_rng(1)

    def picture(shape: tuple[int, int], sign: float) -> Evidence:
        positives = rng.random(shape) < 0.3
        return Evidence(sign * positives + 0.5 * rng.random(shape), rng.random(shape), positives)

    paris = [picture((8, 12), 1), picture((6, 6), -1)]
    kyoto = [picture((5, 7), 1)]
    nothing = Evidence(np.ones((2, 2)), np.ones((2, 2)), np.zeros((2, 2), bool))
    result = evaluate({"Paris": iter(paris), "Kyoto": iter(kyoto), "Rome": [nothing], "Oslo": []})
    joined = [
        np.concatenate([getattr(one, name).ravel() for one in paris]) for name in ("typicality", "positives")
    ]
    row = result.by_label.loc["Paris"]
    assert row["average_precision"] == pytest.approx(average_precision(*joined))
    assert row["chance"] == pytest.approx(joined[1].mean())
    assert row["pictures"] == 2
    assert result.by_label.loc["Kyoto", "average_precision"] == 1.0
    assert 0 < result.by_label.loc["Kyoto", "change_map_average_precision"] < 1
    assert np.isnan(result.by_label.loc[["Rome", "Oslo"], "average_precision"]).all()
    assert result.by_label["pictures"].tolist() == [2, 1, 1, 0]
    assert result.mean["average_precision"] == pytest.approx((row["average_precision"] + 1) / 2)


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
