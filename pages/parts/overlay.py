"""A heat map over its picture. Opacity, threshold and kind of map change in the browser, without a rerun."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

_HERE = Path(__file__)
_COMPONENT = st.components.v2.component(
    "overlay",
    html=_HERE.with_suffix(".html").read_text(encoding="utf-8"),
    css=_HERE.with_suffix(".css").read_text(encoding="utf-8"),
    js=_HERE.with_suffix(".js").read_text(encoding="utf-8"),
)

Box = tuple[float, float, float, float]
"""Left, top, width, height as shares of the picture."""


@dataclass(frozen=True)
class Maps:
    """What is drawn over one picture: small maps, which the browser enlarges."""

    typicality: NDArray[np.float32]
    change: NDArray[np.float32]
    error: NDArray[np.float32]
    """Standard error of `typicality`."""
    scale: float
    change_scale: float
    bounds: Box
    """Where the maps lie; beyond the picture where it was padded."""


def overlay(
    url: str, alt: str, label: str, size: tuple[int, int], maps: Maps | None, boxes: Sequence[Box], key: str
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
    """
    picture = {"url": url, "alt": alt, "label": label, "size": size, "boxes": boxes}
    _COMPONENT(key=key, data={**picture, "maps": maps and _packed(maps)})


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
        "change": {"values": _base64(maps.change), "scale": maps.change_scale},
        "error": _base64(maps.error),
    }


def _base64(values: NDArray[np.float32]) -> str:
    return base64.b64encode(np.ascontiguousarray(values, "<f4").tobytes()).decode()
