"""One whole artifact, read: tables as data frames, arrays memory-mapped, searches in SQL."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from core.store.layout import shard_folder, shard_folders
from core.store.writing import content_digest

_FAILURES = ("picture", "reason", "shard")


@dataclass(frozen=True)
class Artifact:
    """What one stage left behind. It never changes, so whatever was read once is kept."""

    folder: Path
    _tables: dict[str, pa.Table] = field(default_factory=dict, repr=False, compare=False)
    _arrays: dict[tuple[str, int], NDArray[Any]] = field(default_factory=dict, repr=False, compare=False)

    @property
    def digest(self) -> str:
        """What was asked: the digest of the specs and inputs, also the folder's name."""
        return self.folder.name

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """Spec, inputs, versions, times and counts."""
        facts: dict[str, Any] = json.loads((self.folder / "manifest.json").read_text())
        return facts

    def content_digest(self) -> str:
        """What was found: computed anew from all tables and arrays."""
        return content_digest(self.folder)

    @cached_property
    def tables(self) -> tuple[str, ...]:
        """The tables there are; a table without a row is not among them."""
        return tuple(sorted({file.stem for file in self.folder.glob("shard-*/*.parquet")}))

    def table(self, name: str) -> pd.DataFrame:
        """All rows of a table in the order of the shards; empty where the stage wrote none."""
        if name in self.tables:
            frame: pd.DataFrame = self._arrow(name).to_pandas()
            return frame
        return pd.DataFrame(columns=list(_FAILURES if name == "failures" else ["shard"]))

    def array(self, table: str, name: str, row: Mapping[Any, Any] | pd.Series[Any]) -> NDArray[Any]:
        """The array called `name` of one row of `table`: a view of the file, nothing is copied."""
        flat = self._flat(f"{table}.{name}", int(row["shard"]))
        shape = tuple(int(side) for side in row[f"{name}_shape"])
        offset = int(row[f"{name}_offset"])
        return flat[offset : offset + int(np.prod(shape, dtype=np.int64))].reshape(shape)

    def query(self, sql: str) -> pd.DataFrame:
        """Search with SQL; each of `tables` is a view of its name."""
        with duckdb.connect() as connection:
            for name in self.tables:
                connection.register(name, self._arrow(name))
            return connection.execute(sql).df()

    def _arrow(self, name: str) -> pa.Table:
        if name not in self._tables:
            files = [folder / f"{name}.parquet" for folder in shard_folders(self.folder)]
            parts = [pq.ParquetFile(file).read() for file in files if file.exists()]
            # A column that is empty in one shard and holds lists in another becomes lists.
            self._tables[name] = pa.concat_tables(parts, promote_options="permissive")
        return self._tables[name]

    def _flat(self, name: str, shard: int) -> NDArray[Any]:
        if (name, shard) not in self._arrays:
            file = shard_folder(self.folder, shard) / f"{name}.npy"
            self._arrays[name, shard] = np.load(file, mmap_mode="r")
        return self._arrays[name, shard]

    def __reduce__(self) -> tuple[type[Artifact], tuple[Path]]:
        """Another process opens the files itself."""
        return Artifact, (self.folder,)
