"""The benchmarks of translations on a tiny random model: what is counted is what the cost says."""

from __future__ import annotations

import json

import pytest

from benchmarks import translate, translation_passes
from core.diffusion.recipe import save_model
from tests.core.diffusion.conftest import make_parts


@pytest.fixture
def model(tmp_path, monkeypatch):
    folder = tmp_path / "tiny"
    save_model(make_parts(), folder, {"made": "by a test"})
    monkeypatch.setenv("TYPISCOPE_DEVICE", "cpu")
    monkeypatch.setenv("TYPISCOPE_DTYPE", "float32")
    monkeypatch.setattr(translation_passes, "PAPER_STEPS", 6)
    return str(folder)


def test_passes__are_counted_and_set_against_the_papers(model, capsys):
    translation_passes.main(as_json=True, model=model)
    found = json.loads(capsys.readouterr().out)
    for row in (found, *found["more"]):
        assert row["passes"] == 2 * row["steps"] * 6 - 4
        assert row["paper_passes"] == 1998 + 15 * row["steps"]
        assert row["ratio"] == pytest.approx(row["passes"] / row["paper_passes"])
    assert [row["steps"] for row in (found, *found["more"])] == [6, 10]
    translation_passes.main(model=model)
    assert "ratio" in capsys.readouterr().out


def test_translate__is_one_object(model, capsys):
    translate.main(as_json=True, quick=True, model=model)
    found = json.loads(capsys.readouterr().out)
    assert [row["steps"] for row in found["passes"]] == [6, 10]
    assert [row["steps"] for row in found["curve"]] == [5, 10]
    assert found["truth"]["sources"] == 4 and 0 <= found["truth"]["in_range"] <= 1
    translate.show(found)
    assert capsys.readouterr().out
