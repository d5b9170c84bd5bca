"""A contact sheet shows what was found, and says what is missing in one sentence."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

import core.__main__  # noqa: F401 (joins all commands to the app)
from core.cli import app
from core.errors import UserError
from core.report import sheet as sheets
from core.report.findings import Findings
from core.report.sheet import Sheet
from core.study import Study
from tests.pages.conftest import make_study


def refused(*words: str) -> str:
    result = CliRunner().invoke(app, list(words))
    assert result.exit_code == 2 and "Traceback" not in result.output
    return result.stderr


def test_sheet__has_a_band_a_label(study: Study) -> None:
    one, two = (Sheet(study, labels).draw() for labels in (("Prague",), ("Prague", "Paris")))
    whole = Sheet(study).draw()
    assert one.shape[1] == two.shape[1] == whole.shape[1]
    band = two.shape[0] - one.shape[0]
    assert whole.shape[0] - two.shape[0] == band > 4 * 156
    assert (one[:104] == two[:104]).mean() > 0.9  # nearly the same head: only the scale may differ
    assert (two[104 + band :] != 255).any()


def test_sheet__differs_where_maps_differ(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    before = Sheet(study, ("Prague",)).draw()
    assert (Sheet(study, ("Prague",)).draw() == before).all()
    maps = Findings.typicality
    monkeypatch.setattr(Findings, "typicality", lambda self, row: -maps(self, row))
    after = Sheet(study, ("Prague",)).draw()
    changed = np.flatnonzero((before != after).any(axis=(0, 2)))
    assert after.shape == before.shape and len(changed)
    assert changed.max() < 24 + 2 * (208 + 8)  # the maps alone, not a patch


def test_sheet__shows_what_there_is_until_there_are_clusters(cache: Path) -> None:
    assert (Sheet(make_study(cache, until="typicality")).draw() != 255).any()


def test_sheet__a_picture_that_is_gone_is_said_not_hidden(study: Study) -> None:
    whole = Sheet(study, ("Prague",), clusters=0, maps=1).draw()
    picture = Findings(study).typical("Prague", 1).iloc[0]["picture"]
    Path(study.pictures.loc[picture, "path"]).unlink()
    gone = Sheet(study, ("Prague",), clusters=0, maps=1).draw()
    assert gone.shape == whole.shape and (gone != whole).any()


def test_sheet__is_written_as_what_its_name_says(study: Study, tmp_path: Path) -> None:
    for name, kind in (("a.jpg", "JPEG"), ("a.PNG", "PNG")):
        out = tmp_path / "new" / name
        done = CliRunner().invoke(app, ["sheet", "demo", "--out", str(out), "--labels", "Kyoto"])
        assert done.exit_code == 0, done.output
        with Image.open(out) as written:
            assert written.format == kind
            assert written.size == Sheet(study, ("Kyoto",)).draw().shape[1::-1]


def test_sheet__is_a_page_to_print(study: Study, tmp_path: Path) -> None:
    sheets.save(Sheet(study, ("Kyoto",)), tmp_path / "a.pdf")
    assert (tmp_path / "a.pdf").read_bytes().startswith(b"%PDF")


def test_sheet__what_cannot_be_done_is_said_in_a_sentence(study: Study, tmp_path: Path) -> None:
    out = str(tmp_path / "a.jpg")
    assert 'no label "Rome"' in refused("sheet", "demo", "--out", out, "--labels", "Rome")
    assert "ending in .jpg, .png or .pdf" in refused("sheet", "demo", "--out", str(tmp_path / "a.gif"))
    assert 'no study "none"' in refused("sheet", "none", "--out", out)
    assert not Path(out).exists()


def test_sheet__of_nothing_says_what_to_run(cache: Path, tmp_path: Path) -> None:
    make_study(cache, until="screen")
    assert "python -m core run demo" in refused("sheet", "demo", "--out", str(tmp_path / "a.jpg"))


def test_sheet__a_damaged_artifact_is_named(study: Study, tmp_path: Path) -> None:
    artifact = study.artifact("clusters")
    assert artifact
    next(artifact.folder.glob("shard-*/clusters.parquet")).write_bytes(b"no table")
    assert "damaged" in refused("sheet", "demo", "--out", str(tmp_path / "a.jpg"))


def test_sheet__too_many_labels_are_refused(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "TALLEST", 1000)
    with pytest.raises(UserError, match="--labels"):
        Sheet(study).draw()
