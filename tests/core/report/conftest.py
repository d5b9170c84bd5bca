"""The small study the pages are tested with, for whoever shows it elsewhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.study import Study
from tests.pages.conftest import make_study


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache folder, the one the command line will look at."""
    monkeypatch.setenv("TYPISCOPE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def study(cache: Path) -> Study:
    """All stages are done."""
    return make_study(cache)
