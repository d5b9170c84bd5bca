"""Clusters whose mixture is known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from core.mining.mixedness import mixed, mixedness, repeated


def blob(x: float, y: float, n: int = 8, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal((x, y), 0.1, size=(n, 2))


def named(*sizes: tuple[str, int]) -> np.ndarray:
    return np.array([name for name, size in sizes for _ in range(size)], dtype=object)


def test_mixedness__is_the_variance_within_over_the_variance_of_all() -> None:
    points = np.array([[0.0], [2], [0], [2], [10], [10], [10], [10]])
    found = mixedness(points, named(("wide", 4), ("tight", 4)))
    whole = points.var(ddof=1)
    assert found["wide"] == pytest.approx(points[:4].var(ddof=1) / whole, rel=1e-5)
    assert found["tight"] == 0


def test_mixedness__one_cluster_of_everything_is_one() -> None:
    points = np.concatenate([blob(0, 0), blob(9, 9)])
    assert mixedness(points, named(("all", 16)))["all"] == pytest.approx(1)


def test_mixedness__few_patches_have_none() -> None:
    found = mixedness(np.concatenate([blob(0, 0), blob(5, 5, 3)]), named(("a", 8), ("b", 3)))
    assert np.isnan(found["b"]) and found["a"] >= 0


def test_mixedness__equal_patches_are_not_mixed() -> None:
    assert mixedness(np.ones((6, 2)), named(("a", 6)))["a"] == 0


def test_mixed__a_cluster_of_two_elements_stands_out() -> None:
    points = np.concatenate([blob(0, 0), blob(0, 9), blob(9, 0), blob(9, 9)])
    groups = named(("one", 8), ("another", 8), ("both", 16))
    assert mixed(mixedness(points, groups)) == {"both"}


def test_mixed__never_most_of_the_clusters() -> None:
    assert mixed(pd.Series({"a": 0.7, "b": 0.8, "c": 0.9, "d": np.nan})) == {"c"}


def test_repeated__two_halves_of_one_element_are_a_pair() -> None:
    points = np.concatenate([blob(9, 0, seed=1), blob(9, 0.5, seed=2), blob(0, 9), blob(-9, -9)])
    found = repeated(points, named(("right", 8), ("right too", 8), ("up", 8), ("down", 8)))
    assert found[["first", "second"]].to_numpy().tolist() == [["right", "right too"]]
    assert 0.95 < found["alike"][0] <= 1


def test_repeated__most_alike_first() -> None:
    points = np.array([[9, 0], [9, 0], [9, 3], [-9, -1], [-9, -1.1], [-9, 0]], float)
    found = repeated(points, np.array(list("abcdef"), dtype=object))
    assert (found["first"] < found["second"]).all()
    assert found["alike"].is_monotonic_decreasing and len(found) >= 3
