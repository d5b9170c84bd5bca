"""Pascal VOC: an XML file beside each picture, or all of them in a folder `Annotations`."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections import Counter
from pathlib import Path

from core.dataset.marked.pairs import NOTHING, Marked, Seen, corners, positive, together
from core.dataset.tables import as_text
from core.errors import UserError

_LARGEST = 4 << 20
"""Bytes of a file that describes one picture."""


def listing(place: Path) -> Marked | None:
    """What XML files say, in a folder's `Annotations` or beside its pictures; None where they say nothing."""
    if place.is_file():
        return None
    files = sorted((place / "Annotations").glob("*.xml")) or sorted(place.glob("*.xml"))
    seen, lost = [], Counter[str]()
    for file in files:
        try:
            one = _read(file)
        except UserError as problem:
            lost[str(problem)] += 1
            continue
        if one is not None:
            seen.append(one)
    if not seen:
        return None
    return together(files[0].parent, place, "category", seen, lost)


def _read(file: Path) -> Seen | None:
    """One picture; None where the file is about something else."""
    try:
        data = file.read_bytes()
        # Entities could make a small file a huge one, and no annotation needs them.
        if len(data) > _LARGEST or b"<!DOCTYPE" in data or b"<!ENTITY" in data:
            raise UserError("an XML file is too large or declares entities")
        root = ET.fromstring(data)
    except (OSError, ET.ParseError) as problem:
        raise UserError("an XML file cannot be read") from problem
    if root.tag != "annotation":
        return None
    size = positive(root.findtext("size/width"), root.findtext("size/height"))
    one = Seen(as_text(root.findtext("filename")) or file.stem, {}, size)
    for thing in root.iter("object"):
        if finding := as_text(thing.findtext("name")):
            ends = ("xmin", "ymin", "xmax", "ymax")
            one.add(finding, corners(thing.findtext(f"bndbox/{end}") for end in ends))
    if not one.findings:
        one.findings[NOTHING] = []
    return one
