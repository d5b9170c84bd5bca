"""Screening drops a picture only where the best patches of its label are surely elsewhere."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from core.mining.boxes import box_errors, box_means
from core.mining.screening import best_scores, survivors
from core.mining.sums import sums
from core.specs import PatchSpec, ScreenSpec


def brute_force(screened: pd.DataFrame, sigmas: float, top: int) -> set[str]:
    """For each picture, count the patches of its label that surely beat all it could have."""
    keep = set()
    for _, one in screened.iterrows():
        hope = max(score + sigmas * error for score, error in zip(one["scores"], one["errors"], strict=True))
        rows = screened[screened["label"] == one["label"]]
        above = sum(
            score - sigmas * error > hope
            for _, row in rows.iterrows()
            for score, error in zip(row["scores"], row["errors"], strict=True)
        )
        if above < top:
            keep.add(one["picture"])
    return keep


def draw(pictures: int = 40, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    rows = [
        {
            "picture": f"{i:04}",
            "label": ("Prague", "Kyoto")[i % 2],
            "scores": np.sort(rng.normal(rng.normal(0, 2), 1, 1 + i % 4))[::-1],
            "errors": rng.uniform(0.01, 0.5, 1 + i % 4),
        }
        for i in range(pictures)
    ]
    return pd.DataFrame(rows)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("top", [1, 5, 20])
@pytest.mark.parametrize("sigmas", [0.0, 1.0, 3.0])
def test_survivors__equal_brute_force(seed, top, sigmas):
    screened = draw(seed=seed)
    keep = survivors(screened, ScreenSpec(2, sigmas), top)
    assert keep == brute_force(screened, sigmas, top)
    if sigmas == 0:
        assert 0 < len(keep) < len(screened)


def test_survivors__more_wanted_than_there_are_keeps_all():
    screened = draw()
    for top in (screened.groupby("label")["scores"].agg(lambda lists: sum(map(len, lists))).max(), 1000):
        assert survivors(screened, ScreenSpec(2, 0.0), int(top)) == set(screened["picture"])


def test_survivors__more_doubt_keeps_more():
    kept = [survivors(draw(), ScreenSpec(2, sigmas), 5) for sigmas in (0, 1, 3, 100)]
    assert all(fewer <= more for fewer, more in pairwise(kept))
    assert len(kept[0]) < len(kept[3]) == 40


def test_survivors__of_nothing():
    assert survivors(pd.DataFrame(columns=["shard"]), ScreenSpec(2), 5) == set()


def totals(samples: int = 8, paired: bool = True):
    rng = np.random.default_rng(0)
    typicality = rng.normal(0, 1, (samples, 8, 8)).astype(np.float32)
    change = rng.normal(0, 1, (samples, 8, 8)).astype(np.float32) ** 2
    return sums(typicality, change, np.arange(samples) * 50 + 100, 1000, paired, box=2), typicality, change


@pytest.mark.parametrize("by", ["typicality", "change"])
def test_best_scores__are_those_of_the_best_squares(by):
    total, typicality, change = totals()
    values = {"typicality": typicality, "change": change}[by].mean(0)
    scores, errors = best_scores(total, PatchSpec(size=5, per_picture=3, by=by), (16, 16))
    means = box_means(values, 5, (16, 16))
    assert scores[0] == pytest.approx(means.max(), rel=1e-5)
    assert len(scores) == len(errors) == 3 and scores == sorted(scores, reverse=True)
    place = np.unravel_index(means.argmax(), means.shape)
    assert errors[0] == pytest.approx(box_errors(total.box_error(), 5, (16, 16))[place], rel=1e-5)


def test_best_scores__of_a_single_pair_are_no_ground_to_drop_anything():
    total, _, _ = totals(samples=2)
    scores, errors = best_scores(total, PatchSpec(size=8, per_picture=2), (16, 16))
    assert np.isfinite(scores).all()
    rows = [
        {"picture": str(i), "label": "Prague", "scores": np.subtract(scores, i), "errors": errors}
        for i in range(5)
    ]
    assert survivors(pd.DataFrame(rows), ScreenSpec(2, 3.0), 1) == {"0", "1", "2", "3", "4"}
    assert survivors(pd.DataFrame(rows), ScreenSpec(2, 0.0), 1) == {
        "0"
    }  # unless one asks for no doubt at all
