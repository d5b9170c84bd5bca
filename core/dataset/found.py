"""What was found of a dataset before any picture is opened."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd


@dataclass(frozen=True)
class Found:
    """A dataset's pictures as they are listed, sorted by file name. Its length is their number."""

    source: Path
    entries: pd.DataFrame
    """Columns `file_name`, `path`, label columns (text or null), `boxes` (as written), `boxes_size`
    ((width, height) they were drawn at, or null), `mask`, `split`; where there are slices, `volume` and
    `slice`."""
    label_columns: tuple[str, ...]
    elements: pd.DataFrame | None
    """What the ids of the masks mean (`manifest.ELEMENT_COLUMNS`), where the dataset says so."""

    pairs: bool = False
    """Whether a picture has a row for each of its labels (see `marked/`), not one row."""
    remarks: tuple[tuple[str, str], ...] = ()
    """What could not be used of the listing itself: file name and reason."""

    def __len__(self) -> int:
        return len(self.entries)
