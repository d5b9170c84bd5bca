"""What reading finds in the pictures themselves, and what it leaves out with a reason."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from core.dataset import reading
from core.dataset.boxes import parse_boxes
from core.dataset.importers import Reading, find, read
from core.dataset.manifest import boxes_of, label_columns_of

Draw = Callable[..., Path]


def test_failures_are_rows_with_reasons(draw: Draw, tmp_path: Path) -> None:
    draw("a/1.png", 1)
    cut = draw("a/2.png", 2)
    cut.write_bytes(cut.read_bytes()[:-200])
    (tmp_path / "a/3.jpg").write_text("a letter")
    (tmp_path / "a/4.jpg").touch()
    shutil.copy(tmp_path / "a/1.png", tmp_path / "a/5.png")
    (tmp_path / "b").mkdir()
    shutil.copy(tmp_path / "a/1.png", tmp_path / "b/6.png")
    draw("7.png", 7)
    pictures, failures = read(find(tmp_path))
    assert pictures["file_name"].tolist() == ["a/1.png"]
    assert dict(zip(failures["file_name"], failures["reason"], strict=True)) == {
        "7.png": "has no value in column 'label'",
        "a/2.png": "is cut short",
        "a/3.jpg": "is not a picture",
        "a/4.jpg": "is empty",
        "a/5.png": "has the same bytes as a/1.png",
        "b/6.png": "has the same bytes as a/1.png, with other labels",
    }


def test_rows_of_a_manifest_that_name_no_file_or_one_twice(draw: Draw, tmp_path: Path) -> None:
    draw("1.png", 1)
    (tmp_path / "metadata.csv").write_text(
        "file_name,label\n1.png,a\n,a\n1.png,b\n\0.png,a\n2.png,a\n" + "x" * 5000 + ",a\nup/../1.png,a\n"
    )
    pictures, failures = read(find(tmp_path))
    assert pictures["label"].tolist() == ["a"]
    assert dict(zip(failures["file_name"], failures["reason"], strict=True)) == {
        "\0.png": "is missing",
        "(row 2)": "names no file",
        "1.png": "is listed twice, with other labels",
        "2.png": "is missing",
        "up/../1.png": "is listed twice",
        "x" * 5000: "cannot be opened",
    }


def test_progress_and_order(draw: Draw, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "BLOCK", 4)
    for number in range(11):
        draw(f"a/{number:02}.png", number)
    walk = Reading(find(tmp_path))
    assert len(walk) == 11
    records = list(walk)
    assert [record.row["file_name"] for record in records] == [f"a/{number:02}.png" for number in range(11)]
    assert [record.row for record in walk] == [record.row for record in records]  # a second time


def test_size_is_that_of_the_upright_picture(draw: Draw, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.open(draw("a/1.jpg", 1)).save(tmp_path / "a/1.jpg", exif=exif)
    assert read(find(tmp_path))[0].loc[0, ["width", "height"]].tolist() == [16, 24]


@pytest.mark.parametrize(
    ("written", "kept", "remark"),
    [
        ("[[1, 2, 3, 4.5]]", [[1, 2, 3, 4.5]], ""),
        ("[1, 2, 3, 4]", [[1, 2, 3, 4]], ""),
        ("[]", [], ""),
        ("", None, ""),
        ("[[-5, 10, 10, 20]]", [[0, 10, 5, 6]], "with 1 of its 1 boxes cut"),
        ("[[-0.5, 10, 10, 6.5]]", [[0, 10, 9.5, 6]], ""),
        ("[[-5, 10, 10, 20], [99, 0, 5, 5]]", [[0, 10, 5, 6]], "1 of its 2 boxes: not four numbers"),
        ("[[1, 2, 3, 0], [30, 0, 5, 5], [1, 2], [2, 2, 2, 2]]", [[2, 2, 2, 2]], "without 3 of its 4 boxes"),
        ('[[0, 0, NaN, 4], ["x", 0, 1, 1]]', None, "without 2 of its 2 boxes"),
        ("[]", [], ""),
        ("somewhere left", None, "without its boxes"),
    ],
)
def test_boxes(draw: Draw, tmp_path: Path, written: str, kept: list[list[float]] | None, remark: str) -> None:
    draw("1.png", 1)  # 24 x 16
    table = pd.DataFrame({"file_name": ["1.png"], "label": ["a"], "boxes": [written]})
    table.to_csv(tmp_path / "metadata.csv", index=False)
    pictures, failures = read(find(tmp_path))
    assert pictures.loc[0, "boxes"] == kept
    if remark:
        assert failures.loc[0, "picture"] == pictures.loc[0, "picture"]
        assert failures.loc[0, "reason"].startswith("is kept") and remark in failures.loc[0, "reason"]
    else:
        assert failures.empty


def test_a_single_box_of_numpys_numbers() -> None:
    assert parse_boxes(np.array([1, 2, 3, 4]), 24, 16) == ([[1, 2, 3, 4]], "")


def test_boxes_as_lists_and_back_from_parquet(draw: Draw, tmp_path: Path) -> None:
    draw("1.png", 1)
    draw("2.png", 2)
    lines = [{"file_name": "1.png", "label": "a", "boxes": [[1, 2, 3, 4], [5, 6, 7, 8]]}]
    lines += [{"file_name": "2.png", "label": "a"}]
    (tmp_path / "metadata.jsonl").write_text("\n".join(map(json.dumps, lines)))
    found = find(tmp_path)
    assert found.label_columns == ("label",)
    pictures, _ = read(found)
    pictures.to_parquet(tmp_path / "pictures.parquet")
    back = pd.read_parquet(tmp_path / "pictures.parquet")
    assert label_columns_of(back) == ("label",)
    boxes = boxes_of(back.loc[0])
    assert boxes is not None and boxes.tolist() == [[1, 2, 3, 4], [5, 6, 7, 8]]
    assert boxes_of(back.loc[1]) is None


def test_masks(draw: Draw, tmp_path: Path) -> None:
    for number in range(4):
        draw(f"{number}.png", number)
    Image.fromarray(np.ones((16, 24), np.uint8)).save(tmp_path / "fits.png")
    Image.fromarray(np.ones((24, 16), np.uint8)).save(tmp_path / "other.png")
    (tmp_path / "metadata.csv").write_text(
        "file_name,label,mask\n0.png,a,fits.png\n1.png,a,other.png\n2.png,a,none.png\n3.png,a,\n"
    )
    pictures, failures = read(find(tmp_path))
    assert pictures.loc[0, "mask"] == str(tmp_path / "fits.png") and len(pictures.loc[0, "mask_sha256"]) == 64
    assert pictures.loc[1:, "mask"].isna().all() and pictures.loc[1:, "mask_sha256"].isna().all()
    assert failures["reason"].tolist() == [
        "is kept without its mask, which is 16 x 24 pixels, not 24 x 16",
        "is kept without its mask, which is missing",
    ]
