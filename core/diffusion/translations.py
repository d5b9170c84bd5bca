"""What stage `translate` left of a picture, read for the stages that build on it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.dataset.webp import unpacked
from core.stages import Inputs, Shard


@dataclass(frozen=True)
class Parallel:
    """One source and its translations.

    Attributes:
        source: its row of table `translate/sources`.
        labels: of the translations, sorted.
        reconstruction: (H, W, 3) uint8.
        translations: (labels, H, W, 3) uint8.
    """

    source: pd.Series[Any]
    labels: tuple[str, ...]
    reconstruction: NDArray[np.uint8]
    translations: NDArray[np.uint8]


def parallels(inputs: Inputs, shard: Shard) -> Iterator[Parallel]:
    """Those of the shard's pictures whose reconstruction holds, in the shard's order."""
    artifact = inputs.artifacts["translate"]
    sources, translations = artifact.table("sources"), artifact.table("translations")
    if sources.empty:  # a table without rows has no columns
        return
    sources = sources[~sources["failed"].astype(bool)].set_index("picture", drop=False)
    for key in shard.keys:
        if key not in sources.index:
            continue
        source: pd.Series[Any] = sources.loc[key]  # type: ignore[assignment]
        rows = translations[translations["picture"] == key].sort_values("label")
        pictures = [unpacked(artifact.array("translations", "webp", row)) for _, row in rows.iterrows()]
        back = unpacked(artifact.array("sources", "webp", source))
        yield Parallel(source, tuple(rows["label"]), back, np.stack(pictures))
