"""One whole artifact, read: tables as data frames, arrays memory-mapped, searches in SQL."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from core.store.layout import Layout, shard_folder, shard_folders
from core.store.studies import names
from core.store.whole import WholeTable, among, counted, joined
from core.store.writing import content_digest

_MANIFEST = "manifest.json"
_FAILURES = ("picture", "reason", "shard")

_OPEN_ARRAYS = 4
"""Files of arrays that stay open: every page of them that was looked at counts as this process's memory."""


@dataclass(frozen=True)
class Artifact:
    """What one stage left behind. It never changes, so what was read once may be kept.

    Where the artifact keeps a table whole (see `whole`), what is asked of it is read from there and nothing
    stays in memory; from shards the table is read once, and kept.
    """

    folder: Path
    _tables: dict[str, pa.Table] = field(default_factory=dict, repr=False, compare=False)
    _whole: dict[str, WholeTable] = field(default_factory=dict, repr=False, compare=False)
    _arrays: dict[tuple[str, int], NDArray[Any]] = field(default_factory=dict, repr=False, compare=False)

    @property
    def digest(self) -> str:
        """What was asked: the digest of the specs and inputs, also the folder's name."""
        return self.folder.name

    @property
    def written(self) -> int:
        """When it was finished, in nanoseconds: where another took its place, another time. 0 where it is
        damaged."""
        try:
            return (self.folder / _MANIFEST).stat().st_mtime_ns
        except OSError:
            return 0

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """Spec, inputs, versions, times and counts."""
        facts: dict[str, Any] = json.loads((self.folder / _MANIFEST).read_text())
        return facts

    def content_digest(self) -> str:
        """What was found: computed anew from all tables and arrays."""
        return content_digest(self.folder)

    @cached_property
    def tables(self) -> tuple[str, ...]:
        """The tables there are; a table without a row is not among them."""
        return tuple(sorted(name for name, rows in self.manifest["counts"].items() if rows))

    def columns(self, name: str) -> list[str]:
        """The columns of a table; none where the stage wrote no row."""
        if name not in self.tables:
            return []
        whole = self._kept_whole(name)
        return whole.columns if whole else list(self._arrow(name).column_names)

    def table(self, name: str, columns: Sequence[str] = ()) -> pd.DataFrame:
        """All rows of a table in the order of the shards; empty where the stage wrote none.

        Args:
            columns: those that are wanted; none means all.
        """
        if name not in self.tables:
            return pd.DataFrame(columns=list(_FAILURES if name == "failures" else ["shard"]))
        whole = self._kept_whole(name)
        if whole and columns:
            found = whole.read(columns)
        else:
            found = self._arrow(name).select(list(columns)) if columns else self._arrow(name)
        frame: pd.DataFrame = found.to_pandas()
        return frame

    def array(self, table: str, name: str, row: Mapping[Any, Any] | pd.Series[Any]) -> NDArray[Any]:
        """The array called `name` of one row of `table`: a view of the file, nothing is copied."""
        flat = self._flat(f"{table}.{name}", int(row["shard"]))
        shape = tuple(int(side) for side in row[f"{name}_shape"])
        offset = int(row[f"{name}_offset"])
        return flat[offset : offset + int(np.prod(shape, dtype=np.int64))].reshape(shape)

    def rows(
        self, name: str, column: str, values: Sequence[str], columns: Sequence[str] = ()
    ) -> pd.DataFrame:
        """The rows of a table whose `column` is one of `values`, in the order of the shards.

        Args:
            columns: those that are wanted; none means all.
        """
        if name not in self.tables:
            return self.table(name)
        if whole := self._kept_whole(name):
            found = whole.rows(column, values, columns)
        else:
            rows = self._arrow(name)
            found = rows.filter(among(rows[column], values))
        frame: pd.DataFrame = (found.select(list(columns)) if columns else found).to_pandas()
        return frame

    def counts(self, name: str, column: str) -> dict[str, int]:
        """How many rows of a table have each value of a column; rows without a value are not counted."""
        if name not in self.tables:
            return {}
        whole = self._kept_whole(name)
        return whole.counts(column) if whole else counted(self._arrow(name)[column])

    def stacked(self, table: str, name: str, rows: pd.DataFrame, at: int | None = None) -> NDArray[Any]:
        """The arrays called `name` of at least one row, all of one shape: (n, *shape) in the rows' order.

        Args:
            at: of each array only this entry along its first axis; nothing else of it is read.
        """
        shape = tuple(int(side) for side in rows[f"{name}_shape"].iloc[0])
        size = int(np.prod(shape, dtype=np.int64))
        starts, shards = rows[f"{name}_offset"].to_numpy(np.int64), rows["shard"].to_numpy(np.int64)
        found = [self._flat(f"{table}.{name}", int(shard)) for shard in np.unique(shards)]
        wanted = slice(0, size)
        if at is not None:
            wanted, shape = slice(at * size // shape[0], (at + 1) * size // shape[0]), shape[1:]
        stacked = np.empty((len(rows), wanted.stop - wanted.start), found[0].dtype)
        for shard, flat in zip(np.unique(shards), found, strict=True):
            own = shards == shard
            if (starts[own] % size).any():  # arrays of another shape lie between them
                stacked[own] = flat[starts[own, None] + np.arange(wanted.start, wanted.stop)]
            else:
                arrays = flat[: len(flat) // size * size].reshape(-1, size)
                stacked[own] = arrays[starts[own] // size, wanted]
        return stacked.reshape(len(rows), *shape)

    def blocks(self, table: str, name: str, step: int = 1) -> Iterator[NDArray[Any]]:
        """All arrays called `name`, all of one shape (d,), as (n, d) a shard: in the order of `table`'s rows.

        A shard's file is open only while it is looked at, so however many there are, few are in memory.

        Args:
            step: only those of every so-manieth shard that has any, from the first on.
        """
        if table not in self.tables:
            return
        width = 0
        having = [folder for folder in shard_folders(self.folder) if (folder / f"{table}.parquet").exists()]
        for shard in having[::step]:
            flat = np.load(shard / f"{table}.{name}.npy", mmap_mode="r")
            width = width or len(flat) // pq.read_metadata(shard / f"{table}.parquet").num_rows
            yield flat.reshape(-1, width)

    def query(self, sql: str) -> pd.DataFrame:
        """Search with SQL; each of `tables` is a view of its name."""
        import duckdb  # only where it is used: it takes its share of a web process's memory

        with duckdb.connect() as connection:
            for name in self.tables:
                whole = self._kept_whole(name)
                if whole is None:
                    connection.register(name, self._arrow(name))
                else:
                    listed = _listed(whole)
                    connection.read_parquet(str(whole.file)).project(listed).create_view(name)
            try:
                return connection.execute(sql).df()
            except duckdb.IOException as problem:  # what Arrow raises of a damaged file, for `reading`
                raise OSError(str(problem)) from problem

    def _kept_whole(self, name: str) -> WholeTable | None:
        """The table as one file, where the artifact has it."""
        if name not in self._whole and (self.folder / f"{name}.parquet").is_file():
            self._whole[name] = WholeTable(self.folder / f"{name}.parquet")
        return self._whole.get(name)

    def _arrow(self, name: str) -> pa.Table:
        if name not in self._tables:
            self._tables[name] = joined(self.folder, name)
        return self._tables[name]

    def _flat(self, name: str, shard: int) -> NDArray[Any]:
        flat = self._arrays.get((name, shard))
        if flat is None:
            if len(self._arrays) >= _OPEN_ARRAYS:
                self._arrays.clear()
            flat = np.load(shard_folder(self.folder, shard) / f"{name}.npy", mmap_mode="r")
            self._arrays[name, shard] = flat
        return flat

    def __reduce__(self) -> tuple[type[Artifact], tuple[Path]]:
        """Another process opens the files itself."""
        return Artifact, (self.folder,)


def _listed(table: WholeTable) -> str:
    """A table's own columns in SQL."""
    return ", ".join('"' + name.replace('"', '""') + '"' for name in table.columns)


def manifests(layout: Layout, stage: str) -> Iterator[dict[str, Any]]:
    """The manifests of one stage's whole artifacts, of all studies; damaged ones are passed over."""
    for study in names(layout):
        for file in sorted(layout.stage(study, stage).glob("*/manifest.json")):
            with suppress(OSError, ValueError):
                facts = json.loads(file.read_text(encoding="utf-8"))
                if isinstance(facts, dict):
                    yield facts
