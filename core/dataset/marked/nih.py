"""ChestX-ray8 and 14: `Data_Entry_*.csv`, with several findings a picture, and boxes in `BBox_List_*.csv`."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pandas as pd

from core.dataset.marked.pairs import Marked, Seen, together
from core.dataset.tables import as_text, read_table
from core.errors import UserError

_PICTURE, _FINDINGS, _FINDING = "Image Index", "Finding Labels", "Finding Label"

_SIZE = (1024.0, 1024.0)
"""All its pictures were published in, and marked at, this size; copies are often smaller."""

_SPELLED = {"Infiltrate": "Infiltration"}
"""The list of boxes calls one finding otherwise than the list of pictures."""


def listing(place: Path) -> Marked | None:
    """What `Data_Entry_*.csv` lists, given itself or the folder it lies in; None where there is none.

    Raises:
        UserError: there are several, or one cannot be read.
    """
    source = _source(place)
    if source is None:
        return None
    table = read_table(source)
    if _PICTURE not in table or _FINDINGS not in table:
        return None
    splits, seen = _splits(source.parent), dict[str, Seen]()
    for name, text in zip(table[_PICTURE], table[_FINDINGS], strict=True):
        if picture := as_text(name):
            findings = [part for part in map(str.strip, str(text).split("|")) if part]
            seen[picture] = Seen(picture, dict.fromkeys(findings), _SIZE, splits.get(picture))
    remarks = _add_boxes(source.parent, seen)
    return together(source, source.parent, "finding", seen.values(), remarks)


def _source(place: Path) -> Path | None:
    if place.is_file():
        return place if place.suffix.lower() == ".csv" and place.name.startswith("Data_Entry") else None
    found = sorted(place.glob("Data_Entry*.csv"))
    if len(found) > 1:
        raise UserError(f'"{place}" has both {found[0].name} and {found[1].name}: give the one that counts.')
    return found[0] if found else None


def _add_boxes(folder: Path, seen: dict[str, Seen]) -> Counter[str]:
    """Give each picture the boxes that are listed for it; returns why some could not be given."""
    known = {finding for one in seen.values() for finding in one.findings}
    lost = Counter[str]()
    for path in sorted(folder.glob("BBox_List*.csv")):
        for picture, finding, box in _boxes(path, read_table(path)):
            finding = _SPELLED.get(finding, finding)
            if picture not in seen:
                lost[f"{path.name} has a box in a picture that is not listed"] += 1
            elif finding not in known:
                lost[f'{path.name} has a box of "{finding}", a finding no picture has'] += 1
            else:
                seen[picture].add(finding, box)
    return lost


def _boxes(path: Path, table: pd.DataFrame) -> list[tuple[str, str, list[object]]]:
    first = next((at for at, name in enumerate(table.columns) if name.lower().startswith("bbox")), None)
    if first is None or _PICTURE not in table or _FINDING not in table:
        raise UserError(f'"{path}" must have the columns "{_PICTURE}", "{_FINDING}" and "Bbox [x,y,w,h]".')
    numbers = table.iloc[:, first : first + 4].to_numpy(object).tolist()
    return [
        (as_text(picture) or "", as_text(finding) or "", box)
        for picture, finding, box in zip(table[_PICTURE], table[_FINDING], numbers, strict=True)
    ]


def _splits(folder: Path) -> dict[str, str]:
    """Which split a picture belongs to, where the lists that come with the dataset are there."""
    named = {"train_val_list.txt": "train", "test_list.txt": "test"}
    return {
        line.strip(): split
        for name, split in named.items()
        if (folder / name).is_file()
        for line in (folder / name).read_text(encoding="utf-8", errors="replace").splitlines()
    }
