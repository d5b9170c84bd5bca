"""Parallel clusters of made-up places whose truth is known, and the colours of known pictures."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

from core.mining.colours import dominant, lab, srgb
from core.mining.trends import group, moves
from core.specs import StudySpec, TrendSpec
from core.stages import Record, Shard

LABELS = ("Kyoto", "Paris", "Prague")
KINDS = 2
"""Roofs, the more co-typical, and cars; in Kyoto roofs are dark, elsewhere red. Cars are grey."""
RED, DARK, GREY = (200, 60, 40), (40, 44, 54), (128, 128, 128)


def made(places: int = 16) -> dict[str, list[Record]]:
    """Every second place is a roof."""
    rng = np.random.default_rng(0)
    found: dict[str, list[Record]] = {"cotypicality": [], "appearance": []}
    for i in range(places):
        kind, own = i % KINDS, LABELS[i % 3]
        name = {"place": f"{i:02}-0", "picture": f"{i:02}"}
        level = (0.5 if kind == 0 else 0.1) + 0.001 * i
        found["cotypicality"].append(Record("places", {**name, "label": own, "cotypicality": level}))
        for label in LABELS:
            typicality = level + (0.2 if label == "Kyoto" else 0.0)
            found["cotypicality"].append(
                Record("views", {**name, "label": label, "typicality": typicality, "error": 0.01})
            )
            direction = np.eye(8)[kind if kind or label != "Kyoto" else 5] + 0.01 * rng.normal(size=8)
            colour = GREY if kind else DARK if label == "Kyoto" else RED
            found["appearance"].append(
                Record(
                    "views",
                    {**name, "label": label},
                    {
                        "vector": (direction / np.linalg.norm(direction)).astype(np.float16),
                        "colours": np.full((8, 8, 3), colour, np.uint8),
                    },
                )
            )
    return found


@pytest.fixture
def grouped(inputs):
    """Records of the stage by table."""

    def run(records: dict[str, list[Record]], **changes: int) -> dict[str, pd.DataFrame]:
        spec = StudySpec("place", trends=TrendSpec(**{"clusters": 2, "directions": 3, **changes}))
        pictures = pd.DataFrame({"place": LABELS * 6})
        given = inputs(spec, pictures, **records)
        tables: dict[str, list] = {}
        for record in group(given, Shard(0, ("study",))):
            tables.setdefault(record.table, []).append(record.row)
        return {name: pd.DataFrame(rows) for name, rows in tables.items()}

    return run


def test_group__finds_what_is_alike_everywhere_the_most_cotypical_first(grouped):
    found = grouped(made())
    trends, members = found["trends"], found["members"]
    assert trends["rank"].tolist() == [0, 1] and trends["size"].tolist() == [8, 8]
    roofs = members[members["trend"] == trends["trend"][0]]
    assert {int(place[:2]) % 2 for place in roofs["place"]} == {0}
    assert trends["median"][0] == pytest.approx(np.median(roofs["cotypicality"]))
    assert trends["low"][0] <= trends["median"][0] <= trends["high"][0]
    assert roofs["position"].tolist() == list(range(8)) and roofs["distance"].is_monotonic_increasing


def test_group__says_what_a_cluster_is_under_each_label(grouped):
    views = grouped(made())["views"].set_index(["trend", "label"])
    kyoto, paris, prague = (views.loc[("trend-0", label)] for label in LABELS)
    assert kyoto["median"] == pytest.approx(paris["median"] + 0.2)
    assert kyoto["size"] == 8 and kyoto["own"] + paris["own"] + prague["own"] == 8
    # Roofs from Paris and Prague change as they come to Kyoto; between the two they stay the same.
    assert kyoto["change"] == pytest.approx(1, abs=0.1)
    assert 0 < paris["change"] < kyoto["change"]
    assert views.loc[("trend-1", "Kyoto"), "change"] < 0.01
    for view, colour in ((kyoto, DARK), (paris, RED), (views.loc[("trend-1", "Paris")], GREY)):
        np.testing.assert_allclose(view["colours"][0], lab(np.array([colour], np.uint8))[0], atol=0.01)
        assert sum(view["shares"]) == pytest.approx(1)


def test_group__in_any_order_and_with_nothing(grouped):
    records = made()
    backwards = {name: rows[::-1] for name, rows in records.items()}
    for name, table in grouped(records).items():
        pd.testing.assert_frame_equal(table, grouped(backwards)[name])
    assert grouped({"cotypicality": [], "appearance": []}) == {}


def test_group__only_the_studys_best_places(inputs):
    spec = StudySpec("place", trends=TrendSpec(clusters=2))
    spec = dataclasses.replace(spec, cotypicality=dataclasses.replace(spec.cotypicality, top=5))
    given = inputs(spec, pd.DataFrame({"place": LABELS}), **made())
    members = [
        record.row["place"] for record in group(given, Shard(0, ("study",))) if record.table == "members"
    ]
    assert sorted(members) == ["06-0", "08-0", "10-0", "12-0", "14-0"]


def test_lab__of_known_colours():
    """Values of sRGB under D65, as colour science tables have them."""
    known = {
        (255, 255, 255): (100, 0, 0), (0, 0, 0): (0, 0, 0), (255, 0, 0): (53.24, 80.09, 67.20),
        (0, 255, 0): (87.73, -86.18, 83.18), (0, 0, 255): (32.30, 79.19, -107.86),
        (128, 128, 128): (53.59, 0, 0),
    }  # fmt: skip
    found = lab(np.array([list(known)], np.uint8))
    assert found.shape == (1, 6, 3)
    np.testing.assert_allclose(found[0], list(known.values()), atol=0.3)


def test_srgb__is_the_way_back_and_stays_on_the_screen():
    pixels = np.random.default_rng(0).integers(0, 256, (50, 3), dtype=np.uint8)
    assert np.abs(srgb(lab(pixels)).astype(int) - pixels).max() <= 1
    assert srgb(np.array([[50.0, 120.0, -120.0]])).shape == (1, 3)
    np.testing.assert_array_equal(srgb(np.array([[120.0, 0.0, 0.0], [-5.0, 0.0, 0.0]])), [[255] * 3, [0] * 3])


def test_dominant__of_a_picture_of_three_colours():
    pixels = np.array([RED] * 60 + [GREY] * 30 + [DARK] * 10, np.uint8)
    colours, shares = dominant(np.random.default_rng(0).permutation(pixels), 3, seed=1)
    np.testing.assert_allclose(colours, lab(np.array([RED, GREY, DARK], np.uint8)), atol=0.01)
    np.testing.assert_allclose(shares, [0.6, 0.3, 0.1], atol=1e-6)
    alone, whole = dominant(pixels[:5], 3, seed=1)
    assert len(alone) == 1 and whole.tolist() == [1.0]


def test_moves__from_each_label_to_each_other_one():
    right, up = np.array([1, 0], np.float32), np.array([0, 1], np.float32)
    vectors = {
        "Kyoto": np.stack([right, right, right]),
        "Paris": np.stack([right, up, right]),
        "Prague": np.stack([up, up, -right]),
    }
    found = moves(LABELS, ["Kyoto", "Kyoto", "Prague"], vectors)
    assert found[0].tolist() == [0, 0.5, 1]
    assert np.isnan(found[1]).all()
    assert found[2].tolist() == [2, 2, 0]
