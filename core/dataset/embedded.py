"""Tables that hold the pictures themselves, as Hugging Face's `datasets` writes them: taken out as files."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from core.dataset.folders import SPLITS
from core.dataset.pictures import SUFFIXES
from core.errors import UserError

_AT_ONCE = 64
"""Rows in memory."""


class Embedded:
    """The pictures inside Parquet tables; iterate to write them into a folder, one file name at a time.

    At the end `metadata.csv` beside them names each picture with what its row says: classes by their
    name, and the split by that of the table (`train-00000-of-00002.parquet`).

    Args:
        tables: each with a column of pictures, the first such column being taken.
        into: a folder.

    Raises:
        UserError: a table cannot be read, or holds no picture.
    """

    def __init__(self, tables: Sequence[Path], into: Path) -> None:
        self._tables = [(table, *_opened(table)) for table in tables]
        self._into = into

    def __len__(self) -> int:
        return sum(file.metadata.num_rows for _, file, _ in self._tables)

    def __iter__(self) -> Iterator[str]:
        (self._into / "pictures").mkdir(parents=True, exist_ok=True)
        rows: list[dict[str, Any]] = []
        for table, file, column in self._tables:
            for row in _rows(file, column, _split_of(table)):
                picture = row.pop(column) or {}
                name = f"pictures/{len(rows):06d}{_suffix(picture)}"
                (self._into / name).write_bytes(picture.get("bytes") or b"")
                row.pop("file_name", None)  # its own, which names no file here
                rows.append({"file_name": name, **row})
                yield name
        pd.DataFrame(rows).to_csv(self._into / "metadata.csv", index=False)


def holds_pictures(table: Path) -> bool:
    """Whether a Parquet table has a column of pictures.

    Raises:
        UserError: it cannot be read.
    """
    return _picture_column(_schema(table)) is not None


def _opened(table: Path) -> tuple[pq.ParquetFile, str]:
    column = _picture_column(_schema(table))
    if column is None:
        raise UserError(f'The table "{table.name}" holds no pictures: it has no column of them.')
    return pq.ParquetFile(table), column


def _schema(table: Path) -> pa.Schema:
    try:
        return pq.read_schema(table)
    except (OSError, pa.ArrowException) as problem:
        raise UserError(f'The table "{table.name}" is no Parquet file that can be read.') from problem


def _picture_column(schema: pa.Schema) -> str | None:
    """The first column of structs with the `bytes` of a file."""
    for field in schema:
        if pa.types.is_struct(field.type) and field.type.get_field_index("bytes") >= 0:
            return str(field.name)
    return None


def _rows(file: pq.ParquetFile, picture: str, split: str | None) -> Iterator[dict[str, Any]]:
    """The rows, of their plain columns and the pictures; classes by name."""
    schema, classes = file.schema_arrow, _classes(file.schema_arrow)
    plain = [field.name for field in schema if field.name == picture or not pa.types.is_nested(field.type)]
    for batch in file.iter_batches(_AT_ONCE, columns=plain):
        for row in batch.to_pylist():
            for name, names in classes.items():
                at = row.get(name)
                row[name] = names[at] if at is not None and 0 <= at < len(names) else None
            yield row if split is None or "split" in row else {**row, "split": split}


def _classes(schema: pa.Schema) -> dict[str, list[str]]:
    """The names of the numbers in each column of classes, as the table's own notes give them."""
    try:
        features = json.loads((schema.metadata or {})[b"huggingface"])["info"]["features"]
        return {
            name: [str(one) for one in feature["names"]]
            for name, feature in features.items()
            if isinstance(feature, dict) and feature.get("_type") == "ClassLabel" and name in schema.names
        }
    except (KeyError, TypeError, ValueError, AttributeError):
        return {}


def _split_of(table: Path) -> str | None:
    split = table.stem.split("-")[0].lower()
    return split if split in SPLITS else None


def _suffix(picture: dict[str, Any]) -> str:
    """The picture's own where it is one; what is in a file decides how it is read anyway."""
    suffix = PurePosixPath(picture.get("path") or "").suffix.lower()
    return suffix if suffix in SUFFIXES else ".png"
