"""Pictures inside Parquet tables, as Hugging Face's `datasets` writes them."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from core.dataset.embedded import Embedded, holds_pictures
from core.dataset.importers import Reading, find
from core.errors import UserError

CLASSES = {"info": {"features": {"label": {"names": ["cat", "dog"], "_type": "ClassLabel"}}}}


def picture(shade: int) -> bytes:
    content = io.BytesIO()
    Image.new("RGB", (16, 12), (shade, 0, 0)).save(content, "PNG")
    return content.getvalue()


def write_table(path: Path, notes: bytes | None = None, shade: int = 0, **more: list[Any]) -> None:
    """Three pictures: a cat, a dog, a cat."""
    pictures = [
        {"bytes": picture(shade + 80 * i), "path": name} for i, name in enumerate(["a.png", None, "../c"])
    ]
    table = pa.table({"image": pictures, "label": [0, 1, 0], "boxes_of_it": [[1], [2], [3]], **more})
    known = json.dumps(CLASSES).encode() if notes is None else notes
    pq.write_table(table.replace_schema_metadata({b"huggingface": known}), path)


def test_pictures_classes_and_split(tmp_path: Path) -> None:
    write_table(tmp_path / "train-00000-of-00002.parquet")
    write_table(tmp_path / "test-00000-of-00001.parquet", shade=9, place=["Prague", None, "Kyoto"])
    tables = sorted(tmp_path.glob("*.parquet"))
    assert all(map(holds_pictures, tables))
    taken = Embedded(tables, tmp_path / "out")
    assert len(taken) == 6 and len(list(taken)) == 6
    found = find(tmp_path / "out")
    assert found.entries["label"].tolist() == ["cat", "dog", "cat"] * 2
    assert found.entries["split"].tolist() == ["test"] * 3 + ["train"] * 3
    assert found.entries["place"].tolist() == ["Prague", None, "Kyoto", None, None, None]
    read_in = list(Reading(found))
    assert len(read_in) == 6 and {record.table for record in read_in} == {"pictures"}
    assert all(file.is_relative_to(tmp_path / "out") for file in (tmp_path / "out").rglob("*"))
    assert not (tmp_path / "c").exists()  # a name in a table leads nowhere


@pytest.mark.parametrize("notes", [b"", b"no json", b"[]", b'{"info": {"features": {"label": 3}}}'])
def test_notes_that_say_nothing_leave_the_numbers(tmp_path: Path, notes: bytes) -> None:
    write_table(tmp_path / "one.parquet", notes)
    assert len(list(Embedded([tmp_path / "one.parquet"], tmp_path / "out"))) == 3
    assert find(tmp_path / "out").entries["label"].tolist() == ["0", "1", "0"]


def test_a_class_without_a_name_and_a_picture_without_bytes(tmp_path: Path) -> None:
    rows = {"image": [{"bytes": None, "path": None}, {"bytes": picture(9), "path": None}], "label": [-1, 7]}
    notes = json.dumps(CLASSES).encode()
    pq.write_table(pa.table(rows).replace_schema_metadata({b"huggingface": notes}), tmp_path / "odd.parquet")
    list(Embedded([tmp_path / "odd.parquet"], tmp_path / "out"))
    text = (tmp_path / "out" / "metadata.csv").read_text()
    assert text.splitlines() == ["file_name,label", "pictures/000000.png,", "pictures/000001.png,"]


def test_what_is_no_table_of_pictures_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "no.parquet").write_bytes(b"no parquet")
    with pytest.raises(UserError, match="no Parquet file"):
        holds_pictures(tmp_path / "no.parquet")
    pq.write_table(pa.table({"a": [1]}), tmp_path / "plain.parquet")
    assert not holds_pictures(tmp_path / "plain.parquet")
    with pytest.raises(UserError, match="holds no pictures"):
        Embedded([tmp_path / "plain.parquet"], tmp_path / "out")


def test_a_column_of_file_names_names_no_file_here(tmp_path: Path) -> None:
    write_table(tmp_path / "t.parquet", file_name=["x.png", "y.png", "z.png"])
    list(Embedded([tmp_path / "t.parquet"], tmp_path / "out"))
    assert len(list(Reading(find(tmp_path / "out")))) == 3
