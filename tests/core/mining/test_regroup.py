"""Grouping on blobs that are known, and the tables made of any grouping."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from core.mining.clusters import k_means
from core.mining.regroup import METHODS, described, halves, ids_by_median, regroup


def blobs(*sizes: int) -> np.ndarray:
    rng = np.random.default_rng(2)
    return np.concatenate([rng.normal(10 * i, 0.1, size=(size, 3)) for i, size in enumerate(sizes)])


@pytest.mark.parametrize("method", METHODS)
def test_regroup__tells_blobs_apart(method: str) -> None:
    codes = regroup(blobs(8, 6, 10), method, 5 if method == "HDBSCAN" else 3, seed=0)
    parts = [set(codes[:8]), set(codes[8:14]), set(codes[14:])]
    assert all(len(part) == 1 for part in parts) and len(set.union(*parts)) == 3 and -1 not in codes


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("patches", [1, 2, 3, 4, 5])
def test_regroup__any_number_of_patches_can_be_grouped(method: str, patches: int) -> None:
    codes = regroup(np.random.default_rng(0).normal(size=(patches, 4)), method, 64, seed=0)
    assert len(codes) == patches and len(set(codes)) <= max(1, patches // 2)


def test_regroup__hdbscan_leaves_out_what_lies_between() -> None:
    points = np.concatenate([blobs(9, 9), [[60.0, 0, 0], [0, 90, 0], [-80, 0, 9]]])
    codes = regroup(points, "HDBSCAN", 5, seed=0)
    assert set(codes[-3:]) == {-1} and -1 not in codes[:-3]


def test_regroup__k_means_is_that_of_the_stage() -> None:
    points = np.random.default_rng(1).normal(size=(60, 4)).astype(np.float16)
    assert (regroup(points, "k-means", 7, seed=3) == k_means(points, 7, seed=3)[0]).all()


def test_halves__the_smaller_half_moves() -> None:
    assert halves(blobs(5, 3), seed=0).tolist() == [False] * 5 + [True] * 3


def test_halves__of_equal_patches_do_not_exist() -> None:
    assert not halves(np.ones((6, 2)), seed=0).any()


def test_ids_by_median__count_from_the_most_typical() -> None:
    members = pd.DataFrame({"typicality": [0.1, 0.1, 0.9, 0.5, 7.0]})
    found = ids_by_median(members, np.array([2, 2, 0, 0, -1]), "abc")
    assert found.tolist() == ["abc-1", "abc-1", "abc-0", "abc-0", None]


def test_described__size_coverage_median_and_distance() -> None:
    members = pd.DataFrame(
        {
            "patch": list("abcd"),
            "picture": ["p", "p", "q", "q"],
            "typicality": [1.0, 3.0, 5.0, 9.0],
            "cluster": ["x-0", "x-0", "x-1", None],
        }
    )
    points = np.array([[0.0, 0], [0, 4], [7, 7], [9, 9]])
    clusters, kept = described("Paris", members, points, pictures=4)
    assert clusters[["cluster", "rank", "size", "coverage", "median"]].to_numpy().tolist() == [
        ["x-1", 0, 1, 0.25, 5.0],
        ["x-0", 1, 2, 0.25, 2.0],
    ]
    assert kept["patch"].tolist() == ["a", "b", "c"]
    assert_allclose(kept["distance"], [2, 2, 0])
    assert kept["position"].tolist() == [0, 1, 0]


def test_described__nothing_grouped_is_no_cluster() -> None:
    members = pd.DataFrame({"patch": ["a"], "picture": ["p"], "typicality": [1.0], "cluster": [None]})
    clusters, kept = described("Paris", members, np.zeros((1, 2)), pictures=1)
    assert clusters.empty and kept.empty
