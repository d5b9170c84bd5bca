"""A heat map over its picture, in the colours of the pages: red where typical, blue where not."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.mining.typicality import upsample

Pixels = NDArray[np.uint8]
Bounds = tuple[float, float, float, float]
"""Left, top, width, height as shares of the picture; beyond it where it was padded."""

TYPICAL = ((236, 158, 123), (222, 106, 67), (193, 62, 31), (140, 35, 13))
"""From weak to strong, as in `pages/parts/overlay.js`."""
ATYPICAL = ((123, 174, 215), (63, 131, 190), (31, 95, 153), (18, 63, 107))

OPACITY, THRESHOLD = 0.75, 0.15
"""How the pages' sliders stand at first."""


def colours(share: NDArray[np.floating[Any]]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The colour of shares of the scale, from -1 to 1: clear at zero, ever stronger away from it.

    Args:
        share: (...) T divided by the scale; NaN is clear.

    Returns:
        (..., 3) red, green, blue from 0 to 255, and (...) opacity from 0 to 1.
    """
    strength = np.minimum(np.abs(np.nan_to_num(share)), 1)
    at, stops = strength * (len(TYPICAL) - 1), np.arange(len(TYPICAL))
    ramps = {name: np.array(ramp).T for name, ramp in (("typical", TYPICAL), ("atypical", ATYPICAL))}
    red = np.stack([np.interp(at, stops, channel) for channel in ramps["typical"]], axis=-1)
    blue = np.stack([np.interp(at, stops, channel) for channel in ramps["atypical"]], axis=-1)
    return np.where((np.nan_to_num(share) < 0)[..., None], blue, red), np.minimum(1, strength * 1.6)


def layer(
    typicality: NDArray[np.floating[Any]], scale: float, bounds: Bounds, width: int, height: int
) -> Pixels:
    """A map as what is laid over its picture.

    Args:
        typicality: (h, w), T per latent pixel; enlarged as the paper does, bilinear.
        scale: the |T| at which colours end.
        bounds: where the map lies on the picture.
        width, height: of the picture, in pixels.

    Returns:
        (height, width, 4) red, green, blue and opacity, clear where the map does not lie.
    """
    left, top = round(bounds[0] * width), round(bounds[1] * height)
    wide, high = max(1, round(bounds[2] * width)), max(1, round(bounds[3] * height))
    share = np.zeros((height, width), np.float32)
    area = share[max(top, 0) : max(top + high, 0), max(left, 0) : max(left + wide, 0)]
    large = upsample(np.nan_to_num(typicality), high, wide)[max(-top, 0) :, max(-left, 0) :]
    area[...] = large[: area.shape[0], : area.shape[1]] / scale
    colour, opacity = colours(np.where(np.abs(share) < THRESHOLD, 0, share))
    return np.rint(np.dstack([colour, 255 * OPACITY * opacity])).astype(np.uint8)


def laid_over(picture: Pixels, typicality: NDArray[np.floating[Any]], scale: float, bounds: Bounds) -> Pixels:
    """A picture, (H, W, 3), with its map over it, (H, W, 3) (see `layer`)."""
    over = layer(typicality, scale, bounds, picture.shape[1], picture.shape[0]).astype(np.float32)
    alpha = over[..., 3:] / 255
    return np.rint(picture * (1 - alpha) + over[..., :3] * alpha).astype(np.uint8)


def ramp(width: int, height: int, background: int = 255) -> Pixels:
    """The legend: the colours from minus the scale to plus the scale, (height, width, 3)."""
    share = np.linspace(-1, 1, width)
    colour, opacity = colours(np.where(np.abs(share) < THRESHOLD, 0, share))
    line = background * (1 - opacity[:, None]) + colour * opacity[:, None]
    return np.repeat(np.rint(line)[None].astype(np.uint8), height, axis=0)
