"""The shipped translations and trends against the world they show, and what is no demo."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

import core.__main__  # noqa: F401 (joins all commands to the app)
from core.cli import app
from core.config import Settings
from core.demo import roofs
from core.demo.study import prepare
from core.demo.world import PLACES
from core.errors import UserError
from core.study import Study
from tests.pages.conftest import make_study


@pytest.fixture(scope="module")
def demo() -> Iterator[Study]:
    for _ in prepare():
        pass
    yield Study.open("demo", Settings(cache=Path("cache")))


def test_evaluate__the_demo_is_what_it_should_be(demo: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(roofs, "TWINS", 12)  # with so few the range is narrower than it truly is
    done = CliRunner().invoke(app, ["evaluate", "demo", "--stage", "trends", "--json"])
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert found["roof_colour_in_range"] >= 0.6
    assert found["background_change_ratio"] < 0.5
    assert found["roof_lightness_spearman"] >= 0.8
    assert 40 < found["reconstruction_psnr"] < 50
    assert set(found["targets"]) == set(PLACES) - {"Prague"}
    assert all(target["sources"] == 20 for target in found["targets"].values())
    assert found["targets"]["London"]["planted_roof_colour_in_range"] is None
    assert found["roofs"]["true_lightness"]["Kyoto"] < found["roofs"]["true_lightness"]["London"] - 10


def test_evaluate__a_study_that_is_not_the_demo_is_one_sentence(tmp_path: Path, demo: Study) -> None:
    other = make_study(tmp_path / "cache", name="streets")
    by_decade = dataclasses.replace(demo, spec=dataclasses.replace(demo.spec, label_column="decade"))
    for study in (other, by_decade):
        with pytest.raises(UserError, match="is not the demo"):
            roofs.evaluate(study)


def test_evaluate__without_translations_says_what_to_run(demo: Study) -> None:
    translate = dataclasses.replace(demo.spec.translate, steps=7)
    with pytest.raises(UserError, match=r'Stage "translate".*--stage trends'):
        roofs.evaluate(demo.with_spec(translate=translate))


def test_inside__asks_every_channel() -> None:
    true = np.array([[0, 0, 0], [10, 10, 10]], np.float32)
    colours = np.array([[5, 5, 5], [0, 10, 0], [5, 5, 11], [-1, 5, 5]], np.float32)
    assert roofs.inside(colours, true) == 0.5
