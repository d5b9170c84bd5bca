"""A listing in which volumes stand for their slices, each a row of its own."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from core.dataset import dicom
from core.dataset.slices import others_of_series, slices_in
from core.specs import SliceSpec

Row = dict[Any, Any]


def with_slices(entries: pd.DataFrame, label_columns: Sequence[str], spec: SliceSpec | None) -> pd.DataFrame:
    """The entries with each volume replaced by its slices, in order.

    Columns `volume` and `slice` (a whole number) are there if there are any. Files of one DICOM series that
    have the same labels are one volume, named after the first of them; a row that names a folder stands for
    the DICOM files in it. What a row says besides, each of its slices says too.
    """
    rows = list(_expanded(entries.to_dict("records"), label_columns, spec))
    if not any(row.get("volume") for row in rows):
        return entries
    return pd.DataFrame(rows, dtype=object)


def _expanded(rows: list[Row], label_columns: Sequence[str], spec: SliceSpec | None) -> Iterator[Row]:
    rows = [part for row in rows for part in _of_folder(row)]
    labels = {row["path"]: [row[column] for column in label_columns] for row in rows}
    done: set[str] = set()
    for row in rows:
        if row["path"] in done:
            continue
        series = others_of_series(row["path"]) if spec else ()
        alike = all(labels.get(file) == labels[row["path"]] for file in series)
        parts = slices_in(row["path"], spec if alike else None)
        if parts:
            done |= set(series)
        for part in parts:
            name = f"{row['file_name']}{part.suffix}"
            cut = {"path": f"{part.file}{part.suffix}", "volume": row["file_name"], "slice": part.number}
            yield {**row, "file_name": name, **cut}
        if not parts:
            yield row


def _of_folder(row: Row) -> list[Row]:
    if not row["path"] or not os.path.isdir(row["path"]):  # noqa: PTH112 (Path.is_dir may raise)
        return [row]
    folder = Path(row["path"])
    files = [file for file in sorted(folder.iterdir()) if file.is_file() and dicom.promises(file)]
    return [{**row, "file_name": f"{row['file_name']}/{file.name}", "path": str(file)} for file in files] or [
        row
    ]
