"""The benchmark of a full-size model, on a tiny one of the same layout."""

from __future__ import annotations

from benchmarks import full_size
from core.diffusion.recipe import save_model
from tests.core.diffusion.conftest import make_parts


def test_score__measures_one_map(tmp_path, monkeypatch):
    monkeypatch.setenv("TYPISCOPE_DEVICE", "cpu")
    save_model(make_parts(), tmp_path / "tiny", {})
    found = full_size.score(tmp_path / "tiny", samples=2, size=32, threads=1)
    assert found["UNet passes"] == 4 and found["mean is a number"]
    assert found["map"][2:] == [16, 16]
    assert 0 < found["GB at most, loaded"] <= found["GB at most"] < 16
