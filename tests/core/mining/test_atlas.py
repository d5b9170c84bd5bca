"""The flat map: near is alike, and twice the same."""

from __future__ import annotations

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from core.mining.atlas import positions
from core.specs import AtlasSpec

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


@pytest.mark.parametrize(("n", "d"), [(0, 4), (1, 4), (2, 1), (3, 2), (9, 1), (12, 3)])
def test_positions__few_patches_have_a_place_too(n: int, d: int) -> None:
    flat = positions(np.random.default_rng(1).normal(size=(n, d)), SPEC)
    assert flat.shape == (n, 2) and np.isfinite(flat).all()


@pytest.mark.filterwarnings("error::RuntimeWarning")
def test_positions__equal_patches_lie_on_one_point() -> None:
    assert not positions(np.ones((10, 4)), SPEC).any()
