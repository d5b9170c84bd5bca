"""Stage `patches` on maps whose best squares are known."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from core.mining.patches import find, top_patches
from core.specs import FrameSpec, PatchSpec, StudySpec, digest
from core.stages import Inputs, Record, Shard

SPEC = StudySpec("place", frame=FrameSpec(size=32), patches=PatchSpec(size=8, per_picture=3))
PICTURES = pd.DataFrame(
    {"place": ["Paris", "Kyoto", "Paris"], "width": [96, 32, 32], "height": [64, 32, 32]},
    index=pd.Index(["a", "b", "c"], name="picture"),
)


def map_of(
    picture: str, label: str, peak: tuple[int, int], shape: tuple[int, int] = (4, 4), **row: Any
) -> Record:
    """A map with one high latent pixel at (y, x); its change map is highest at the opposite corner."""
    bins = np.zeros((2, 2, *shape), np.float16)
    bins[0, 0, *peak], bins[0, 1, *peak] = 1, 4
    bins[1, :, shape[0] - 1 - peak[0], shape[1] - 1 - peak[1]] = 7
    facts = {
        "picture": picture, "label": label, "counts": np.array([0, 2, 0, 0, 1] + [0] * 5), "complete": True,
        "frame_width": 8 * shape[1], "frame_height": 8 * shape[0], "multiple": 8,
    }  # fmt: skip
    return Record("maps", {**facts, **row}, {"bins": bins, "box_error": np.full(shape, 0.5, np.float16)})


def rows(records: list[Record], table: str = "patches") -> pd.DataFrame:
    return pd.DataFrame([one.row for one in records if one.table == table])


def test_patches_are_ranked_named_and_placed_in_the_original(inputs: Callable[..., Inputs]) -> None:
    given = inputs(SPEC, PICTURES, typicality=[map_of("a", "Paris", (1, 4), (4, 6))])
    records = list(find(given, Shard(0, ("a", "b"))))
    found = rows(records)
    assert len(records) == len(found) == 3
    assert found["patch"].tolist() == [f"a-{digest('Paris')}-{rank}" for rank in range(3)]
    assert found["rank"].tolist() == [0, 1, 2]
    best = found.iloc[0]
    # The framed picture is 48 x 32, half the original; latent pixel (1, 4) covers its pixels (32, 8) on.
    assert (best["x"], best["y"], best["size"]) == (32, 8, 8)
    assert (best["left"], best["top"], best["right"], best["bottom"]) == (64, 16, 80, 32)
    # (2 samples of 1 and one of 4) / 3 = 2, of which a square over its own latent pixel keeps 3/4 an axis.
    # Over 8 pixels the bilinear weight of the middle is (9 + 11 + 13 + 15) * 2 / 128 = 3/4.
    assert best["typicality"] == best["score"] == pytest.approx(2 * (3 / 4) ** 2)
    assert best["error"] == 0.5
    assert best["change"] == pytest.approx(0)
    assert found["score"].is_monotonic_decreasing
    assert isinstance(records[0].row["x"], int) and isinstance(records[0].row["score"], float)


def test_ranking_by_the_change_map(inputs: Callable[..., Inputs]) -> None:
    spec = dataclasses.replace(SPEC, patches=dataclasses.replace(SPEC.patches, by="change"))
    given = inputs(spec, PICTURES, typicality=[map_of("b", "Kyoto", (0, 0))])
    best = rows(list(find(given, Shard(0, ("b",))))).iloc[0]
    assert (best["x"], best["y"]) == (24, 24)
    assert best["score"] == best["change"] > best["typicality"] == pytest.approx(0)


def test_only_complete_maps_under_the_own_label_of_the_shards_pictures(inputs: Callable[..., Inputs]) -> None:
    maps = [
        map_of("c", "Kyoto", (3, 3)),
        map_of("c", "Paris", (1, 1)),
        map_of("b", "Kyoto", (2, 2), complete=False),
        map_of("a", "Paris", (1, 1), (4, 6)),
    ]
    given = inputs(SPEC, PICTURES, typicality=maps)
    found = rows(list(find(given, Shard(0, ("c", "b")))))
    assert set(found["picture"]) == {"c"}
    assert (found["x"].iloc[0], found["y"].iloc[0]) == (8, 8), "the map under Paris, not that under Kyoto"
    both = rows(list(find(given, Shard(0, ("c", "a")))))
    assert both["picture"].drop_duplicates().tolist() == ["c", "a"], "in the shard's order"


def test_pictures_no_patch_can_be_taken_from_are_failures(inputs: Callable[..., Inputs]) -> None:
    spoilt = map_of("b", "Kyoto", (0, 0))
    spoilt.arrays["bins"][0, 0, 2, 2] = np.nan
    small = map_of("c", "Paris", (0, 0), (4, 4))
    spec = dataclasses.replace(SPEC, patches=dataclasses.replace(SPEC.patches, size=33))
    failed = rows(list(find(inputs(spec, PICTURES, typicality=[small]), Shard(0, ("c",)))), "failures")
    assert failed.to_dict("records") == [
        {"picture": "c", "reason": "A patch of 33 pixels does not fit into a picture of 32 x 32."}
    ]
    records = list(
        find(inputs(SPEC, PICTURES, typicality=[spoilt, map_of("c", "Paris", (0, 0))]), Shard(0, ("b", "c")))
    )
    assert rows(records, "failures")["picture"].tolist() == ["b"]
    assert "not numbers" in rows(records, "failures")["reason"].iloc[0]
    assert set(rows(records)["picture"]) == {"c"}, "one bad picture does not stop the others"


def test_no_maps_at_all(inputs: Callable[..., Inputs]) -> None:
    assert list(find(inputs(SPEC, PICTURES, typicality=[]), Shard(0, ("a",)))) == []


def test_top_patches_of_each_label() -> None:
    patches = pd.DataFrame(
        [("d", "B", 1.0), ("c", "A", 2.0), ("a", "A", 2.0), ("b", "A", 3.0), ("e", "B", -1.0)],
        columns=["patch", "label", "score"],
    )
    assert top_patches(patches, 2)["patch"].tolist() == ["b", "a", "d", "e"]
    assert top_patches(patches.iloc[::-1], 1)["patch"].tolist() == ["b", "d"]
    assert top_patches(pd.DataFrame(columns=["shard"]), 2)["picture"].tolist() == []
