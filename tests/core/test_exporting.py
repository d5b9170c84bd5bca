"""An export is a new folder, whole or not at all, that gives back what the study found."""

from __future__ import annotations

import io
import json
import runpy
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from typer.testing import CliRunner

import core.__main__  # noqa: F401 (joins all commands to the app)
from core.cli import app
from core.dataset import open_in_fiftyone
from core.dataset.files import PictureError
from core.errors import UserError
from core.exporting import ZERO, Export, patches_csv, sixteen_bits
from core.mining.typicality import quantile_scale
from core.report.findings import Findings
from core.study import Study
from tests.pages.conftest import LABELS, MAKE, PICTURES, finish, make_study


@pytest.fixture
def study(cache: Path) -> Study:
    return make_study(cache)


def call(*words: str) -> str:
    result = CliRunner().invoke(app, ["export", *words])
    assert "Traceback" not in result.output
    return ("" if result.exit_code == 0 else "refused: ") + result.stderr


def test_export__tables_hold_the_same_in_both_formats(study: Study, tmp_path: Path) -> None:
    for name in ("csv", "parquet"):
        assert "Wrote" in call("demo", "--format", name, "--out", str(tmp_path / name))
    written, kept = (
        pd.read_csv(tmp_path / "csv" / "patches.csv"),
        pd.read_parquet(tmp_path / "parquet" / "patches.parquet"),
    )
    pd.testing.assert_frame_equal(written, kept.drop(columns="thumb"), check_dtype=False)
    assert len(written) == 2 * PICTURES * len(LABELS)
    pictures = study.pictures["place"]
    assert (written["image_id"].map(pictures) == written["label"]).all()
    first = written[written["label"] == "Prague"].iloc[0]
    assert first[["x0", "y0", "x1", "y1"]].tolist() == [0, 0, 16, 16] and first["cluster"] == 1
    assert len(pd.read_csv(tmp_path / "csv" / "clusters.csv")) == 3 * len(LABELS)


def test_export__parquet_shows_every_patch_whose_picture_is_still_there(study: Study, tmp_path: Path) -> None:
    gone = study.pictures.index[0]
    Path(study.pictures.at[gone, "path"]).unlink()
    call("demo", "--format", "parquet", "--out", str(tmp_path / "p"))
    table = pd.read_parquet(tmp_path / "p" / "patches.parquet")
    assert (table["thumb"].isna() == (table["image_id"] == gone)).all()
    for _, row in table.dropna(subset="thumb").iterrows():
        box = tuple(row[["x0", "y0", "x1", "y1"]].astype(int))
        with Image.open(study.pictures.at[row["image_id"], "path"]) as picture:
            own = np.asarray(picture.crop(box), np.float32)
        with Image.open(io.BytesIO(row["thumb"])) as thumb:
            shown = np.asarray(thumb.convert("RGB"), np.float32)
        assert own.shape == shown.shape
        assert np.corrcoef(own.mean(axis=2).ravel(), shown.mean(axis=2).ravel())[0, 1] > 0.8


def test_export__says_where_patches_lie_on_their_map(study: Study, tmp_path: Path) -> None:
    finish(study, "atlas", MAKE["atlas"])
    call("demo", "--out", str(tmp_path / "c"))
    table = pd.read_csv(tmp_path / "c" / "patches.csv")
    own = study.finished("atlas").table("points")
    assert sorted(table["umap_x"]) == pytest.approx(sorted(own["x"]))
    assert patches_csv(study, "Paris").decode() == table[table["label"] == "Paris"].to_csv(index=False)


def test_export__coco_boxes_name_the_pictures(study: Study, tmp_path: Path) -> None:
    call("demo", "--format", "coco", "--out", str(tmp_path / "coco"))
    found = json.loads((tmp_path / "coco" / "annotations.json").read_text())
    assert {image["file_name"] for image in found["images"]} == set(study.pictures["file_name"])
    assert [category["name"] for category in found["categories"]] == list(LABELS)


def test_export__fiftyone_has_a_picture_for_every_entry(study: Study, tmp_path: Path) -> None:
    call("demo", "--format", "fiftyone", "--out", str(tmp_path / "f"))
    found = json.loads((tmp_path / "f" / "labels.json").read_text())
    copied = {file.stem: file for file in (tmp_path / "f" / "data").iterdir()}
    assert set(found["labels"]) == set(copied) == set(study.pictures.index)
    picture = study.pictures.index[0]
    assert copied[picture].read_bytes() == Path(study.pictures.at[picture, "path"]).read_bytes()


def test_export__maps_give_back_typicality(study: Study, tmp_path: Path) -> None:
    call("demo", "--out", str(tmp_path / "m"), "--maps")
    listed = pd.read_csv(tmp_path / "m" / "maps.csv").set_index("image_id")
    found = Findings(study)
    for _, row in found.maps.iterrows():
        entry = listed.loc[row["picture"]]
        with Image.open(tmp_path / "m" / entry["map"]) as picture:
            grey = np.asarray(picture)
        assert grey.dtype == np.uint16
        back = (grey.astype(np.float64) - entry["zero"]) * entry["unit"]
        assert np.abs(back - found.typicality(row)).max() <= entry["unit"] / 2 + 1e-9


