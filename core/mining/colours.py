"""The colours of a place as an eye tells them apart: CIELAB, where equal distances look equally large."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from core.mining.clusters import k_means


def lab(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """(..., 3) sRGB as CIELAB under daylight (D65): L from 0 to 100, a and b around 0."""
    flat = np.ascontiguousarray(pixels.reshape(1, -1, 3).astype(np.float32) / 255)
    return np.asarray(cv2.cvtColor(flat, cv2.COLOR_RGB2Lab), np.float32).reshape(pixels.shape)


def srgb(colours: NDArray[np.floating[Any]]) -> NDArray[np.uint8]:
    """The inverse of `lab`: (..., 3) CIELAB as sRGB; what no screen can show becomes the nearest it can."""
    flat = np.ascontiguousarray(colours.reshape(1, -1, 3).astype(np.float32))
    shown = cv2.cvtColor(flat, cv2.COLOR_Lab2RGB).reshape(colours.shape)
    return np.clip(np.rint(255 * shown), 0, 255).astype(np.uint8)


def dominant(
    pixels: NDArray[np.uint8], count: int, seed: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The colours most of some pixels are close to: the centres of k-means in CIELAB.

    Args:
        pixels: (n, 3) sRGB, n >= 1.
        count: how many colours at most.
        seed: of the starting centres.

    Returns:
        (k, 3) CIELAB and (k,) the share of the pixels each stands for, the largest first.
    """
    seen = lab(pixels)
    groups, _ = k_means(seen, count, seed)
    numbers, sizes = np.unique(groups, return_counts=True)
    order = np.argsort(-sizes, kind="stable")
    centres = np.stack([seen[groups == number].mean(axis=0, dtype=np.float64) for number in numbers])
    return centres[order].astype(np.float32), (sizes[order] / len(seen)).astype(np.float32)
