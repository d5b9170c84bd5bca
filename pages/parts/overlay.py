"""A heat map over its picture. What is shown of it, and how near, changes in the browser, without a rerun."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pages.parts.browser import component

_COMPONENT = component("overlay", "zoom", "address")

Box = tuple[float, float, float, float]
"""Left, top, width, height as shares of the picture."""


Polygon = Sequence[tuple[float, float]]
"""Corners, across and down, as shares of the picture."""


@dataclass(frozen=True)
class Maps:
    """What is drawn over one picture: small maps, which the browser enlarges."""

    typicality: NDArray[np.float32]
    change: NDArray[np.float32] | None
    """None where it was not kept: then T is drawn whatever is chosen."""
    error: NDArray[np.float32] | None
    """Standard error of `typicality`; None where it was not kept."""
    scale: float
    change_scale: float
    bounds: Box
    """Where the maps lie; beyond the picture where it was padded."""


def overlay(
    url: str,
    alt: str,
    label: str,
    size: tuple[int, int],
    maps: Maps | None,
    boxes: Sequence[Box],
    key: str,
    small: bool = False,
    marks: Sequence[Polygon] = (),
) -> None:
    """Draw a picture with its maps and boxes.

    Args:
        url: of the picture's tile.
        alt: what the picture is, for those who do not see it.
        label: under which the maps were measured.
        size: width and height of the picture; only their proportion counts.
        maps: None shows the picture alone.
        boxes: outlined, the first one strongest.
        key: of the component.
        small: without controls of its own; it follows those of the page's others.
        marks: what experts marked, outlined in place of boxes.
    """
    picture = {"url": url, "alt": alt, "label": label, "size": size, "boxes": boxes, "small": small}
    _COMPONENT(key=key, data={**picture, "marks": marks, "maps": maps and _packed(maps)})


def outline(patch: Mapping[str, Any], width: int, height: int) -> Box:
    """A patch as shares of its picture, which is `width` x `height` pixels."""
    left, top, right, bottom = (patch[side] for side in ("left", "top", "right", "bottom"))
    return left / width, top / height, (right - left) / width, (bottom - top) / height


def _packed(maps: Maps) -> dict[str, Any]:
    height, width = maps.typicality.shape
    return {
        "width": width,
        "height": height,
        "bounds": maps.bounds,
        "typicality": {"values": _base64(maps.typicality), "scale": maps.scale},
        "change": None
        if maps.change is None
        else {
            "values": _base64(maps.change),
            "scale": maps.change_scale,
        },
        "error": None if maps.error is None else _base64(maps.error),
    }


def _base64(values: NDArray[np.float32]) -> str:
    return base64.b64encode(np.ascontiguousarray(values, "<f4").tobytes()).decode()
