"""The flat map: near is alike, and twice the same."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from threadpoolctl import threadpool_limits

from core.config import Settings
from core.mining.atlas import lay_out, positions
from core.specs import AtlasSpec, StudySpec
from core.stages import Inputs, Record, Shard
from core.store.artifacts import Artifact
from core.store.writing import ArtifactWriter

SPEC = AtlasSpec()


def blobs() -> np.ndarray:
    rng = np.random.default_rng(0)
    return np.concatenate([rng.normal(8 * np.eye(60)[i], 0.3, size=(20, 60)) for i in range(3)])


def test_positions__patches_of_a_kind_lie_together() -> None:
    flat = positions(blobs().astype(np.float16), SPEC)
    assert flat.shape == (60, 2) and np.abs(flat).max() == pytest.approx(1)
    distance = np.linalg.norm(flat[:, None] - flat[None], axis=2) + 9 * np.eye(60)
    assert (distance.argmin(axis=1) // 20 == np.arange(60) // 20).all()


def test_positions__the_same_twice_and_on_any_number_of_threads() -> None:
    with threadpool_limits(1):
        alone = positions(blobs(), SPEC)
    with threadpool_limits(4):
        together = positions(blobs(), SPEC)
    assert alone.tobytes() == together.tobytes()


def test_lay_out__every_patch_on_its_labels_map_and_the_best_on_one(tmp_path: Path) -> None:
    inputs = described(tmp_path, {"Kyoto": 9, "Paris": 12, "Prague": 0}, together=9)
    first, second, third = (
        list(lay_out(inputs, Shard(at, (name,)))) for at, name in enumerate(inputs.labels)
    )
    assert [record.row["label"] for record in second] == ["Paris"] * 12 and not third
    assert {record.table for record in second} == {"points"}
    own = [record.row["patch"] for record in first if record.table == "points"]
    shared = [record.row["patch"] for record in first if record.table == "together"]
    assert own == [f"Kyoto {number:02}" for number in range(9)]
    assert shared == [f"{name} {number:02}" for name in ("Kyoto", "Paris") for number in range(3)]


def test_lay_out__of_a_study_without_any_feature_is_nothing(tmp_path: Path) -> None:
    inputs = described(tmp_path, {"Kyoto": 0, "Paris": 0}, together=9)
    assert not [
        record for at, name in enumerate(inputs.labels) for record in lay_out(inputs, Shard(at, (name,)))
    ]


def described(folder: Path, sizes: dict[str, int], together: int) -> Inputs:
    """So many patches a label, the first of them the most typical."""
    rng, artifacts = np.random.default_rng(0), {}
    names = [(label, f"{label} {number:02}") for label, size in sizes.items() for number in range(size)]
    for stage in ("patches", "features"):
        writer = ArtifactWriter(folder / stage)
        rows = [
            {"patch": name, "picture": name, "label": label, "score": -float(name[-2:])}
            for label, name in reversed(names)
        ]
        writer.write_shard(0, [Record(stage, row, {"vector": rng.normal(size=6)}) for row in rows])
        writer.finish({})
        artifacts[stage] = Artifact(folder / stage)
    spec = StudySpec("place", atlas=AtlasSpec(together=together))
    return Inputs(spec, pd.DataFrame(), tuple(sizes), artifacts, Settings(cache=folder))


@pytest.mark.parametrize(("n", "d"), [(0, 4), (1, 4), (2, 1), (3, 2), (9, 1), (12, 3)])
def test_positions__few_patches_have_a_place_too(n: int, d: int) -> None:
    flat = positions(np.random.default_rng(1).normal(size=(n, d)), SPEC)
    assert flat.shape == (n, 2) and np.isfinite(flat).all()


@pytest.mark.filterwarnings("error::RuntimeWarning")
def test_positions__equal_patches_lie_on_one_point() -> None:
    assert not positions(np.ones((10, 4)), SPEC).any()
