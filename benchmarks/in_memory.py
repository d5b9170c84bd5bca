"""The project's real stages, run one after another with their records kept in memory."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from core.stages import SHARD_PICTURES, Inputs, Record, Shard, stage


@dataclass(frozen=True)
class Kept:
    """Stands in for an artifact: what a stage yielded, not yet on disk."""

    records: tuple[Record, ...]

    def table(self, name: str) -> pd.DataFrame:
        """Its rows; `at` finds a row's arrays again."""
        rows = [{**record.row, "at": i} for i, record in enumerate(self.records) if record.table == name]
        return pd.DataFrame(rows)

    def array(self, table: str, name: str, row: Mapping[str, Any]) -> np.ndarray:
        """One array of a row."""
        return np.asarray(self.records[row["at"]].arrays[name])


def run(inputs: Inputs, names: Iterable[str]) -> Inputs:
    """Run the stages named, and add what each of them found to the artifacts.

    Raises:
        RuntimeError: a picture could not be used; the figures would be of fewer pictures than they say.
    """
    ids = tuple(inputs.pictures.index)
    shards = [
        Shard(i, ids[start : start + SHARD_PICTURES])
        for i, start in enumerate(range(0, len(ids), SHARD_PICTURES))
    ]
    for name in names:
        work = stage(name).resolve()
        records = tuple(record for shard in shards for record in work(inputs, shard))
        failed = next((record.row["reason"] for record in records if record.table == "failures"), None)
        if failed:
            raise RuntimeError(f"Stage {name} failed on a picture: {failed}")
        inputs = dataclasses.replace(inputs, artifacts={**inputs.artifacts, name: Kept(records)})
    return inputs
