"""Read every picture of a dataset once: its size, its labels, or why it cannot be used."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import groupby, islice, repeat
from typing import Any, Protocol

import pandas as pd

from core.dataset.boxes import parse_boxes
from core.dataset.files import PictureError, read_bytes
from core.dataset.found import Found
from core.dataset.manifest import PICTURE_COLUMNS, SLICE_COLUMNS, picture_id
from core.dataset.pictures import decode_mask, read_picture
from core.dataset.tables import printable
from core.stages import Record

FAILURE_COLUMNS = ("picture", "file_name", "reason")

BLOCK = 64
"""Pictures handed to the threads at a time, so that a cancelled reading stops soon."""

Entry = dict[Any, Any]

Facts = tuple[str, int, int]
"""A picture's sha256, width and height."""


class Known(Protocol):
    """Remembers what was read of a file, as long as that does not change."""

    def get(self, path: str) -> Facts | None: ...

    def add(self, path: str, facts: Facts) -> None: ...


@dataclass
class _Look:
    """One picture's row, or why it has none; and what had to be left out of the row."""

    row: Entry = field(default_factory=dict)
    reason: str = ""
    remarks: list[str] = field(default_factory=list)
    facts: Facts | None = None
    """What was read just now; None where it was known."""


class Reading:
    """The records of a dataset in the order of its file names, the same each time.

    Its length is the number of pictures listed. Each yields one record, of table `pictures` or
    `failures`; one that is kept without a box or mask yields a failure record besides, whose
    reason starts with "is kept". What is `known` of a file is not read again.
    """

    def __init__(self, found: Found, known: Known | None = None) -> None:
        self.found = found
        self.known = known

    def __len__(self) -> int:
        return len(self.found)

    def __iter__(self) -> Iterator[Record]:
        for name, reason in self.found.remarks:
            yield _failure("", printable(name), printable(reason))
        first: dict[str, Entry] = {}
        """The row that took each picture id."""
        for entry, look in self._looks():
            name = printable(entry["file_name"])
            picture = look.row.get("picture", "")
            if not look.reason and picture in first:
                look.reason = self._twice(look.row, first[picture])
            if look.reason:
                yield _failure(picture, name, look.reason)
                continue
            first[picture] = look.row
            yield Record("pictures", look.row)
            for remark in look.remarks:
                yield _failure(picture, name, remark)

    def _looks(self) -> Iterator[tuple[Entry, _Look]]:
        columns, known = self.found.label_columns, self.known
        groups = self._groups()
        with ThreadPoolExecutor(os.cpu_count()) as pool, ExitStack() as left:
            left.callback(pool.shutdown, cancel_futures=True)  # who stops does not wait for a whole block
            while block := list(islice(groups, BLOCK)):
                read = pool.map(_look, block, repeat(columns), repeat(known))
                for group, looks in zip(block, read, strict=False):
                    if known and looks[0].facts:
                        known.add(str(group[0]["path"]), looks[0].facts)
                    yield from zip(group, looks, strict=True)

    def _groups(self) -> Iterator[list[Entry]]:
        """Entries that are read together: those of one picture where it has a row for each of its labels."""
        entries: list[Entry] = self.found.entries.to_dict("records")
        if not self.found.pairs:
            yield from ([entry] for entry in entries)
            return
        for _, group in groupby(entries, key=lambda entry: str(entry["path"])):
            yield list(group)

    def _twice(self, row: Entry, first: Entry) -> str:
        if row["path"] == first["path"]:
            reason = "is listed twice"
        else:
            reason = f"has the same bytes as {first['file_name']}"
        same = all(row[column] == first[column] for column in self.found.label_columns)
        return reason if same else f"{reason}, with other labels"


def read(found: Found) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The whole reading as the tables `pictures` (see `manifest.py`) and `failures`."""
    records = list(Reading(found))
    pictures = [record.row for record in records if record.table == "pictures"]
    failures = [record.row for record in records if record.table == "failures"]
    own = [name for name in SLICE_COLUMNS if name in found.entries]
    columns = [*PICTURE_COLUMNS, *own, *found.label_columns]
    return pd.DataFrame(pictures, columns=columns), pd.DataFrame(failures, columns=list(FAILURE_COLUMNS))


def _look(entries: list[Entry], label_columns: tuple[str, ...], known: Known | None) -> list[_Look]:
    """Read one picture, of one or several entries. A failure is a result like any other; none is raised."""
    before = known.get(str(entries[0]["path"])) if known else None
    try:
        sha256, width, height = before or _facts(entries[0])
    except PictureError as error:
        return [_Look(reason=error.reason) for _ in entries]
    looks = [_row(entry, label_columns, sha256, (width, height), len(entries) > 1) for entry in entries]
    looks[0].facts = None if before else (sha256, width, height)
    return looks


def _facts(entry: Entry) -> tuple[str, int, int]:
    """A picture's sha256, width and height."""
    if not entry["path"]:
        raise PictureError("names no file")
    if printable(entry["path"]) != entry["path"]:
        raise PictureError("has a name that is not UTF-8")  # no table could hold its path
    pixels, sha256 = read_picture(entry["path"])
    height, width = pixels.shape[:2]
    return sha256, width, height


def _row(
    entry: Entry, label_columns: tuple[str, ...], sha256: str, size: tuple[int, int], shared: bool
) -> _Look:
    """One row of a picture that was read; `shared`: it has others, under other labels."""
    labels = {column: _null(entry[column]) for column in label_columns}
    if not any(labels.values()):
        names = " or ".join(f"'{column}'" for column in label_columns)
        return _Look(reason=f"has no value in column {names}")
    width, height = size
    boxes, lost_boxes = parse_boxes(entry["boxes"], width, height, entry["boxes_size"])
    mask, mask_sha256, lost_mask = _mask(_null(entry["mask"]), width, height)
    row = {
        "picture": picture_id(sha256, " ".join(str(value) for value in labels.values()) if shared else None),
        "file_name": entry["file_name"],
        "path": entry["path"],
        "sha256": sha256,
        "width": width,
        "height": height,
        "boxes": boxes,
        "mask": mask,
        "mask_sha256": mask_sha256,
        "split": _null(entry["split"]),
        **{name: _null(entry[name]) for name in SLICE_COLUMNS if name in entry},
        **labels,
    }
    return _Look(row, remarks=[remark for remark in (lost_boxes, lost_mask) if remark])


def _mask(path: str | None, width: int, height: int) -> tuple[str | None, str | None, str]:
    """A mask's path and sha256, where it fits the picture; or why it is left out."""
    if path is None:
        return None, None, ""
    try:
        data = read_bytes(path)
        rows, columns = decode_mask(data).shape
        if (columns, rows) != (width, height):
            raise PictureError(f"is {columns} x {rows} pixels, not {width} x {height}")
    except PictureError as error:
        return None, None, f"is kept without its mask, which {error.reason}"
    return path, hashlib.sha256(data).hexdigest(), ""


def _failure(picture: str, file_name: str, reason: str) -> Record:
    return Record("failures", {"picture": picture, "file_name": file_name, "reason": reason})


def _null(value: Any) -> Any:
    return None if pd.isna(value) else value
