"""A labelled dataset as training sees it: squares of one size that together cover every picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.dataset.frame import frame_for
from core.dataset.pictures import load_picture
from core.specs import FrameSpec


def under_all_labels(pictures: pd.DataFrame, column: str) -> pd.DataFrame:
    """Each file once: one with a row for each of several labels gets one row that names them all, "A, B".

    That is how the paper trains on chest X-rays ("Chest X-Ray with A, B."). Rows keep their order, and files
    of one label their rows.

    Args:
        pictures: rows of table `pictures`.
        column: the label column.
    """
    names = {path: sorted(set(labels)) for path, labels in pictures.groupby("path")[column]}
    again = pictures["path"].duplicated() & (pictures["path"].map(names).map(len) > 1)
    once = pictures[~again]
    return once.assign(**{column: [", ".join(names[path]) for path in once["path"]]})


@dataclass
class Squares:
    """Squares of `size` pixels from a dataset's pictures: an `Examples` of `core/diffusion/examples.py`.

    A picture whose long side is up to n times its short side gives n squares, evenly spaced along it
    (a twentieth more is still n: few pictures called square are so to the pixel).

    Attributes:
        pictures: the rows to learn from, as of table `pictures`.
        columns: their label columns that are asked for.
        size: pixels a side, a multiple of what the denoiser takes.
    """

    pictures: pd.DataFrame
    columns: Sequence[str]
    size: int
    _of: list[tuple[int, int, int]] = field(init=False)

    def __post_init__(self) -> None:
        self._of = []
        sides = self.pictures[["width", "height"]].to_numpy()
        for row, (width, height) in enumerate(sides):
            count = max(1, int(np.ceil(max(width, height) / min(width, height) - 0.05)))
            self._of += [(row, number, count) for number in range(count)]

    def __len__(self) -> int:
        return len(self._of)

    def picture(self, i: int) -> NDArray[np.uint8]:
        """Square `i`, (size, size, 3) RGB.

        Raises:
            PictureError: its picture cannot be read any more, or changed.
        """
        row, number, count = self._of[i]
        picture = self.pictures.iloc[row]
        frame = frame_for(int(picture["width"]), int(picture["height"]), FrameSpec(self.size), 1)
        pixels = frame.apply(load_picture(picture["path"], picture["sha256"]))
        height, width = pixels.shape[:2]
        share = number / (count - 1) if count > 1 else 0.0
        top, left = round((height - self.size) * share), round((width - self.size) * share)
        return pixels[top : top + self.size, left : left + self.size]

    def labels(self, i: int) -> Mapping[str, str]:
        """The labels of the picture square `i` is of."""
        picture = self.pictures.iloc[self._of[i][0]]
        return {column: str(picture[column]) for column in self.columns if pd.notna(picture[column])}
