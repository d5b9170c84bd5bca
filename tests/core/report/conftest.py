"""The small study the pages are tested with, for whoever shows it elsewhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.study import Study
from tests.pages.conftest import make_study


@pytest.fixture
def study(cache: Path) -> Study:
    """All stages are done."""
    return make_study(cache)
