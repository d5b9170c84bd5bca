"""The pictures of a shard, framed for the denoiser, or the reason why one cannot be."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.dataset.files import PictureError
from core.dataset.frame import frame_for
from core.dataset.pictures import load_picture
from core.stages import Inputs, Record


@dataclass(frozen=True)
class Framed:
    """A picture as the denoiser sees it: `pixels` (h, w, 3) uint8, and its row of the dataset."""

    id: str
    row: pd.Series[Any]
    pixels: NDArray[np.uint8]


def framed(inputs: Inputs, ids: Iterable[str], multiple: int) -> Iterator[Framed | Record]:
    """Each picture in turn; a failure record where it cannot be read any more."""
    for picture in ids:
        row: pd.Series[Any] = inputs.pictures.loc[picture]  # type: ignore[assignment]
        try:
            pixels = load_picture(row["path"], row["sha256"])
        except PictureError as problem:
            yield Record("failures", {"picture": picture, "reason": str(problem)})
            continue
        frame = frame_for(int(row["width"]), int(row["height"]), inputs.spec.frame, multiple)
        yield Framed(picture, row, frame.apply(pixels))
