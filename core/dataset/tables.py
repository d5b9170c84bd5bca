"""Table files that list pictures: CSV, TSV, JSON lines and Parquet, as data frames."""

from __future__ import annotations

import csv
import json
import os
from pathlib import Path
from typing import Any

import pandas as pd

from core.dataset.manifest import FILE_COLUMNS
from core.dataset.slices import file_of
from core.errors import UserError

SUFFIXES = (".csv", ".tsv", ".jsonl", ".parquet")
"""The kinds of table that are read."""


def read_table(path: Path) -> pd.DataFrame:
    """Read a table as it is written: text stays text ("007", "NA"), and an empty cell stays "".

    Raises:
        UserError: It is of another kind, empty, not UTF-8 or not well-formed.
    """
    try:
        match path.suffix.lower():
            case ".csv" | ".tsv":
                table = _read_csv(path)
            case ".jsonl":
                table = _read_jsonl(path)
            case ".parquet":
                table = pd.read_parquet(path)
            case _:
                raise UserError(
                    f'"{path}" is no table that can be read: give a folder or a {", ".join(SUFFIXES)} file.'
                )
    except UnicodeDecodeError as error:
        raise UserError(f'The table "{path}" is not UTF-8 text: save it as UTF-8.') from error
    except (OSError, ValueError, csv.Error) as error:  # ValueError: whatever pandas or pyarrow stumbled on
        raise UserError(f'The table "{path}" cannot be read: {str(error).strip().rstrip(".")}.') from error
    table.columns = [str(column).strip() for column in table.columns]
    twice = table.columns[table.columns.duplicated()]
    if len(twice):
        raise UserError(f'The table "{path}" has two columns "{twice[0]}": rename one of them.')
    return table


def listing(manifest: Path) -> pd.DataFrame:
    """Read a manifest: its own columns, with `file_name` as text, and `path` and `mask` absolute.

    Relative names count from the manifest's folder, which must be absolute.

    Raises:
        UserError: As `read_table`; or no column names the files, or it lists none, or none of them exists.
    """
    table = read_table(manifest)
    column = next((name for name in FILE_COLUMNS if name in table), None)
    if column is None:
        raise UserError(
            f'The table "{manifest}" has no column "file_name" (or "path", "image"): '
            f"it has {', '.join(table.columns) or 'none'}."
        )
    if not len(table):
        raise UserError(f'The table "{manifest}" lists no pictures: add a row for each.')
    if any(isinstance(value, (dict, bytes)) for value in table[column].head(10)):
        raise UserError(
            f'The column "{column}" of "{manifest}" holds the pictures themselves: '
            "save them as files and name these instead."
        )
    names = [as_text(value) or "" for value in table[column]]
    table["path"] = [os.path.normpath(manifest.parent / name) if name else "" for name in names]
    # A row without a file is told apart by its place, which is all it has.
    table["file_name"] = [name or f"(row {row})" for row, name in enumerate(names, start=1)]
    if "mask" in table:
        masks = [as_text(value) for value in table["mask"]]
        table["mask"] = [os.path.normpath(manifest.parent / mask) if mask else None for mask in masks]
    if not any(os.path.exists(file_of(path)) for path in table["path"]):  # noqa: PTH110 (Path.exists may raise)
        raise UserError(
            f'None of the {len(table)} files listed in "{manifest}" exists: '
            f'their names must be relative to "{manifest.parent}", or absolute.'
        )
    return table


def as_text(value: Any) -> str | None:
    """A cell as text without blanks around it; None where it is empty. 3.0 is "3"."""
    if value is None or (pd.api.types.is_scalar(value) and bool(pd.isna(value))):
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return printable(str(value)).strip() or None


def printable(text: str) -> str:
    """Text that can be written as UTF-8: what cannot (bytes of an old file name) becomes "?"."""
    return text.encode("utf-8", "replace").decode()


def _read_csv(path: Path) -> pd.DataFrame:
    """With the csv module: pandas shifts columns silently where a row is longer than the header."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        first = file.readline()
        file.seek(0)
        rows = csv.reader(file, delimiter=_delimiter(first), strict=True)
        header = next(rows, None)
        if header is None:
            raise UserError(f'The table "{path}" is empty: its first line must name the columns.')
        body = []
        for row in rows:
            if len(row) > len(header):
                raise UserError(f'Line {rows.line_num} of "{path}" has more values than there are columns.')
            if row:
                body.append(row + [""] * (len(header) - len(row)))
    table = pd.DataFrame(body, columns=header, dtype=object)
    return table.loc[:, [bool(name.strip()) for name in header]]  # a nameless column is a saved row number


def _delimiter(header: str) -> str:
    """Tab, semicolon (spreadsheets of half of Europe) or comma: whichever the header has most of."""
    return max(",;\t", key=header.count)


def _read_jsonl(path: Path) -> pd.DataFrame:
    rows = []
    with path.open(encoding="utf-8-sig") as file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except ValueError as error:
                raise UserError(f'Line {number} of "{path}" is not JSON: {error}.') from error
            if not isinstance(row, dict):
                raise UserError(
                    f'Line {number} of "{path}" must be a JSON object, as in {{"file_name": ...}}.'
                )
            rows.append(row)
    return pd.DataFrame(rows, dtype=object)
