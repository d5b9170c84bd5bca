"""An artifact's tables once more, one file each, sorted: what a page asks is found without reading the rest.

A large artifact has thousands of shards, and opening a file takes longer than reading a label's rows. So
an artifact of many shards also keeps each table whole, beside its shards. The rows are the same ones; those
of a label lie together, and what Parquet says of each row group (its least and greatest value) which to read.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from core.dataset.manifest import PICTURE_COLUMNS
from core.store.disk import full_disk_explained, sync, temporary
from core.store.layout import shard_folders

MANY = 32
"""Shards up to which an artifact's tables are not kept whole: so few are read quickly as they are."""

ORDER = "_row"
"""The column that says where a row was in the order of the shards."""

_GROUP = 4096
"""Rows that are read together."""

_AT_ONCE = 32
"""Groups in memory before those rows of them that nobody asked for are let go."""


def joined(artifact: Path, name: str) -> pa.Table:
    """All rows of a table in the order of the shards; the table must have a row."""
    files = [folder / f"{name}.parquet" for folder in shard_folders(artifact)]
    parts = [pq.ParquetFile(file).read() for file in files if file.exists()]
    # A column that is empty in one shard and holds lists in another becomes lists.
    return pa.concat_tables(parts, promote_options="permissive")


def keep_whole(artifact: Path, names: Iterable[str]) -> None:
    """Write each of these tables as one file, where the artifact has many shards. Equal rows, equal bytes.

    Raises:
        UserError: the disk is full.
    """
    if len(shard_folders(artifact)) <= MANY:
        return
    for name in names:
        table = joined(artifact, name)
        if ORDER in table.column_names:  # somebody's label column: such a table is read from its shards
            continue
        path, by = artifact / f"{name}.parquet", _sorted_by(table)
        table = table.append_column(ORDER, pa.array(range(len(table)), pa.int64()))
        keys = [(column, "ascending") for column in (by, ORDER) if column]
        with full_disk_explained(artifact), temporary(path).open("wb") as file:
            pq.write_table(
                table.sort_by(keys), file, row_group_size=_GROUP, compression="zstd", version="2.6"
            )
        sync(temporary(path))
        temporary(path).replace(path)


def _sorted_by(table: pa.Table) -> str | None:
    """The label, or the first label column of a table of pictures; None where there is neither."""
    if "label" in table.column_names:
        return "label"
    own = [name for name in table.column_names if name not in (*PICTURE_COLUMNS, "shard")]
    return own[0] if "picture" in table.column_names and "sha256" in table.column_names and own else None


@dataclass(frozen=True)
class WholeTable:
    """One table kept whole. Rows come in the order of the shards, as if read from them."""

    file: Path
    _known_ends: dict[str, list[tuple[Any, Any] | None]] = field(default_factory=dict, compare=False)

    @cached_property
    def _metadata(self) -> pq.FileMetaData:
        return pq.read_metadata(self.file)

    @property
    def columns(self) -> list[str]:
        """The table's own columns."""
        return [name for name in self._metadata.schema.to_arrow_schema().names if name != ORDER]

    def read(self, columns: Sequence[str] = ()) -> pa.Table:
        """All rows, of some columns or of all."""
        return self._in_order(range(self._metadata.num_row_groups), columns)

    def rows(self, column: str, values: Sequence[Any], columns: Sequence[str] = ()) -> pa.Table:
        """The rows whose `column` is one of `values`."""
        wanted = [
            number
            for number, ends in enumerate(self._ends(column))
            if ends is None or any(ends[0] <= value <= ends[1] for value in values)
        ]
        columns = [*dict.fromkeys([*(columns or self.columns), column])]
        return self._in_order(wanted, columns, (column, values))

    def counts(self, column: str) -> dict[Any, int]:
        """How many rows each value of a column has; null is none of them."""
        return counted(self._read(None, [column])[column])

    def _in_order(
        self, groups: Iterable[int], columns: Sequence[str], where: tuple[str, Sequence[Any]] | None = None
    ) -> pa.Table:
        columns, groups = list(columns or self.columns), list(groups)
        parts = []
        for start in range(0, max(len(groups), 1), _AT_ONCE):
            part = self._read(groups[start : start + _AT_ONCE], [*columns, ORDER])
            parts.append(part.filter(among(part[where[0]], where[1])) if where else part)
        return pa.concat_tables(parts).sort_by(ORDER).select(columns)

    def _read(self, groups: list[int] | None, columns: list[str]) -> pa.Table:
        """Opened anew each time: several visitors read at once, and an open file is not theirs to share."""
        with pq.ParquetFile(self.file, metadata=self._metadata) as file:
            if groups is None:
                return file.read(columns, use_threads=False)
            return file.read_row_groups(groups, columns, use_threads=False)

    def _ends(self, column: str) -> list[tuple[Any, Any] | None]:
        """The least and the greatest value in each row group; None where they are not known."""
        if column not in self._known_ends:
            facts = self._metadata
            at = [facts.schema.column(number).path for number in range(facts.num_columns)].index(column)
            known = [facts.row_group(group).column(at).statistics for group in range(facts.num_row_groups)]
            self._known_ends[column] = [
                (one.min, one.max) if one and one.has_min_max else None for one in known
            ]
        return self._known_ends[column]


def among(column: pa.ChunkedArray, values: Sequence[Any]) -> pa.ChunkedArray:
    """Which of a column's values are one of `values`."""
    return pc.is_in(column, pa.array(list(values), column.type))


def counted(column: pa.ChunkedArray) -> dict[Any, int]:
    """How often each value is there; null is none of them."""
    found = pc.value_counts(column).to_pylist()
    return {row["values"]: row["counts"] for row in found if row["values"] is not None}
