"""What tests of the command line and of the store share."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.store import layout


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache folder, the one the command line will look at."""
    monkeypatch.setenv("TYPISCOPE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture(autouse=True)
def tiles_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tiles of tests are not put among those that are served."""
    monkeypatch.setattr(layout, "SERVED", tmp_path / "served")
