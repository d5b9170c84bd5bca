"""A white sheet that pictures and words are put on. Words in any script: OpenCV brings its own font."""

from __future__ import annotations

from threading import local
from typing import Any

import cv2
import numpy as np
import pandas as pd

from core.report.heat import Pixels

INK, FAINT = (35, 38, 45), (110, 112, 118)


_fonts = local()


def _font() -> cv2.FontFace:
    """A font of this thread's own: two threads cannot draw with one."""
    font: cv2.FontFace | None = getattr(_fonts, "sans", None)
    if font is None:
        font = _fonts.sans = cv2.FontFace("sans")
    return font


class Canvas:
    """`pixels` (height, width, 3) uint8, white until something is put on it. Lengths are pixels."""

    def __init__(self, width: int, height: int) -> None:
        self.pixels: Pixels = np.full((height, width, 3), 255, np.uint8)

    def write(
        self, text: str, x: int, y: int, size: int = 15, width: int | None = None, bold: bool = False,
        colour: tuple[int, int, int] = INK,
    ) -> None:  # fmt: skip
        """One line with its top left corner at (x, y); what is wider than `width` ends with an ellipsis."""
        line = " ".join(text.split())[:300]
        while width and len(line) > 1 and text_width(line, size, bold) > width:
            line = line[:-2].rstrip() + "\u2026"
        cv2.putText(self.pixels, line, (x, y + size), colour, _font(), size, _weight(bold))

    def put(self, picture: Pixels, x: int, y: int) -> None:
        """A picture with its top left corner at (x, y)."""
        high, wide = picture.shape[:2]
        self.pixels[y : y + high, x : x + wide] = picture

    def rule(self, y: int) -> None:
        """A thin line across."""
        self.pixels[y, 24:-24] = 222


def text_width(text: str, size: int, bold: bool = False) -> int:
    """How wide a line will be."""
    box = cv2.getTextSize((1 << 15, 100), text, (0, 0), _font(), size, _weight(bold))
    return int(box[2])


def fitted(picture: Pixels, width: int, height: int) -> Pixels:
    """A picture as large as fits into `width` x `height`, its proportions kept."""
    high, wide = picture.shape[:2]
    scale = min(width / wide, height / high)
    size = max(1, round(wide * scale)), max(1, round(high * scale))
    smaller = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(picture, size, interpolation=smaller), np.uint8)


def square(picture: Pixels, side: int) -> Pixels:
    """A picture at the middle of a light square."""
    inside = fitted(picture, side, side)
    whole = np.full((side, side, 3), 242, np.uint8)
    top, left = (side - inside.shape[0]) // 2, (side - inside.shape[1]) // 2
    whole[top : top + inside.shape[0], left : left + inside.shape[1]] = inside
    return whole


def cut_out(pixels: Pixels, patch: pd.Series[Any]) -> Pixels:
    """The part of a patch that lies on its picture, at least one pixel."""
    high, wide = pixels.shape[:2]
    left, top = min(max(int(patch["left"]), 0), wide - 1), min(max(int(patch["top"]), 0), high - 1)
    return pixels[top : max(round(patch["bottom"]), top + 1), left : max(round(patch["right"]), left + 1)]


def _weight(bold: bool) -> int:
    return 600 if bold else 400
