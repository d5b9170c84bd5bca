"""An artifact kept in memory, and a study's inputs around it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from core.config import Settings
from core.specs import StudySpec
from core.stages import Inputs, Record


class Memory:
    """What `Artifact` offers a stage, over records that were never written."""

    def __init__(self, records: Iterable[Record]) -> None:
        self._records = list(records)

    def table(self, name: str) -> pd.DataFrame:
        rows = [{**one.row, "shard": number} for number, one in enumerate(self._records) if one.table == name]
        return pd.DataFrame(rows) if rows else pd.DataFrame(columns=["shard"])

    def array(self, table: str, name: str, row: pd.Series[Any]) -> NDArray[Any]:
        record = self._records[row["shard"]]
        assert record.table == table
        return np.asarray(record.arrays[name])


@pytest.fixture
def inputs() -> Callable[..., Inputs]:
    """inputs(spec, pictures, typicality=[records], ...): what a stage is given, its artifacts in memory."""

    def build(spec: StudySpec, pictures: pd.DataFrame, **artifacts: Iterable[Record]) -> Inputs:
        labels = tuple(sorted(pictures[spec.label_column].unique()))
        in_memory: Any = {name: Memory(records) for name, records in artifacts.items()}
        return Inputs(spec, pictures, labels, in_memory, Settings())

    return build
