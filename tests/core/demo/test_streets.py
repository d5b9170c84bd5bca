"""Streets of Prague and their twins: the same scene in another place."""

from __future__ import annotations

import math

import numpy as np

from core.demo.streets import known, unseen
from core.mining.colours import lab


def test_streets__twins_are_the_same_scene_in_another_place():
    for street in [*unseen(2), *known(2)]:
        twin = street.twins["Kyoto"].picture
        red, there = (lab(one)[street.roof].mean(axis=0) for one in (street.picture, twin))
        assert red[1] > 30  # a in CIELAB: towards red
        assert there[1] < 15
        same = np.abs(street.picture.astype(int) - twin)[street.background].mean()
        other = np.abs(street.picture.astype(int) - twin)[street.roof].mean()
        assert same < other / 3
        assert not (street.roof & street.background).any()
    shown = [street.twins["Kyoto"].replaced for street in known(12)]
    assert max(shown) > 0.5 and min(shown) < 0.5


def test_streets__where_a_place_plants_no_roof_none_is_replaced():
    (street,) = known(1, ("Paris", "London"))
    assert math.isnan(street.twins["London"].replaced) and street.twins["Paris"].replaced >= 0
