"""Eq. 4 against a plain loop over squares and labels."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from core.errors import UserError
from core.mining.cotypicality import places, top_places
from core.mining.sources import sources
from core.mining.typicality import upsample
from core.specs import TranslateSpec

SIZE, FRAME = 8, (32, 24)


def plain_places(maps, count):
    """Every square's mean under every label, their median, and the best that do not overlap."""
    found = []
    large = [upsample(one, FRAME[1], FRAME[0]) for one in maps]
    for y in range(FRAME[1] - SIZE + 1):
        for x in range(FRAME[0] - SIZE + 1):
            values = sorted(float(one[y : y + SIZE, x : x + SIZE].mean(dtype=np.float64)) for one in large)
            middle = len(values) // 2
            even = (values[middle - 1] + values[middle]) / 2
            found.append((values[middle] if len(values) % 2 else even, x, y))
    picked: list[tuple[float, int, int]] = []
    for median, x, y in sorted(found, key=lambda one: (-one[0], one[2], one[1])):
        if len(picked) < count and all(abs(x - u) >= SIZE or abs(y - v) >= SIZE for _, u, v in picked):
            picked.append((median, x, y))
    return picked


@pytest.mark.parametrize("labels", [1, 4, 5])
def test_places__equal_the_plain_loop(labels):
    maps = np.random.default_rng(labels).normal(size=(labels, 6, 8)).astype(np.float32)
    found, plain = places(maps, SIZE, FRAME, 4), plain_places(maps, 4)
    assert [(one.x, one.y) for one in found] == [(x, y) for _, x, y in plain]
    np.testing.assert_allclose(
        [one.cotypicality for one in found], [median for median, _, _ in plain], atol=1e-5
    )
    for one in found:
        assert one.cotypicality == pytest.approx(float(np.median(one.typicality)), abs=1e-6)


def test_places__one_label_that_shines_is_not_enough():
    maps = np.zeros((5, 6, 8), np.float32)
    maps[:3, :2, :2] = 0.1  # three labels agree a little
    maps[4, 4:, 6:] = 9.0
    best = places(maps, SIZE, FRAME, 1)[0]
    assert (best.x, best.y) == (0, 0) and best.cotypicality > 0


def test_places__what_is_no_number_is_not_picked_and_what_does_not_fit_refused():
    maps = np.ones((3, 6, 8), np.float32)
    maps[0] = np.nan
    assert places(maps, SIZE, FRAME, 2) == []
    with pytest.raises(UserError, match="does not fit"):
        places(maps, 40, FRAME, 1)


def test_top_places__over_the_study_ties_by_id():
    table = pd.DataFrame({"place": ["b", "a", "c"], "cotypicality": [1.0, 1.0, 2.0]})
    assert top_places(table, 2)["place"].tolist() == ["c", "a"]
    assert top_places(pd.DataFrame(), 2).empty


@pytest.fixture
def maps():
    """Two labels; the last picture of each was dismissed, and one was also asked under the other label."""
    rows = [(f"{label}{i}", label, i / 10, i < 5) for label in "AB" for i in range(6)]
    rows.append(("A0", "B", 99.0, True))
    return pd.DataFrame(rows, columns=["picture", "label", "mean", "complete"])


LABELS = pd.Series({f"{label}{i}": label for label in "AB" for i in range(6)})


def test_sources__the_most_typical_with_a_whole_map_of_their_own(maps):
    assert sources(maps, LABELS, TranslateSpec(count=2)) == {"A4", "A3", "B4", "B3"}
    assert len(sources(maps, LABELS, TranslateSpec(pictures="all", count=2))) == 10
    assert sources(pd.DataFrame(), LABELS, TranslateSpec()) == frozenset()


def test_sources__at_random_are_the_same_in_any_order(maps):
    drawn = [sources(maps, LABELS, TranslateSpec(pictures="random", count=2, seed=seed)) for seed in range(9)]
    assert all(len(one) == 4 and sum(picture[0] == "A" for picture in one) == 2 for one in drawn)
    assert len(set(drawn)) > 1
    assert sources(maps[::-1], LABELS, TranslateSpec(pictures="random", count=2, seed=0)) == drawn[0]
