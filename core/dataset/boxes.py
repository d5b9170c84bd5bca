"""Boxes as people write them, as [x, y, w, h] within the picture."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from typing import Any

import pandas as pd


def parse_boxes(value: Any, width: int, height: int) -> tuple[list[list[float]] | None, str]:
    """Read the boxes of a picture of `width` x `height` pixels.

    Args:
        value: JSON text, a list of [x, y, w, h], a single [x, y, w, h], or nothing.

    Returns:
        The boxes clipped to the picture, or None where there is no value; and what was lost on
        the way, as a clause ("is kept without 1 of its 3 boxes, ..."), or "".
    """
    if _is_nothing(value):
        return None, ""
    try:
        boxes = _listed(json.loads(value) if isinstance(value, str) else value)
    except (ValueError, TypeError, RecursionError):
        return None, "is kept without its boxes, which are not a list of [x, y, w, h]"
    clipped = [_clipped(box, width, height) for box in boxes]
    good = [box for box in clipped if box is not None]
    if len(good) == len(boxes):
        return good, ""
    lost = f"is kept without {len(boxes) - len(good)} of its {len(boxes)} boxes"
    return good, f"{lost}: not four numbers, without area, or outside the picture"


def _is_nothing(value: Any) -> bool:
    if isinstance(value, str):
        return not value.strip() or value.strip() == "null"
    return value is None or (pd.api.types.is_scalar(value) and bool(pd.isna(value)))


def _listed(value: Iterable[Any]) -> list[Any]:
    boxes = list(value)
    single = len(boxes) == 4 and all(isinstance(number, (int, float)) for number in boxes)
    return [boxes] if single else boxes


def _clipped(box: Any, width: int, height: int) -> list[float] | None:
    """The part of a box that lies in the picture; a box that lies in it wholly is not touched."""
    try:
        x, y, w, h = (float(number) for number in box)
    except (TypeError, ValueError):
        return None
    if not all(map(math.isfinite, (x, y, w, h))) or w <= 0 or h <= 0:
        return None
    if x >= 0 and y >= 0 and x + w <= width and y + h <= height:
        return [x, y, w, h]
    left, top, right, bottom = max(x, 0.0), max(y, 0.0), min(x + w, width), min(y + h, height)
    return [left, top, right - left, bottom - top] if left < right and top < bottom else None
