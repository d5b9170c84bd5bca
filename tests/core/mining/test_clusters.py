"""k-means and stage `clusters` on features with clusters that are known."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from sklearn.cluster import KMeans
from threadpoolctl import threadpool_info, threadpool_limits

from core.mining.clusters import group, k_means
from core.specs import ClusterSpec, StudySpec, digest
from core.stages import Inputs, Record, Shard

SPEC = StudySpec("place", clusters=ClusterSpec(clusters=2))


def blobs(centres: list[float], each: int) -> np.ndarray:
    rng = np.random.default_rng(4)
    return np.concatenate([rng.normal(centre, 0.1, size=(each, 3)) for centre in centres])


def test_blobs_are_told_apart_and_distances_are_to_the_mean() -> None:
    vectors = blobs([0, 10, 20], 7)
    assignment, distances = k_means(vectors, 3, seed=1)
    for start in (0, 7, 14):
        own = slice(start, start + 7)
        assert len(set(assignment[own])) == 1
        expected = [np.linalg.norm(one - vectors[own].mean(axis=0)) for one in vectors[own]]
        assert_allclose(distances[own], expected, rtol=1e-5)
    assert len(set(assignment)) == 3


@pytest.mark.parametrize(("patches", "clusters"), [(1, 1), (2, 1), (5, 2), (9, 4), (40, 8)])
def test_few_patches_make_fewer_clusters(patches: int, clusters: int) -> None:
    vectors = np.random.default_rng(5).normal(size=(patches, 4)).astype(np.float16)
    assert len(set(k_means(vectors, 8, seed=0)[0])) == clusters


@pytest.mark.filterwarnings("error")
def test_equal_patches_are_one_cluster() -> None:
    assignment, distances = k_means(np.ones((20, 4), np.float16), 5, seed=0)
    assert set(assignment) == {0}
    assert_allclose(distances, 0, atol=1e-6)


def test_the_number_of_threads_changes_no_byte() -> None:
    vectors = np.random.default_rng(6).normal(size=(600, 32)).astype(np.float16)
    with threadpool_limits(1):
        alone = k_means(vectors, 16, seed=0)
    with threadpool_limits(4):
        together = k_means(vectors, 16, seed=0)
    assert [one.tobytes() for one in alone] == [one.tobytes() for one in together]


def test_the_centres_are_summed_by_one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    # What more threads change is rarely visible in float32, so the test above alone could pass by luck.
    fit, threads = KMeans.fit, set()

    def watched(self: KMeans, points: np.ndarray) -> KMeans:
        threads.update(pool["num_threads"] for pool in threadpool_info())
        return fit(self, points)

    monkeypatch.setattr(KMeans, "fit", watched)
    with threadpool_limits(2):
        k_means(blobs([0, 10], 4), 2, seed=0)
    assert threads == {1}


def study(inputs: Callable[..., Inputs]) -> Inputs:
    """Paris: 4 pictures; 8 patches near (1, 0), 6 near (0, 1), more typical. All shuffled."""
    first = [("a", 0.0), ("a", 0.1), ("a", 0.2), ("b", 0.3), ("b", 0.4), ("b", 0.5), ("b", 0.6), ("b", 0.7)]
    second = [("a", 1.0), ("b", 1.1), ("c", 1.2), ("c", 1.3), ("c", 9.0), ("c", 1.5)]
    features, patches = [], []
    for number, (picture, typicality) in enumerate(first + second):
        angle = 0.01 * number + (0 if number < len(first) else 1.4)
        row = {"patch": f"p{number:02}", "picture": picture, "label": "Paris"}
        features.append(
            Record("features", row, {"vector": np.array([np.cos(angle), np.sin(angle)], np.float16)})
        )
        patches.append(Record("patches", {**row, "typicality": typicality}))
    other = {"patch": "x", "picture": "k", "label": "Kyoto"}
    features.insert(3, Record("features", other, {"vector": np.array([-1, 0], np.float16)}))
    patches.append(Record("patches", {**other, "typicality": 50.0}))
    pictures = pd.DataFrame({"place": ["Paris"] * 4 + ["Kyoto"]}, index=["a", "b", "c", "d", "k"])
    order = np.random.default_rng(7).permutation(len(features))
    return inputs(SPEC, pictures, features=[features[i] for i in order], patches=patches[::-1])


def test_clusters_are_ranked_by_median_typicality(inputs: Callable[..., Inputs]) -> None:
    records = list(group(study(inputs), Shard(0, ("Paris",))))
    clusters = pd.DataFrame([one.row for one in records if one.table == "clusters"])
    assert clusters["cluster"].tolist() == [f"{digest('Paris')}-0", f"{digest('Paris')}-1"]
    assert clusters["rank"].tolist() == [0, 1]
    assert clusters["size"].tolist() == [6, 8]
    assert clusters["median"].tolist() == pytest.approx([1.25, 0.35])
    assert clusters["pictures"].tolist() == [3, 2]
    assert clusters["coverage"].tolist() == [0.75, 0.5], "of the four pictures of Paris, one without patches"
    # 6 values: the interval is from the lowest to the highest; 8 values: the same (1 - 2 * 1/256 > 95%),
    # while the second to the seventh would hold the median with 93% only.
    assert clusters["low"].tolist() == pytest.approx([1.0, 0.0])
    assert clusters["high"].tolist() == pytest.approx([9.0, 0.7])


def test_members_come_nearest_first(inputs: Callable[..., Inputs]) -> None:
    records = list(group(study(inputs), Shard(0, ("Paris",))))
    members = pd.DataFrame([one.row for one in records if one.table == "members"])
    assert sorted(members["patch"]) == [f"p{number:02}" for number in range(14)]
    for _, own in members.groupby("cluster"):
        assert own["position"].tolist() == list(range(len(own)))
        assert own["distance"].is_monotonic_increasing
    # Eight angles in equal steps: the middle two are nearest to the mean, the two ends farthest.
    second = members[members["cluster"] == f"{digest('Paris')}-1"]["patch"].tolist()
    assert set(second[:2]) == {"p03", "p04"}
    assert set(second[-2:]) == {"p00", "p07"}


def test_a_label_without_features_has_no_clusters(inputs: Callable[..., Inputs]) -> None:
    assert list(group(study(inputs), Shard(0, ("Rome",)))) == []
    nothing = inputs(SPEC, pd.DataFrame({"place": ["Paris"]}, index=["a"]), features=[], patches=[])
    assert list(group(nothing, Shard(0, ("Paris",)))) == []
