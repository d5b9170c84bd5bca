"""The benchmark of translations on a tiny random model, and the twins it is held against."""

from __future__ import annotations

import json

import numpy as np
import pytest

from benchmarks import translate
from benchmarks.streets import known, unseen
from core.diffusion.recipe import save_model
from core.mining.colours import lab
from tests.core.diffusion.conftest import make_parts


def test_streets__twins_are_the_same_scene_in_another_place():
    for street in [*unseen(2), *known(2)]:
        red, there = (lab(one)[street.roof].mean(axis=0) for one in (street.picture, street.twin))
        assert red[1] > 30  # a in CIELAB: towards red
        assert there[1] < 15
        same = np.abs(street.picture.astype(int) - street.twin)[street.background].mean()
        other = np.abs(street.picture.astype(int) - street.twin)[street.roof].mean()
        assert same < other / 3
        assert not (street.roof & street.background).any()
    shown = [street.replaced for street in known(12)]
    assert max(shown) > 0.5 and min(shown) < 0.5


def test_json__is_one_object_and_passes_are_what_the_cost_says(tmp_path, monkeypatch, capsys):
    folder = tmp_path / "tiny"
    save_model(make_parts(), folder, {"made": "by a test"})
    monkeypatch.setenv("TYPISCOPE_DEVICE", "cpu")
    monkeypatch.setenv("TYPISCOPE_DTYPE", "float32")
    monkeypatch.setattr(translate, "PAPER_STEPS", 6)
    translate.main(as_json=True, quick=True, model=str(folder))
    found = json.loads(capsys.readouterr().out)
    by_steps = {row["steps"]: row for row in found["passes"]}
    for steps, row in by_steps.items():
        assert row["passes"] == 2 * steps * 6 - 4
        assert row["papers"] == 1998 + 15 * steps
        assert row["share"] == pytest.approx(row["passes"] / row["papers"])
    assert set(by_steps) == {found["steps"], 6}
    assert [row["steps"] for row in found["curve"]] == [5, 10]
    assert found["truth"]["sources"] == 4 and 0 <= found["truth"]["in_range"] <= 1
    translate.show(found)
    assert capsys.readouterr().out
