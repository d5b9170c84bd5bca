"""What tests of the command line and of the store share."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache folder, the one the command line will look at."""
    monkeypatch.setenv("TYPISCOPE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"
