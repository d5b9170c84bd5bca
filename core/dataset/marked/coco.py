"""COCO: one JSON file of images, categories and annotations with boxes."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

from core.dataset.marked.pairs import NOTHING, Marked, Seen, positive, together
from core.dataset.tables import as_text
from core.errors import UserError

_KEYS = ("images", "annotations", "categories")


def listing(place: Path) -> Marked | None:
    """What a COCO file lists, given itself or the folder it lies in; None where there is none.

    Pictures may lie anywhere below its folder; below the folder above where its own is called "annotations".

    Raises:
        UserError: there are several, or a file given is not COCO.
    """
    if place.is_file():
        if place.suffix.lower() != ".json":
            return None
        return _listed(place, _read(place))
    inside = [*sorted(place.glob("*.json")), *sorted((place / "annotations").glob("*.json"))]
    found = [path for path in inside if _begins_like_one(path)]
    if len(found) > 1:
        raise UserError(f'"{place}" has both {found[0].name} and {found[1].name}: give the one that counts.')
    return _listed(found[0], _read(found[0])) if found else None


def _begins_like_one(path: Path) -> bool:
    """Whether a file that happens to lie among pictures is meant: one that cannot be read is not."""
    try:
        _read(path)
    except UserError:
        return False
    return True


def _read(path: Path) -> dict[str, list[dict[str, Any]]]:
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError) as problem:
        raise UserError(f'"{path}" cannot be read as JSON ({type(problem).__name__}).') from problem
    if not isinstance(content, dict) or not all(
        isinstance(content.get(key), list) and all(isinstance(one, dict) for one in content[key])
        for key in _KEYS
    ):
        raise UserError(
            f'"{path}" is no COCO file: it must hold an object with the lists {", ".join(_KEYS)}. '
            "Other tables are read as .jsonl, one object a line."
        )
    return content


def _listed(path: Path, content: dict[str, list[dict[str, Any]]]) -> Marked:
    names = {str(one.get("id")): as_text(one.get("name")) for one in content["categories"]}
    seen, lost = dict[str, Seen](), Counter[str]()
    for one in content["images"]:
        size = positive(one.get("width"), one.get("height"))
        seen[str(one.get("id"))] = Seen(as_text(one.get("file_name")) or "", {}, size)
    for one in content["annotations"]:
        picture, finding = seen.get(str(one.get("image_id"))), names.get(str(one.get("category_id")))
        if picture is None:
            lost["an annotation of a picture that is not listed"] += 1
        elif finding is None:
            lost[f"category {one.get('category_id')} is not among its categories"] += 1
        else:
            picture.add(finding, one.get("bbox"))
    for picture in seen.values():
        if not picture.findings:
            picture.findings[NOTHING] = []
    root = path.parent.parent if path.parent.name == "annotations" else path.parent
    return together(path, root, "category", seen.values(), lost)
