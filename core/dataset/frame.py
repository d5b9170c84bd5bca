"""How a picture of any size becomes one the denoiser takes, and where its pixels went."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from core.errors import UserError
from core.specs import FrameSpec

Box = tuple[float, float, float, float]
Pixels = NDArray[np.integer[Any]]


@dataclass(frozen=True)
class Frame:
    """A window of `width` x `height` on a resized picture; build it with `frame_for`.

    All fields are whole pixels. `x`, `y` is the window's corner on the resized picture: positive
    where it is cropped, negative where its edge is repeated.
    """

    picture_width: int
    picture_height: int
    resized_width: int
    resized_height: int
    x: int
    y: int
    width: int
    height: int

    @property
    def scale(self) -> tuple[float, float]:
        """Framed pixels a pixel of the picture, across and down: equal but for rounding."""
        return self.resized_width / self.picture_width, self.resized_height / self.picture_height

    @property
    def bounds(self) -> Box:
        """(left, top, right, bottom) of the frame in pixels of the picture; beyond it where padded.

        A map over the frame is drawn over the picture by stretching it over this box.
        """
        return self._unscaled(0, 0, self.width, self.height)

    def apply(self, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Frame a picture: (H, W, 3) uint8 in, (height, width, 3) uint8 out.

        Raises:
            ValueError: The picture is not of the size this frame was made for.
        """
        shrinks = self.resized_width * self.resized_height < self.picture_width * self.picture_height
        return self._window(picture, cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC).astype(
            np.uint8, copy=False
        )

    def apply_mask(self, mask: Pixels) -> NDArray[np.uint16]:
        """Frame element ids: (H, W) in, (height, width) uint16 out; ids are picked, never mixed.

        Padding belongs to no element: it is 0, since it shows nothing the picture has.

        Raises:
            ValueError: The mask is not of the size this frame was made for.
        """
        return self._window(mask.astype(np.uint16), cv2.INTER_NEAREST_EXACT, pad=cv2.BORDER_CONSTANT).astype(
            np.uint16
        )

    def to_picture(self, x: float, y: float, w: float, h: float) -> Box:
        """A box of the frame as (left, top, right, bottom) in pixels of the picture, clipped to it.

        A box that lies wholly in the padding comes back without area.
        """
        left, top, right, bottom = self._unscaled(x, y, x + w, y + h)
        across, down = self.picture_width, self.picture_height
        return _clip(left, across), _clip(top, down), _clip(right, across), _clip(bottom, down)

    def to_frame(self, left: float, top: float, right: float, bottom: float) -> Box:
        """A box of the picture as (x, y, w, h) in pixels of the frame, clipped to it.

        The inverse of `to_picture`. A box that was cropped away comes back without area.
        """
        across, down = self.scale
        x, y = _clip(left * across - self.x, self.width), _clip(top * down - self.y, self.height)
        far_x, far_y = _clip(right * across - self.x, self.width), _clip(bottom * down - self.y, self.height)
        return x, y, far_x - x, far_y - y

    def _unscaled(self, left: float, top: float, right: float, bottom: float) -> Box:
        across, down = self.scale
        return (
            (left + self.x) / across,
            (top + self.y) / down,
            (right + self.x) / across,
            (bottom + self.y) / down,
        )

    def _window(self, pixels: Pixels, interpolation: int, pad: int = cv2.BORDER_REPLICATE) -> Pixels:
        if pixels.shape[:2] != (self.picture_height, self.picture_width):
            raise ValueError(
                f"This frame is for {self.picture_width} x {self.picture_height} pixels, "
                f"not {pixels.shape[1]} x {pixels.shape[0]}."
            )
        size = (self.resized_width, self.resized_height)
        resized = (
            pixels if size == pixels.shape[1::-1] else cv2.resize(pixels, size, interpolation=interpolation)
        )
        left, top = max(self.x, 0), max(self.y, 0)
        right, bottom = self.x + self.width, self.y + self.height
        seen = resized[top:bottom, left:right]
        over = max(bottom - size[1], 0), max(right - size[0], 0)
        padded = cv2.copyMakeBorder(seen, max(-self.y, 0), over[0], max(-self.x, 0), over[1], pad)
        return np.ascontiguousarray(padded)


def frame_for(width: int, height: int, spec: FrameSpec, multiple: int) -> Frame:
    """The frame of a picture of `width` x `height` pixels (upright).

    The short side becomes `spec.size`; then both sides are cut down, or padded up, to `multiple`.

    Raises:
        UserError: Cropping to the multiple would leave nothing.
    """
    if spec.size < (multiple if spec.fit == "crop" else 1):
        raise UserError(
            f"The frame size {spec.size} is too small for this denoiser: choose {multiple} pixels or more."
        )
    scale = spec.size / min(width, height)
    resized_width, resized_height = round(width * scale), round(height * scale)
    framed_width = _to_multiple(resized_width, multiple, spec.fit)
    framed_height = _to_multiple(resized_height, multiple, spec.fit)
    return Frame(
        picture_width=width,
        picture_height=height,
        resized_width=resized_width,
        resized_height=resized_height,
        x=_middle(resized_width - framed_width),
        y=_middle(resized_height - framed_height),
        width=framed_width,
        height=framed_height,
    )


def _to_multiple(length: int, multiple: int, fit: str) -> int:
    return (length if fit == "crop" else length + multiple - 1) // multiple * multiple


def _middle(surplus: int) -> int:
    """Half of what is cut (positive) or added (negative); the odd pixel goes to the far side."""
    return surplus // 2 if surplus >= 0 else -(-surplus // 2)


def _clip(value: float, limit: float) -> float:
    return min(max(value, 0.0), float(limit))
