"""Boxes as people write them, as [x, y, w, h] within the picture."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from numbers import Real
from typing import Any

import pandas as pd


def parse_boxes(
    value: Any, width: int, height: int, drawn_at: tuple[float, float] | None = None
) -> tuple[list[list[float]] | None, str]:
    """Read the boxes of a picture of `width` x `height` pixels.

    Args:
        value: JSON text, a list of [x, y, w, h], a single [x, y, w, h], or nothing.
        drawn_at: width and height of the picture the boxes were drawn on, where it was another copy.

    Returns:
        The boxes clipped to the picture, or None where there is no value, or none that can be read; and what
        was lost on the way, as a clause ("is kept without 1 of its 3 boxes, ..."), or "".
    """
    if _is_nothing(value):
        return None, ""
    try:
        boxes = _listed(json.loads(value) if isinstance(value, str) else value)
    except (ValueError, TypeError, RecursionError):
        return None, "is kept without its boxes, which are not a list of [x, y, w, h]"
    across, down = (width / drawn_at[0], height / drawn_at[1]) if drawn_at else (1.0, 1.0)
    plain = [_numbers(box, across, down) for box in boxes]
    clipped = [box and _clipped(box, width, height) for box in plain]
    good = [box for box in clipped if box]
    cut = sum(_loses(box, kept) for box, kept in zip(plain, clipped, strict=True) if box and kept)
    said = []
    if len(good) < len(boxes):
        lost = f"without {len(boxes) - len(good)} of its {len(boxes)} boxes"
        said.append(f"{lost}: not four numbers, without area, or outside the picture")
    if cut:
        said.append(f"with {cut} of its {len(boxes)} boxes cut at the picture's edge")
    # Of boxes that cannot be read nobody knows that there is nothing; of an empty list somebody said so.
    return good if good or not boxes else None, f"is kept {'; '.join(said)}" if said else ""


def _is_nothing(value: Any) -> bool:
    if isinstance(value, str):
        return not value.strip() or value.strip() == "null"
    return value is None or (pd.api.types.is_scalar(value) and bool(pd.isna(value)))


def _listed(value: Iterable[Any]) -> list[Any]:
    boxes = list(value)
    single = len(boxes) == 4 and all(isinstance(number, Real) for number in boxes)
    return [boxes] if single else boxes


def _numbers(box: Any, across: float, down: float) -> list[float] | None:
    """A box in pixels of the picture; None where it is none."""
    try:
        x, y, w, h = (float(number) for number in box)
    except (TypeError, ValueError):
        return None
    if not all(map(math.isfinite, (x, y, w, h))) or w <= 0 or h <= 0:
        return None
    return [x * across, y * down, w * across, h * down]


def _clipped(box: list[float], width: int, height: int) -> list[float] | None:
    """The part of a box that lies in the picture; a box that lies in it wholly is not touched."""
    x, y, w, h = box
    if x >= 0 and y >= 0 and x + w <= width and y + h <= height:
        return box
    left, top, right, bottom = max(x, 0.0), max(y, 0.0), min(x + w, width), min(y + h, height)
    return [left, top, right - left, bottom - top] if left < right and top < bottom else None


def _loses(box: list[float], kept: list[float]) -> bool:
    """Whether more than a pixel was cut off, which rounding does not explain."""
    return any(one - other > 1 for one, other in zip(box[2:], kept[2:], strict=True))