def test_fiftyone_is_shown_maps_over_whole_pictures(study: Study, tmp_path: Path) -> None:
    call("demo", "--format", "fiftyone", "--out", str(tmp_path / "f"), "--maps")
    opener = runpy.run_path(str(tmp_path / "f" / "open_in_fiftyone.py"))
    shown, found = opener["typicality"](tmp_path / "f"), Findings(study)
    assert set(shown) == set(found.maps["picture"])
    for _, row in found.maps.iterrows():
        assert np.allclose(shown[row["picture"]], found.typicality(row), atol=1e-3)


def test_fiftyone_colours_end_where_those_of_the_pages_do(study: Study) -> None:
    found = Findings(study)
    maps = {row["picture"]: found.typicality(row) for _, row in found.maps.iterrows()}
    assert open_in_fiftyone.scale(maps) == pytest.approx(quantile_scale(maps.values()))
    assert open_in_fiftyone.scale({}) == open_in_fiftyone.scale({"a": np.zeros((2, 2), np.float32)}) == 1


def test_a_map_of_a_cropped_or_padded_picture_lies_where_it_belongs(tmp_path: Path) -> None:
    (tmp_path / "maps").mkdir()
    grey, unit = sixteen_bits(np.array([[1.0, 2.0], [3.0, 4.0]], np.float32))
    Image.fromarray(grey).save(tmp_path / "maps" / "a.png")
    row = {"image_id": "cropped", "map": "maps/a.png", "zero": ZERO, "unit": unit, "top": 0, "height": 1}
    cropped, padded = (
        row | {"left": 0.25, "width": 0.5},
        row | {"left": -0.5, "width": 2, "image_id": "padded"},
    )
    pd.DataFrame([cropped, padded]).to_csv(tmp_path / "maps.csv", index=False)
    shown = open_in_fiftyone.typicality(tmp_path)
    assert np.allclose(shown["cropped"], [[0, 1, 2, 0], [0, 3, 4, 0]], atol=1e-3)
    assert np.allclose(shown["padded"], [[2], [4]], atol=1e-3)  # the middle belongs to the right one


def test_sixteen_bits__keeps_sign_and_zero() -> None:
    grey, unit = sixteen_bits(np.array([[0.0, -2.0, 1.0, np.nan]], np.float32))
    assert grey[0, 0] == grey[0, 3] == ZERO and grey[0, 1] == 1
    assert (grey[0, 2] - ZERO) * unit == pytest.approx(1.0, rel=1e-4)
    assert sixteen_bits(np.zeros((1, 1)))[0][0, 0] == ZERO


def test_export__leaves_nothing_behind_when_it_fails(study: Study, tmp_path: Path) -> None:
    Path(study.pictures["path"].iloc[-1]).unlink()
    with pytest.raises(PictureError, match="is missing"):
        list(Export(study, "fiftyone", tmp_path / "there" / "f"))
    assert not list((tmp_path / "there").iterdir())


def test_export__never_writes_over_anything(study: Study, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("all of it")
    assert "is there already" in call("demo", "--out", str(tmp_path / "mine"))
    assert [file.name for file in (tmp_path / "mine").iterdir()] == ["thesis.txt"]
    (tmp_path / "empty").mkdir()
    assert not call("demo", "--out", str(tmp_path / "empty")).startswith("refused")


def test_export__says_what_is_missing(cache: Path, tmp_path: Path) -> None:
    make_study(cache, until="typicality")
    assert "python -m core run demo" in call("demo", "--out", str(tmp_path / "a"))
    assert not (tmp_path / "a").exists()


def test_export__an_unknown_format_lists_the_known(study: Study, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="csv, parquet, coco, fiftyone"):
        Export(study, "yolo", tmp_path)  # type: ignore[arg-type]


def test_patches_csv__holds_one_label(study: Study, tmp_path: Path) -> None:
    fresh = Study.open(study.name, study.settings)
    (tmp_path / "a.csv").write_bytes(patches_csv(fresh, "Paris"))
    assert "pictures" not in vars(fresh)  # those of the other labels are not read
    table = pd.read_csv(tmp_path / "a.csv")
    assert len(table) == 2 * PICTURES and set(table["label"]) == {"Paris"}
    whole = Export(study, "csv", tmp_path / "all").table
    assert patches_csv(study, "Paris").decode() == whole[whole["label"] == "Paris"].to_csv(index=False)


def test_export__no_name_is_a_formula(study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    odd = study.pictures.assign(file_name=["=1+1", "-x", "@a", "+b", *["plain"] * (len(study.pictures) - 4)])
    study.__dict__["pictures"] = odd
    list(Export(study, "csv", tmp_path / "out"))
    names = pd.read_csv(tmp_path / "out" / "patches.csv")["file_name"]
    assert {"'=1+1", "'-x", "'@a", "'+b", "plain"} == set(names)
    assert pd.read_csv(tmp_path / "out" / "patches.csv")["typicality"].dtype == float
