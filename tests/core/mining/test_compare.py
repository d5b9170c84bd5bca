"""Labels whose shared and own elements are known."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest

from core.mining.compare import bars, change, coverage, matched

NOWHERE = (np.zeros(4), np.zeros(4))
E = np.eye(4)


def test_matched__shared_elements_are_pairs_and_others_stand_alone() -> None:
    first = np.stack([E[0], E[1], E[2]])
    second = np.stack([E[3], E[1] + 0.1 * E[0], 0.3 * E[1] + E[0]])
    found = matched(first, second, NOWHERE)
    assert found.pairs[["first", "second"]].to_numpy().tolist() == [[1, 1], [0, 2]]
    assert found.pairs["alike"][0] == pytest.approx(1 / np.sqrt(1.01))
    assert found.only_first == (2,) and found.only_second == (0,)
    assert found.closest_first == pytest.approx((0,)) and found.closest_second == pytest.approx((0,))


def test_matched__the_sum_is_the_largest_there_is() -> None:
    rng = np.random.default_rng(3)
    first, second = rng.normal(size=(4, 3)), rng.normal(size=(4, 3))
    found = matched(first, second, (np.zeros(3), np.zeros(3)), bar=-1)

    def total(order: tuple[int, ...]) -> float:
        pairs = zip(first, second[list(order)], strict=True)
        return float(sum(a @ b / np.linalg.norm(a) / np.linalg.norm(b) for a, b in pairs))

    best = max(total(order) for order in itertools.permutations(range(4)))
    assert found.pairs["alike"].sum() == pytest.approx(best, rel=1e-5)


def test_matched__one_left_over_goes_with_its_closest() -> None:
    found = matched(np.stack([E[0], E[0] + 0.2 * E[1]]), E[:1], NOWHERE)
    assert found.pairs[["first", "second"]].to_numpy().tolist() == [[0, 0], [1, 0]]
    assert found.only_first == ()


def test_matched__likeness_is_seen_from_between_the_labels() -> None:
    middles = (2 * E[0], 4 * E[0])
    found = matched(np.stack([3 * E[0] + E[1]]), np.stack([3 * E[0] + 5 * E[1]]), middles)
    assert found.pairs["alike"].tolist() == pytest.approx([1])
    assert matched(np.stack([3 * E[0] + E[1]]), np.stack([3 * E[0] + E[2]]), middles).pairs.empty


def test_matched__a_label_without_clusters_shares_nothing() -> None:
    found = matched(np.zeros((0, 4)), E[:2], NOWHERE)
    assert found.pairs.empty and found.only_first == () and found.only_second == (0, 1)


def test_bars__nine_in_ten_of_a_clusters_own_pass() -> None:
    angles = np.linspace(0, 0.5, 21)
    points = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    groups = np.array(["a"] * 21, dtype=object)
    (bar,) = bars(points, groups, ["a"], np.zeros(2))
    centre = points.mean(axis=0) / np.linalg.norm(points.mean(axis=0))
    assert ((points @ centre) >= bar - 1e-6).sum() == 19


def test_coverage__share_of_pictures_with_its_interval() -> None:
    values = pd.Series(["1950s"] * 4 + ["1970s"] * 10, index=[f"p{i}" for i in range(14)])
    found = coverage(["p0", "p1", "p13", "p13", "elsewhere"], values)
    assert found["pictures"].to_dict() == {"1950s": 4, "1970s": 10}
    assert found["coverage"].to_dict() == {"1950s": 0.5, "1970s": 0.1}
    assert (found["low"] < found["coverage"]).all() and (found["coverage"] < found["high"]).all()


def test_coverage__of_no_pictures_is_empty() -> None:
    assert coverage(["a"], pd.Series([], index=[], dtype=object)).empty


def test_change__from_the_lowest_to_the_highest_coverage() -> None:
    values = pd.Series(["a", "a", "b", "b", "c"], index=list("12345"))
    assert change(["1", "3", "4"], values) == 1.0
    assert change(["1", "3"], values) == 0.5
    assert change([], values) == change(["1"], values[:0]) == 0.0


@pytest.mark.parametrize("seed", range(20))
def test_matched__accounts_for_every_cluster_of_both(seed: int) -> None:
    rng = np.random.default_rng(seed)
    elements = rng.normal(size=(4, 8))
    first, second = (elements[rng.integers(4, size=n)] + 0.3 * rng.normal(size=(n, 8)) for n in (6, 9))
    found = matched(first, second, (first.mean(axis=0), second.mean(axis=0)))
    assert sorted({*found.pairs["first"], *found.only_first}) == list(range(6))
    assert sorted({*found.pairs["second"], *found.only_second}) == list(range(9))
    assert not set(found.pairs["first"]) & set(found.only_first)
    assert not set(found.pairs["second"]) & set(found.only_second)
    assert not found.pairs.duplicated(["first", "second"]).any()
