"""Find a dataset: a folder or a table in, one row a picture out, nothing decoded yet.

found = find("photos/", label_columns=["place"])
for record in Reading(found): ...
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from core.dataset import folders, marked, tables
from core.dataset.found import Found
from core.dataset.manifest import RESERVED, SLICE_COLUMNS, check_elements
from core.dataset.marked import pairs
from core.dataset.reading import Reading, read
from core.dataset.stacks import with_slices
from core.errors import UserError
from core.specs import SliceSpec

__all__ = ["MAX_LABELS", "Found", "Reading", "find", "read"]

MAX_LABELS = 200
"""A column with more distinct values names its pictures rather than labels them."""


def find(
    source: str | Path, label_columns: Sequence[str] | None = None, slices: SliceSpec | None = None
) -> Found:
    """List the pictures of a dataset and what is written about each.

    Args:
        source: A folder with one folder per label, a Hugging Face imagefolder (`metadata.csv`,
            `.jsonl`, `.parquet`, splits or not), a CSV, TSV, JSON lines or Parquet manifest, or what experts
            marked (`marked/`): ChestX-ray8, VinDr, COCO, Pascal VOC.
        label_columns: Which columns are labels. By default every one of text or whole numbers with
            at most `MAX_LABELS` distinct values whose name is not reserved.
        slices: How volumes (NIfTI files, DICOM series) become pictures; by default each of a series' files is
            one, and a NIfTI file none.

    Raises:
        UserError: The source is missing, holds no pictures or no labels, or cannot be read; the
            message says what to do.
    """
    place = _absolute(source)
    folder = place if place.is_dir() else place.parent
    if not (place.is_dir() and folders.metadata_in(place)) and (found := marked.listing(place)):
        columns = _chosen(found.table, label_columns, place) if label_columns else (found.column,)
        entries = _entries(found.table, columns, pairs.SIZE)
        return Found(place, entries, columns, _elements(folder), True, found.remarks)
    table = folders.listing(place) if place.is_dir() else tables.listing(place)
    columns = _chosen(table, label_columns, place) if label_columns else _likely(table, place)
    entries = with_slices(_entries(table, columns), columns, slices)
    return Found(place, entries, columns, _elements(folder))


def _absolute(source: str | Path) -> Path:
    """The source's path without "~" and ".."."""
    try:
        place = Path(os.path.normpath(Path(source).expanduser().absolute()))
        place.stat()
    except (OSError, RuntimeError, ValueError) as error:  # missing, no such user, a NUL in the name
        raise UserError(f'There is no folder or table "{source}": check its path.') from error
    return place


def _chosen(table: pd.DataFrame, wanted: Sequence[str], place: Path) -> tuple[str, ...]:
    there = [column for column in table.columns if column not in RESERVED]
    for column in wanted:
        if column in RESERVED:
            raise UserError(f'A label column cannot be called "{column}": rename it in "{place}".')
        if column not in there:
            raise UserError(f'"{place}" has no column "{column}": it has {", ".join(there) or "none"}.')
    return tuple(dict.fromkeys(wanted))


def _likely(table: pd.DataFrame, place: Path) -> tuple[str, ...]:
    open_names = [column for column in table.columns if column not in RESERVED]
    columns = tuple(column for column in open_names if _could_label(table[column]))
    if not columns:
        raise UserError(
            f'"{place}" has no label column: add one, such as "label", '
            f"that groups the pictures under at most {MAX_LABELS} names."
        )
    return columns


def _could_label(column: pd.Series[Any]) -> bool:
    """Text or whole numbers, of few distinct values; measurements and lists are not labels."""
    if any(isinstance(value, (list, dict, bytes, np.ndarray)) for value in column):
        return False
    texts = {tables.as_text(value) for value in column} - {None}
    numbers = pd.to_numeric(pd.Series(list(texts), dtype=object), errors="coerce")
    measured = bool(numbers.notna().all() and (numbers % 1 != 0).any())
    return 0 < len(texts) <= MAX_LABELS and not measured


def _entries(table: pd.DataFrame, columns: tuple[str, ...], size: str = "") -> pd.DataFrame:
    """What is needed of a listing, labels as text, in an order that no directory decides."""
    entries = pd.DataFrame({name: table[name] for name in ("file_name", "path")}, dtype=object)
    for column in columns:
        entries[column] = pd.Series([tables.as_text(value) for value in table[column]], dtype=object)
    for column in ("boxes", "mask", "split"):
        entries[column] = table[column].to_numpy(object) if column in table else None
    entries[pairs.SIZE] = table[size].to_numpy(object) if size else None
    for column in SLICE_COLUMNS:
        if column in table:
            entries[column] = pd.Series([_as(column, value) for value in table[column]], dtype=object)
    entries["split"] = pd.Series([_split_name(value) for value in entries["split"]], dtype=object)
    keys = zip(*(entries[name].fillna("") for name in ("file_name", "path", *columns)), strict=True)
    order = [row for _, row in sorted((key, row) for row, key in enumerate(keys))]
    return entries.iloc[order].reset_index(drop=True)


def _split_name(value: Any) -> str | None:
    text = tables.as_text(value)
    return text.lower() if text else None


def _as(column: str, value: Any) -> str | int | None:
    """A volume's name as text, a slice's number as one; null where it is none."""
    text = tables.as_text(value)
    if column == "slice":
        return int(text) if text and text.isascii() and text.isdigit() else None
    return text


def _elements(folder: Path) -> pd.DataFrame | None:
    path = folder / "elements.csv"
    return check_elements(tables.read_table(path), str(path)) if path.is_file() else None
