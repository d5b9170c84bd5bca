"""What all formats come down to: pictures, the findings of each, and the boxes of each finding."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from core.dataset import folders
from core.dataset.tables import as_text
from core.errors import UserError

NOTHING = "No finding"
"""The label of a picture in which somebody looked and marked nothing."""

SIZE = "boxes_size"
"""The column with (width, height) of the picture the boxes were drawn on, or None where it is this one."""


@dataclass(frozen=True)
class Marked:
    """A listing, as of `folders.listing`, with a row a (picture, finding)."""

    table: pd.DataFrame
    column: str
    """Which column holds the finding."""
    remarks: tuple[tuple[str, str], ...] = ()
    """What could not be used, as file name and reason; each begins with "is kept"."""


@dataclass
class Seen:
    """One picture as it was marked."""

    name: str
    findings: dict[str, list[Any] | None] = field(default_factory=dict)
    """The boxes, [x, y, w, h], of each finding; None where nobody drew any."""
    size: tuple[float, float] | None = None
    """Width and height of the picture when it was marked."""
    split: str | None = None

    def add(self, finding: str, box: Any) -> None:
        """One more box of a finding."""
        self.findings[finding] = [*(self.findings.get(finding) or ()), box]


def together(
    source: Path, root: Path, column: str, seen: Iterable[Seen], remarks: Mapping[str, int]
) -> Marked:
    """The listing of what was seen.

    Args:
        source: the file it was written in.
        root: the folder the pictures are somewhere below.
        remarks: reasons, each with how often it holds.

    Raises:
        UserError: none of the pictures is there.
    """
    files, rows, missing, total = _Files(root), [], [], 0
    for one in seen:
        total += 1
        path = files.find(one.name)
        if path is None:
            missing.append(one.name)
            continue
        name = path.relative_to(root).as_posix() if path.is_relative_to(root) else one.name
        known = {"file_name": name, "path": str(path), "split": one.split, SIZE: one.size}
        rows += [{**known, column: finding, "boxes": boxes} for finding, boxes in one.findings.items()]
    if not rows:
        raise UserError(
            f'None of the {total} pictures that "{source}" lists is in "{root}" or below: put them there.'
        )
    said = [
        (source.name, f"is kept without {count:,} of its entries: {why}") for why, count in remarks.items()
    ]
    if missing:
        lost = f"is kept without {len(missing):,} of its {total:,} pictures, which are not there"
        said.append((source.name, f"{lost} (such as {missing[0]})"))
    return Marked(pd.DataFrame(rows, dtype=object), column, tuple(said))


def corners(values: Iterable[Any]) -> Any:
    """[x, y, w, h] of left, top, right, bottom; what is no number stays as it is, to be refused by name."""
    given = list(values)
    try:
        left, top, right, bottom = (float(value) for value in given)
    except (TypeError, ValueError):
        return given
    return [left, top, right - left, bottom - top]


def positive(width: Any, height: Any) -> tuple[float, float] | None:
    """A size, where it is one."""
    try:
        size = float(width), float(height)
    except (TypeError, ValueError):
        return None
    return size if min(size) > 0 else None


class _Files:
    """The pictures below a folder, by name: datasets of this kind split them over folders as they please."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._named: dict[str, list[Path]] = defaultdict(list)
        for path in folders.pictures_in(root):
            self._named[path.name].append(path)
            if path.stem != path.name:
                self._named[path.stem].append(path)

    def find(self, name: str) -> Path | None:
        """The picture of that name, with or without its ending; None where there is none, or several."""
        if not (text := as_text(name)):
            return None
        exact = Path(os.path.normpath(self._root / text))
        found = self._named.get(Path(text).name, [])
        if exact in found:
            return exact
        return found[0] if len(found) == 1 else None
