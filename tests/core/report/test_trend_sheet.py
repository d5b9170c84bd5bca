"""A contact sheet of trends: a column a label, whole pictures above their best places."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

import core.__main__  # noqa: F401 (joins all commands to the app)
from core.cli import app
from core.errors import UserError
from core.report.trend_sheet import TrendSheet
from core.study import Study
from tests.pages.conftest import LABELS, make_study

COLOURS = {label: (250 - 60 * number, 40, 60 * number) for number, label in enumerate(LABELS)}
"""Of everything under a label, as the small study's translations are made."""


@pytest.fixture
def study(cache: Path) -> Study:
    return make_study(cache, until="trends")


def bands_of(pixels: np.ndarray, colour: tuple[int, int, int]) -> tuple[int, int, int]:
    """First and last column that hold a colour, and how many pixels do."""
    near = (np.abs(pixels.astype(int) - colour) < 12).all(axis=-1)
    across = np.flatnonzero(near.any(axis=0))
    return int(across.min()), int(across.max()), int(near.sum())


def test_trend_sheet__each_label_has_a_column_of_its_own(study: Study) -> None:
    pixels = TrendSheet(study).draw()
    found = [bands_of(pixels, COLOURS[label]) for label in LABELS]
    assert [first for first, _, _ in found] == sorted(first for first, _, _ in found)
    for (_, last, _), (first, _, _) in pairwise(found):
        assert last < first
    counts = [number for _, _, number in found]
    assert min(counts) > 0.9 * max(counts)


def test_trend_sheet__columns_are_those_asked_for(study: Study) -> None:
    pixels = TrendSheet(study, ("Prague", "Kyoto")).draw()
    assert bands_of(pixels, COLOURS["Prague"])[1] < bands_of(pixels, COLOURS["Kyoto"])[0]
    assert pixels.shape[1] < TrendSheet(study).draw().shape[1]
    with pytest.raises(UserError, match="Atlantis"):
        TrendSheet(study, ("Atlantis",)).draw()


def test_trend_sheet__more_places_make_it_taller(study: Study) -> None:
    one, two = (TrendSheet(study, trends=number).draw().shape[0] for number in (1, 2))
    assert two > one
    assert TrendSheet(study, trends=2, places=1).draw().shape[0] < two


def test_trend_sheet__without_trends_is_one_sentence(cache: Path) -> None:
    with pytest.raises(UserError, match="--stage trends"):
        TrendSheet(make_study(cache)).draw()


def test_sheet_command__draws_trends(study: Study, tmp_path: Path) -> None:
    out = tmp_path / "trends.png"
    result = CliRunner().invoke(app, ["sheet", study.name, "--trends", "2", "--out", str(out)])
    assert result.exit_code == 0, result.output
    assert (np.asarray(Image.open(out)) == TrendSheet(study, trends=2).draw()).all()
