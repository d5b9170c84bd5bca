"""The sheet everything is drawn on: a picture and its element mask, always painted together."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from math import sqrt

import cv2
import numpy as np
from numpy.typing import NDArray

SIZE = 256
"""Width and height of a finished scene, in pixels; all drawing coordinates are in this unit."""

Colour = tuple[int, int, int]
Point = tuple[float, float]

_ZOOM = 2  # drawn at twice the size, then averaged 2x2
_SHIFT = 3  # sub-pixel bits of cv2's integer coordinates
_TURN = 48
_ANGLES = np.arange(_TURN + 1) * (2 * np.pi / _TURN)
# Rounded to 12 bits, so that no machine's cosine can move a point.
_CIRCLE = np.rint(np.stack([np.cos(_ANGLES), np.sin(_ANGLES)], axis=1) * 4096) / 4096


def mix(a: Colour, b: Colour, share: float) -> Colour:
    """The colour `share` (0..1) of the way from `a` to `b`."""
    red, green, blue = (round(p + (q - p) * share) for p, q in zip(a, b, strict=True))
    return red, green, blue


def darker(colour: Colour, share: float = 0.2) -> Colour:
    """`colour` in shadow: towards a deep violet rather than black, which keeps shade alive."""
    return mix(colour, (38, 28, 62), share)


def lighter(colour: Colour, share: float = 0.25) -> Colour:
    """`colour` in the light: towards a warm white."""
    return mix(colour, (255, 250, 236), share)


class Canvas:
    """A picture and a mask that share every stroke.

    Strokes write 0 into the mask, so that clutter hides what is behind it; inside
    `planting(element_id)` they write that element's id.
    """

    def __init__(self) -> None:
        """An empty sheet: black, nothing planted."""
        side = SIZE * _ZOOM
        self._picture = np.zeros((side, side, 3), np.uint8)
        self._mask = np.zeros((side, side), np.uint8)
        self._element = 0

    @contextmanager
    def planting(self, element_id: int) -> Iterator[None]:
        """Let every stroke made inside the block belong to the element."""
        self._element, before = element_id, self._element
        try:
            yield
        finally:
            self._element = before

    def poly(self, points: Sequence[Point], colour: Colour) -> None:
        """Fill a polygon."""
        corners = _fixed(np.asarray(points, np.float64))
        cv2.fillPoly(self._picture, [corners], colour, cv2.LINE_AA, _SHIFT)
        cv2.fillPoly(self._mask, [corners], self._element, cv2.LINE_8, _SHIFT)

    def rect(self, x0: float, y0: float, x1: float, y1: float, colour: Colour) -> None:
        """Fill an upright rectangle."""
        left, top = round(x0 * _ZOOM), round(y0 * _ZOOM)
        right, bottom = round(x1 * _ZOOM) - 1, round(y1 * _ZOOM) - 1
        if right >= left and bottom >= top:
            cv2.rectangle(self._picture, (left, top), (right, bottom), colour, cv2.FILLED)
            cv2.rectangle(self._mask, (left, top), (right, bottom), self._element, cv2.FILLED)

    def ellipse(self, x: float, y: float, rx: float, ry: float, colour: Colour) -> None:
        """Fill an ellipse given by its centre and two radii."""
        self.poly(arc(x, y, rx, ry), colour)

    def line(self, start: Point, end: Point, width: float, colour: Colour) -> None:
        """Draw a straight bar of the given width."""
        (x0, y0), (x1, y1) = start, end
        length = sqrt((x1 - x0) * (x1 - x0) + (y1 - y0) * (y1 - y0)) or 1.0
        across, down = (y0 - y1) / length * width / 2, (x1 - x0) / length * width / 2
        self.poly(
            [
                (x0 + across, y0 + down),
                (x1 + across, y1 + down),
                (x1 - across, y1 - down),
                (x0 - across, y0 - down),
            ],
            colour,
        )

    def curve(self, points: Sequence[Point], width: float, colour: Colour) -> None:
        """Draw a bar along a chain of points, round at its joints."""
        for start, end in pairwise(points):
            self.line(start, end, width, colour)
        for x, y in points[1:-1]:
            self.ellipse(x, y, width / 2, width / 2, colour)

    def veil(self, points: Sequence[Point], colour: Colour, strength: float) -> None:
        """Tint a polygon (0..1): light and shadow, which hide nothing and leave the mask alone."""
        corners = _fixed(np.asarray(points, np.float64))
        side = SIZE * _ZOOM
        left, top = (max(0, low >> _SHIFT) for low in corners.min(axis=0).tolist())
        right, bottom = (min(side, (high >> _SHIFT) + 2) for high in corners.max(axis=0).tolist())
        if left >= right or top >= bottom:
            return
        below = self._picture[top:bottom, left:right]
        cover = np.zeros(below.shape, np.uint8)
        amount = round(strength * 256)
        corner = np.array([left << _SHIFT, top << _SHIFT], np.int32)
        cv2.fillPoly(cover, [corners - corner], (amount,) * 3, cv2.LINE_AA, _SHIFT)
        share = cover.astype(np.uint16)
        tinted = below * (256 - share) + np.asarray(colour, np.uint16) * share
        below[...] = tinted >> 8

    def rows(self, colours: NDArray[np.uint8]) -> None:
        """Fill the whole sheet with one colour per row; `colours` is (512, 3)."""
        self._picture.reshape(len(colours), -1)[...] = np.tile(colours, (1, SIZE * _ZOOM))
        self._mask[...] = self._element

    def finish(self) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """The picture (256, 256, 3) and the mask (256, 256)."""
        picture = cv2.resize(self._picture, (SIZE, SIZE), interpolation=cv2.INTER_AREA)
        mask = self._mask[1::_ZOOM, 1::_ZOOM].copy()
        return picture.astype(np.uint8, copy=False), mask


def arc(x: float, y: float, rx: float, ry: float, start: float = 0.0, end: float = 1.0) -> list[Point]:
    """Points along an ellipse, clockwise from its right; `start` and `end` in turns."""
    first, last = round(start * _TURN), round(end * _TURN)
    turn = _CIRCLE[np.arange(first, last + 1) % _TURN]
    return [(x + rx * cos, y + ry * sin) for cos, sin in turn.tolist()]


def _fixed(points: NDArray[np.float64]) -> NDArray[np.int32]:
    """Canvas units to cv2's integers with sub-pixel bits."""
    # Half a pixel off: cv2 counts pixel centres, the canvas counts pixel edges.
    return np.rint((points * _ZOOM - 0.5) * (1 << _SHIFT)).astype(np.int32)
