"""What is kept of the noise samples of one picture and label: sums, never the samples themselves.

One sample asks the denoiser twice at one (t, eps), with the label and without. It gives the difference
of the two losses (typicality, eq. 3) and the squared difference of the two predictions (the change
map). Both are kept as sums per bin of t, so that the range of t can be changed afterwards, and the
spread between samples as the sums of squares that standard errors need: of each latent pixel, and of
the square of a patch's size around it, whose pixels err together.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from core.mining.typicality import T_BINS


@dataclass(frozen=True)
class Sums:
    """Sums over noise samples; adding two of them joins their samples.

    Attributes:
        bins: (2, 10, h, w) float32, typicality then change, summed per t-bin of 0.1.
        counts: (10,) int64, samples per t-bin.
        units: (3, h, w) float32, over independent units: sum of typicality, of its square, and of the
            square of its mean over the `box` by `box` latent pixels around each.
        box: side of that square.
        unit_count: how many units: samples, or antithetic pairs (whose two samples are one draw).
        mean_squares: sum over units of the square of their typicality's mean over the picture.
    """

    bins: NDArray[np.float32]
    counts: NDArray[np.int64]
    units: NDArray[np.float32]
    box: int
    unit_count: int
    mean_squares: float

    def __add__(self, other: Sums) -> Sums:
        return Sums(
            self.bins + other.bins,
            self.counts + other.counts,
            self.units + other.units,
            self.box,
            self.unit_count + other.unit_count,
            self.mean_squares + other.mean_squares,
        )

    def bin_means(self) -> NDArray[np.float16]:
        """(2, b, h, w), the mean of each of the b bins that hold samples, in order of t."""
        used = np.flatnonzero(self.counts)
        means = self.bins[:, used] / self.counts[used].astype(np.float32)[None, :, None, None]
        return _half(means)

    def mean(self) -> float:
        """T averaged over the picture."""
        return float(self.bins[0].sum(dtype=np.float64) / self.counts.sum() / self.bins[0, 0].size)

    def mean_error(self) -> float:
        """Standard error of `mean`, from how much it differs between units; NaN with fewer than two."""
        if self.unit_count < 2:
            return float("nan")
        mean = float(self.units[0].mean(dtype=np.float64)) / self.unit_count
        variance = (self.mean_squares - self.unit_count * mean**2) / (self.unit_count - 1)
        return float(np.sqrt(max(variance, 0.0) / self.unit_count))

    def error(self) -> NDArray[np.float16]:
        """(h, w), the standard error of T; NaN with fewer than two units.

        Between strata of t the expectation differs, which this counts as noise: with stratified
        samples it errs on the side of caution.
        """
        return self._error(self.units[0], self.units[1])

    def box_error(self) -> NDArray[np.float16]:
        """(h, w), the standard error of the mean of T over the square around each latent pixel."""
        return self._error(_box_means(self.units[0], self.box), self.units[2])

    def _error(self, total: NDArray[np.float32], squares: NDArray[np.float32]) -> NDArray[np.float16]:
        if self.unit_count < 2:
            return np.full(total.shape, np.nan, np.float16)
        variance = (squares - total**2 / self.unit_count) / (self.unit_count - 1)
        return _half(np.sqrt(np.maximum(variance, 0) / self.unit_count))

    def pack(self) -> NDArray[np.float32]:
        """All sums as one (23, h, w) array, to be kept and unpacked again."""
        return np.concatenate([self.bins.reshape(-1, *self.bins.shape[2:]), self.units])

    @staticmethod
    def unpack(
        packed: NDArray[np.float32], counts: Any, box: int, unit_count: int, mean_squares: float
    ) -> Sums:
        """The inverse of `pack`, given the numbers kept beside it."""
        bins = packed[: 2 * T_BINS].reshape(2, T_BINS, *packed.shape[1:])
        counted = np.asarray(counts, dtype=np.int64)
        return Sums(bins, counted, packed[2 * T_BINS :], int(box), int(unit_count), float(mean_squares))


def sums(
    typicality: NDArray[np.float32],
    change: NDArray[np.float32],
    t: NDArray[np.int64],
    steps: int,
    paired: bool,
    box: int,
) -> Sums:
    """Sum the samples of one picture and label.

    Args:
        typicality, change: (samples, h, w) float32, in the order the samples were taken.
        t: (samples,) diffusion steps.
        steps: length of the diffusion.
        paired: samples 2j and 2j+1 are an antithetic pair.
        box: side of a patch in latent pixels.
    """
    of = np.minimum(t * T_BINS // steps, T_BINS - 1)
    bins = np.zeros((2, T_BINS, *typicality.shape[1:]), np.float32)
    for i, number in enumerate(of):
        bins[0, number] += typicality[i]
        bins[1, number] += change[i]
    units = typicality.reshape(-1, 2, *typicality.shape[1:]).mean(axis=1) if paired else typicality
    boxes = np.stack([_box_means(unit, box) for unit in units])
    totals = np.stack([part.sum(axis=0) for part in (units, units**2, boxes**2)]).astype(np.float32)
    counts = np.bincount(of, minlength=T_BINS).astype(np.int64)
    mean_squares = float((units.mean(axis=(1, 2), dtype=np.float64) ** 2).sum())
    return Sums(bins, counts, totals, box, len(units), mean_squares)


def _box_means(values: NDArray[np.float32], box: int) -> NDArray[np.float32]:
    """(h, w): the mean over each square; its middle is the pixel, or its first corner."""
    return np.asarray(cv2.blur(values, (box, box), borderType=cv2.BORDER_REFLECT_101), np.float32)


def _half(values: NDArray[np.float32]) -> NDArray[np.float16]:
    limit = float(np.finfo(np.float16).max)
    return np.clip(values, -limit, limit).astype(np.float16)
