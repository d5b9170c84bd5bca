"""Datasets as experts marked them: several findings a picture, boxes of each, whatever the format."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from core.config import Settings
from core.dataset import reading
from core.dataset.importers import find, read
from core.dataset.pictures import read_picture
from core.dataset.split import held_out
from core.errors import UserError
from core.specs import StudySpec
from core.study import Study
from tests.core.dataset.scans import dicom, gradient

Draw = Callable[..., Path]
SIZE = (32, 24)


def rows(source: Path) -> dict[tuple[str, str], Any]:
    """Boxes by file and finding; whatever could not be used fails the test."""
    found = find(source)
    pictures, failures = read(found)
    assert failures.empty, failures.to_numpy().tolist()
    (column,) = found.label_columns
    return {
        (row["file_name"], row[column]): row["boxes"] for row in pictures.to_dict("records")
    }  # fmt: skip


def xray(draw: Draw, folder: Path, entries: str, boxes: str = "") -> Path:
    for number, name in enumerate(("00000001_000.png", "00000001_001.png", "00000002_000.png")):
        draw(f"{folder.name}/images_00{1 + number // 2}/images/{name}", number, SIZE)
    head = "Image Index,Finding Labels,Follow-up #,Patient ID,OriginalImage[Width,Height]\n"
    (folder / "Data_Entry_2017.csv").write_text(head + entries)
    if boxes:
        (folder / "BBox_List_2017.csv").write_text("Image Index,Finding Label,Bbox [x,y,w,h],,,\n" + boxes)
    return folder


ENTRIES = (
    "00000001_000.png,Effusion|Infiltration,0,1,2682,2749\n"
    "00000001_001.png,No Finding,1,1,2682,2749\n"
    "00000002_000.png,Effusion,0,2,2500,2048\n"
)


def test_chest_xrays_have_a_row_a_finding_and_its_boxes(draw: Draw, tmp_path: Path) -> None:
    boxes = (
        "00000001_000.png,Infiltrate,512.0,256,256,512,,,\n"
        "00000002_000.png,Effusion,0,0,1024,512,,,\n00000002_000.png,Effusion,512,512,512,512,,,\n"
    )
    source = xray(draw, tmp_path / "x", ENTRIES, boxes)
    expected = {  # of 1024 x 1024, on pictures of 32 x 24
        ("images_001/images/00000001_000.png", "Effusion"): None,
        ("images_001/images/00000001_000.png", "Infiltration"): [[16, 6, 8, 12]],
        ("images_001/images/00000001_001.png", "No Finding"): None,
        ("images_002/images/00000002_000.png", "Effusion"): [[0, 0, 32, 12], [16, 12, 16, 12]],
    }
    assert rows(source) == rows(source / "Data_Entry_2017.csv") == expected
    (source / "test_list.txt").write_text("00000002_000.png\n")
    (source / "train_val_list.txt").write_text("00000001_000.png\n00000001_001.png\n")
    pictures, _ = read(find(source))
    assert pictures["split"].tolist() == ["train", "train", "train", "test"]


def test_a_picture_with_several_findings_is_read_once(
    draw: Draw, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, asked = xray(draw, tmp_path / "x", ENTRIES), Counter[str]()

    def counted(path: str) -> tuple[NDArray[np.uint8], str]:
        asked[Path(path).name] += 1
        return read_picture(path)

    monkeypatch.setattr(reading, "read_picture", counted)
    pictures, _ = read(find(source))
    assert len(pictures) == 4 and set(asked.values()) == {1} and len(asked) == 3
    assert pictures["picture"].nunique() == 4 and pictures["sha256"].nunique() == 3
    one = pictures[~pictures["file_name"].str.endswith("1_000.png")]
    assert (one["picture"] == one["sha256"].str[:16]).all()


def test_the_rows_of_one_picture_are_held_out_together(draw: Draw, tmp_path: Path) -> None:
    lines = ["00000001_000.png,A|B,0,1,1,1", "00000001_001.png,A,0,1,1,1", "00000002_000.png,B,0,1,1,1"]
    pictures, _ = read(find(xray(draw, tmp_path / "x", "\n".join(lines))))
    for share in (0.5, 0.3):
        held = held_out(pictures, "finding", share)
        both = pictures[pictures["file_name"].str.endswith("1_000.png")]["picture"]
        assert both.isin(held).sum() in (0, 2)


def test_boxes_that_belong_nowhere_are_counted_and_said(draw: Draw, tmp_path: Path) -> None:
    boxes = (
        "00000001_000.png,Infiltrat,1,1,9,9,,,\n00000001_000.png,Infiltrat,1,1,9,9,,,\n"
        "99999999_000.png,Effusion,1,1,9,9,,,\n00000002_000.png,Effusion,900,900,512,64,,,\n"
    )
    more = "00000003_000.png,Effusion,0,3,1,1\n00000004_000.png,Effusion,0,3,1,1\n"
    _, failures = read(find(xray(draw, tmp_path / "x", ENTRIES + more, boxes)))
    said = failures["reason"].tolist()
    assert said == [
        "is kept without 2 of its entries: BBox_List_2017.csv has a box of "
        '"Infiltrat", a finding no picture has',
        "is kept without 1 of its entries: BBox_List_2017.csv has a box in a picture that is not listed",
        "is kept without 2 of its 5 pictures, which are not there (such as 00000003_000.png)",
        "is kept with 1 of its 1 boxes cut at the picture's edge",
    ]


def test_a_study_of_chest_xrays(draw: Draw, tmp_path: Path) -> None:
    boxes = "00000001_000.png,Infiltrate,512,256,256,512,,,\n00000001_000.png,Nodul,512,256,256,512,,,\n"
    source = xray(draw, tmp_path / "x", ENTRIES, boxes)
    study = Study.create("lungs", str(source), StudySpec(label_column=""), Settings(cache=tmp_path / "cache"))
    assert study.spec.label_column == "finding"
    assert study.sizes == {"Effusion": 2, "Infiltration": 1, "No Finding": 1}
    assert study.pictures.index.is_unique
    again = Study.create("lungs", str(source), study.spec, study.settings)
    assert again.dataset == study.dataset


def test_vindr(draw: Draw, tmp_path: Path) -> None:
    for number, name in enumerate(("aa", "bb", "cc")):
        draw(f"train/{name}.png", number, SIZE)
    (tmp_path / "train.csv").write_text(
        "image_id,class_name,class_id,rad_id,x_min,y_min,x_max,y_max,width,height\n"
        "aa,Nodule,8,R1,10,20,30,40,64,48\naa,Nodule,8,R2,11,21,31,41,64,48\naa,Nodule,8,R2,40,0,64,8,64,48\n"
        "aa,No finding,14,R3,,,,,64,48\nbb,No finding,14,R1,,,,,64,48\nbb,No finding,14,R2,,,,,64,48\n"
        "cc,Mass,7,R1,0,0,32,48,64,48\ncc,Nodule,8,R1,0,0,6,6,64,48\n"
    )
    expected = {
        ("train/aa.png", "Nodule"): [[5, 10, 10, 10], [20, 0, 12, 4]],
        ("train/bb.png", "No finding"): [],
        ("train/cc.png", "Mass"): [[0, 0, 16, 24]],
        ("train/cc.png", "Nodule"): [[0, 0, 3, 3]],
    }
    assert rows(tmp_path) == expected
    assert rows(tmp_path / "train.csv") == rows(tmp_path)


def test_scans_without_an_ending_are_found_by_name(tmp_path: Path) -> None:
    for name in ("aa", "bb"):
        dicom(tmp_path / "train" / name, gradient())
    (tmp_path / "train.csv").write_text(
        "image_id,class_name,class_id,rad_id,x_min,y_min,x_max,y_max,width,height\n"
        "aa,Nodule,8,R1,10,20,30,30,32,32\nbb,Mass,7,R1,0,0,32,32,32,32\n"
    )
    assert rows(tmp_path) == {
        ("train/aa", "Nodule"): [[10, 20, 20, 10]],
        ("train/bb", "Mass"): [[0, 0, 32, 32]],
    }


def coco(folder: Path, **changes: Any) -> Path:
    content = {
        "images": [
            {"id": 1, "file_name": "1.png", "width": 64, "height": 48},
            {"id": 2, "file_name": "2.png", "width": 32, "height": 24},
            {"id": 3, "file_name": "3.png"},
        ],
        "annotations": [
            {"image_id": 1, "category_id": 5, "bbox": [2, 4, 20, 10]},
            {"image_id": 1, "category_id": 6, "bbox": [0, 0, 64, 48]},
            {"image_id": 2, "category_id": 5, "bbox": [2, 4, 20, 10]},
            {"image_id": 2, "category_id": 5, "bbox": [1, 1, 5, 5]},
        ],
        "categories": [{"id": 5, "name": "cat"}, {"id": 6, "name": "<b>dog"}],
        **changes,
    }  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "instances.json").write_text(json.dumps(content))
    return folder / "instances.json"


def test_coco_wherever_its_pictures_lie(draw: Draw, tmp_path: Path) -> None:
    for place in ("a/annotations", "b"):
        (tmp_path / place).mkdir(parents=True)
        root = tmp_path / place[0]
        for number in (1, 2, 3):
            draw(f"{place[0]}/val/{number}.png", number, SIZE)
        file = coco(tmp_path / place)
        expected = {
            ("val/1.png", "cat"): [[1, 2, 10, 5]],
            ("val/1.png", "<b>dog"): [[0, 0, 32, 24]],
            ("val/2.png", "cat"): [[2, 4, 20, 10], [1, 1, 5, 5]],
            ("val/3.png", "No finding"): [],
        }
        assert rows(file) == expected and rows(root) == expected


def test_what_is_wrong_in_coco_is_counted_and_said(draw: Draw, tmp_path: Path) -> None:
    draw("1.png", 1, SIZE)
    wrong = [
        {"image_id": 1, "category_id": 5, "bbox": [2, 4, 20]},
        {"image_id": 1, "category_id": 5},
        {"image_id": 1, "category_id": 5, "bbox": [2, 2, 4, 4]},
        {"image_id": 1, "category_id": 7, "bbox": [2, 2, 4, 4]},
        {"image_id": 9, "category_id": 5, "bbox": [2, 2, 4, 4]},
    ]
    pictures, failures = read(find(coco(tmp_path, annotations=wrong)))
    assert pictures["boxes"].tolist() == [[[1, 1, 2, 2]]]
    assert failures["reason"].tolist() == [
        "is kept without 1 of its entries: category 7 is not among its categories",
        "is kept without 1 of its entries: an annotation of a picture that is not listed",
        "is kept without 2 of its 3 pictures, which are not there (such as 2.png)",
        "is kept without 2 of its 3 boxes: not four numbers, without area, or outside the picture",
    ]


@pytest.mark.parametrize("content", ["", "[1]", "{}", '{"images": [1], "annotations": [], "categories": []}'])
def test_other_json_is_refused_where_it_is_given_and_passed_over_in_a_folder(
    draw: Draw, tmp_path: Path, content: str
) -> None:
    draw("a/1.png", 1)
    draw("b/2.png", 2)
    (tmp_path / "notes.json").write_text(content)
    with pytest.raises(UserError, match=r"COCO|JSON"):
        find(tmp_path / "notes.json")
    assert find(tmp_path).label_columns == ("label",)


def voc(objects: str, name: str = "1.png") -> str:
    size = "<size><width>64</width><height>48</height></size>"
    return f"<annotation><filename>{name}</filename>{size}{objects}</annotation>"


CORNERS = "<bndbox><xmin>2</xmin><ymin>4</ymin><xmax>22</xmax><ymax>14</ymax></bndbox>"
CAT = f"<object><name>cat</name>{CORNERS}</object>"


@pytest.mark.parametrize("place", ["Annotations", "."])
def test_voc(draw: Draw, tmp_path: Path, place: str) -> None:
    folder = "JPEGImages/" if place == "Annotations" else ""
    for number in (1, 2, 3):
        draw(f"{folder}{number}.png", number, SIZE)
    (tmp_path / place).mkdir(exist_ok=True)
    (tmp_path / place / "1.xml").write_text(voc(CAT + CAT.replace("cat", "dog").replace(">2<", ">0<")))
    (tmp_path / place / "2.xml").write_text(voc("", "2.png"))
    expected = {
        (f"{folder}1.png", "cat"): [[1, 2, 10, 5]],
        (f"{folder}1.png", "dog"): [[0, 2, 11, 5]],
        (f"{folder}2.png", "No finding"): [],
    }
    assert rows(tmp_path) == expected
    bomb = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><annotation>&a;</annotation>'
    (tmp_path / place / "3.xml").write_text(bomb)
    (tmp_path / place / "4.xml").write_text("<annotation>")
    (tmp_path / place / "5.xml").write_text("<html/>")
    _, failures = read(find(tmp_path))
    assert failures["reason"].tolist() == [
        "is kept without 1 of its entries: an XML file is too large or declares entities",
        "is kept without 1 of its entries: an XML file cannot be read",
    ]


def test_where_no_picture_is_there_it_says_where_to_put_them(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"None of the 3 pictures.*put them there"):
        find(coco(tmp_path / "alone"))


def test_a_table_of_ones_own_comes_first(draw: Draw, tmp_path: Path) -> None:
    source = xray(draw, tmp_path / "x", ENTRIES)
    table = pd.DataFrame({"file_name": ["images_001/images/00000001_000.png"], "label": ["a"]})
    table.to_csv(source / "metadata.csv", index=False)
    assert find(source).label_columns == ("label",)


def test_two_listings_in_one_folder_are_a_question(draw: Draw, tmp_path: Path) -> None:
    source = xray(draw, tmp_path / "x", ENTRIES)
    (source / "Data_Entry_2020.csv").write_text((source / "Data_Entry_2017.csv").read_text())
    with pytest.raises(UserError, match="give the one that counts"):
        find(source)
    assert len(find(source / "Data_Entry_2020.csv")) == 4
