"""The pictures table: which columns it has, and how to ask it.

| column | holds |
|---|---|
| `picture` | id: 16 hex digits of the sha256 of the file's bytes (`picture_id`); a column or the index |
| `file_name` | as the dataset writes it: relative to its folder or manifest |
| `path` | the file, absolute |
| `sha256` | of the file's bytes, hex |
| `width`, `height` | pixels, after EXIF rotation |
| `boxes` | list of [x, y, w, h] in pixels of the picture, clipped to it; null where nobody looked |
| `mask` | a picture of the same size, absolute path: each pixel's element id, 0 = none; or null |
| `mask_sha256` | of the mask file's bytes, hex; or null |
| `split` | `train`, `test` …, as the dataset says; or null |
| `volume`, `slice` | only where there are slices: what a slice was cut from, and its number; or null |
| any other | a label column: text, null where the picture has no label |

Its functions take a frame built from records as well as one read back from Parquet.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.errors import UserError

PICTURE_COLUMNS = (
    "picture", "file_name", "path", "sha256", "width", "height", "boxes", "mask", "mask_sha256", "split",
)  # fmt: skip
"""Every column of a table of pictures that is not a label column."""

SLICE_COLUMNS = ("volume", "slice")
"""Those besides where there are slices of volumes: the volume's name, and the slice's number in it."""

FILE_COLUMNS = ("file_name", "path", "image")
"""Where an imported table names the picture's file; the first it has counts."""

RESERVED = frozenset((*PICTURE_COLUMNS, *SLICE_COLUMNS, *FILE_COLUMNS, "box_labels", "shard"))
"""Names no label column may have; `shard` is what the store calls the part a row is in."""

ELEMENT_COLUMNS = ("id", "name", "column", "label", "rate")
"""The elements table: an id of the masks, its name, the label column and label it is typical of, and the
share of that label's pictures that show it."""


def picture_id(sha256: str, finding: str | None = None) -> str:
    """The id of a picture whose bytes have this sha256.

    Args:
        finding: which of several labels this row is of: a picture with several has a row for each of them,
            and every row an id of its own.
    """
    named = sha256 if finding is None else hashlib.sha256(f"{sha256} {finding}".encode()).hexdigest()
    return named[:16]


def ids_of(pictures: pd.DataFrame) -> pd.Series[str]:
    """The picture ids, indexed as `pictures` is."""
    return pictures["picture"] if "picture" in pictures else pictures.index.to_series()


def label_columns_of(pictures: pd.DataFrame) -> tuple[str, ...]:
    """The names of its label columns, in the table's order."""
    others = (*PICTURE_COLUMNS, *SLICE_COLUMNS)
    return tuple(str(column) for column in pictures.columns if column not in others)


def labels_of(pictures: pd.DataFrame, column: str) -> tuple[str, ...]:
    """The labels of one column, sorted; "1950s" comes before "1970s".

    Raises:
        UserError: There is no such label column.
    """
    columns = label_columns_of(pictures)
    if column not in columns:
        raise UserError(
            f'There is no label column "{column}": this dataset has {", ".join(columns) or "none"}.'
        )
    return tuple(sorted(pictures[column].dropna().astype(str).unique()))


def boxes_of(row: Mapping[str, Any] | pd.Series[Any]) -> NDArray[np.float64] | None:
    """One picture's boxes as (n, 4) float64 of x, y, w, h in its pixels; None where nobody looked."""
    boxes = row["boxes"]
    if boxes is None or isinstance(boxes, float):  # NaN
        return None
    return np.array([[float(number) for number in box] for box in boxes]).reshape(-1, 4)


def fingerprint(pictures: pd.DataFrame, elements: pd.DataFrame | None = None) -> str:
    """Twelve hex digits of what the dataset says: bytes, labels, boxes, masks, their elements and split.

    The order of rows, where files lie and what they are called do not change it.
    """
    columns = sorted(label_columns_of(pictures))
    facts = sorted(_facts(row, columns) for row in pictures.to_dict("records"))
    if elements is not None:
        facts += sorted(json.dumps([str(value) for value in row]) for row in elements.itertuples(index=False))
    return hashlib.sha256("\n".join(facts).encode()).hexdigest()[:12]


def _facts(row: Mapping[Any, Any], columns: list[str]) -> str:
    boxes = boxes_of(row)
    return json.dumps(
        [
            row["sha256"],
            {column: _or_none(row[column]) for column in columns},
            None if boxes is None else boxes.tolist(),
            _or_none(row["mask_sha256"]),
            _or_none(row["split"]),
        ]
    )


def _or_none(value: Any) -> str | None:
    return None if pd.isna(value) else str(value)


def check_elements(table: pd.DataFrame, name: str) -> pd.DataFrame:
    """An elements table with its types: `id` int, `rate` float (NaN where unknown), the rest text.

    Args:
        table: Columns as in `ELEMENT_COLUMNS`, `rate` optional, any types.
        name: What the table is called in an error.

    Raises:
        UserError: A column is missing, or an id is not a whole number from 1 on, or not unique.
    """
    missing = [column for column in ELEMENT_COLUMNS[:-1] if column not in table]
    if missing:
        raise UserError(f'The elements table "{name}" needs a column "{missing[0]}".')
    ids = pd.to_numeric(table["id"], errors="coerce")
    if not (ids.between(1, 65535) & (ids % 1 == 0)).all() or ids.duplicated().any():
        raise UserError(f'The ids in the elements table "{name}" must be different whole numbers from 1 on.')
    rate = pd.to_numeric(table["rate"], errors="coerce") if "rate" in table else np.nan
    texts = {column: table[column].astype(str) for column in ("name", "column", "label")}
    return pd.DataFrame({"id": ids.astype(np.int64), **texts, "rate": rate}).astype({"rate": np.float64})


def among_pictures(pictures: pd.DataFrame, ids: pd.Series | pd.Index) -> NDArray[np.bool_]:
    """Which of these ids are pictures of the table, (n,): what `isin` says, which takes twenty times as long
    for thousands of words, since pandas makes a list of the table's index first."""
    found: NDArray[np.bool_] = pictures.index.unique().get_indexer(pd.Index(ids)) >= 0
    return found
