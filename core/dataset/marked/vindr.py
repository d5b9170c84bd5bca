"""VinDr-CXR and its kin: a table with a row a box, drawn by one of several readers."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from core.dataset.marked.pairs import NOTHING, Marked, Seen, corners, positive, together
from core.dataset.tables import as_text, read_table
from core.errors import UserError
from core.mining.recall import overlaps

_COLUMNS = ("image_id", "class_name", "x_min", "y_min", "x_max", "y_max")

ALIKE = 0.5
"""Intersection over union from which on boxes of several readers are one: the first counts."""


def listing(place: Path) -> Marked | None:
    """What such a table lists, given itself or the folder it lies in; None where there is none.

    Raises:
        UserError: there are several, or one cannot be read.
    """
    found = [path for path in _candidates(place) if _is_one(path)]
    if len(found) > 1:
        raise UserError(f'"{place}" has both {found[0].name} and {found[1].name}: give the one that counts.')
    if not found:
        return None
    table = read_table(found[0])
    seen = dict[str, Seen]()
    for row in table.to_dict("records"):
        if picture := as_text(row["image_id"]):
            one = seen.setdefault(picture, Seen(picture, {}, positive(row.get("width"), row.get("height"))))
            _add(one, as_text(row["class_name"]), [row[name] for name in _COLUMNS[2:]])
    for one in seen.values():
        if len(one.findings) > 1:  # a reader who found nothing is outvoted by one who did
            one.findings.pop(NOTHING, None)
        one.findings = {finding: _once(boxes) for finding, boxes in one.findings.items()}
    return together(found[0], found[0].parent, "finding", seen.values(), Counter())


def _add(one: Seen, finding: str | None, ends: list[Any]) -> None:
    if finding is None or finding.lower() == NOTHING.lower():
        one.findings.setdefault(NOTHING, [])
    elif all(as_text(end) is None for end in ends):
        one.findings.setdefault(finding, None)  # said to be there, and nobody drew where
    else:
        one.add(finding, corners(ends))


def _once(boxes: list[Any] | None) -> list[Any] | None:
    """Boxes without those that another reader drew before."""
    kept: list[Any] = []
    for box in boxes or ():
        plain = len(box) == 4 and all(isinstance(number, float) for number in box)
        others = [one for one in kept if all(isinstance(number, float) for number in one)]
        if plain and others and (overlaps(np.array([box]), np.array(others)) >= ALIKE).any():
            continue
        kept.append(box)
    return None if boxes is None else kept


def _candidates(place: Path) -> list[Path]:
    if place.is_file():
        return [place] if place.suffix.lower() == ".csv" else []
    return sorted(path for path in place.glob("*.csv") if not path.name.startswith("metadata."))


def _is_one(path: Path) -> bool:
    try:
        with path.open(encoding="utf-8-sig", errors="replace") as file:
            header = file.readline(65536)
    except OSError:
        return False
    return set(_COLUMNS) <= {name.strip().strip('"') for name in header.split(",")}
