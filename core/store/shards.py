"""One shard being written: rows to Parquet, their arrays to flat files, all of it or nothing."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from core.stages import Record
from core.store.disk import full_disk_explained, sync, temporary
from core.store.layout import shard_folder


class ShardWriter:
    """Takes records; the shard appears, whole, when the `with` block ends without an error.

    A shard is a folder: it is filled under a temporary name and one rename makes it the shard, so
    there is no moment at which half of it can be seen.
    """

    def __init__(self, artifact: Path, number: int, of: str = "") -> None:
        self.folder = shard_folder(artifact, number)
        self._draft = temporary(self.folder)
        self._number, self._of = number, of
        self._rows: dict[str, list[dict[str, Any]]] = {}
        self._arrays: dict[str, FlatArray] = {}
        self._files = ExitStack()
        self._started = time.monotonic()

    def __enter__(self) -> Self:
        with full_disk_explained(self.folder.parent):
            shutil.rmtree(self._draft, ignore_errors=True)
            self._draft.mkdir(parents=True)
        return self

    def add(self, record: Record) -> None:
        """Append one record; its arrays go to the disk at once.

        Raises:
            UserError: the disk is full.
        """
        row = {**record.row, "shard": self._number}
        with full_disk_explained(self.folder.parent):
            for name, array in record.arrays.items():
                row[f"{name}_offset"] = self._array(f"{record.table}.{name}", array.dtype).append(array)
                row[f"{name}_shape"] = list(array.shape)
        self._rows.setdefault(record.table, []).append(row)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            with full_disk_explained(self.folder.parent), self._files:
                if kind is None:
                    self._commit()
        except OSError:
            # When another process was first to finish this very shard, or the whole artifact, the draft is
            # not needed, or gone: their bytes are the same.
            if self._draft.exists() and not self.folder.exists():
                raise
        finally:
            shutil.rmtree(self._draft, ignore_errors=True)

    def _array(self, name: str, dtype: np.dtype[Any]) -> FlatArray:
        if name not in self._arrays:
            file = self._files.enter_context((self._draft / f"{name}.npy").open("wb"))
            self._arrays[name] = FlatArray(file, dtype)
        return self._arrays[name]

    def _commit(self) -> None:
        for array in self._arrays.values():
            array.finish()
        self._files.close()
        for table, rows in self._rows.items():
            _write_table(self._draft / f"{table}.parquet", rows)
        counts = {table: len(rows) for table, rows in self._rows.items()}
        facts = {"of": self._of, "counts": counts, "seconds": round(time.monotonic() - self._started, 3)}
        (self._draft / "shard.json").write_text(json.dumps(facts))
        for file in self._draft.iterdir():
            sync(file)
        sync(self._draft)
        self._draft.rename(self.folder)
        sync(self.folder.parent)


class FlatArray:
    """Arrays of any shapes, one after another in a single one-dimensional `.npy` file."""

    def __init__(self, file: BinaryIO, dtype: np.dtype[Any]) -> None:
        if dtype.hasobject:
            raise TypeError(f"an array of {dtype} cannot be memory-mapped")
        self._file = file
        self._dtype = dtype
        self._length = 0
        self._write_header()

    def append(self, array: NDArray[np.generic]) -> int:
        """Add one array and return where it begins, in elements."""
        if array.dtype != self._dtype:
            raise TypeError(f"{array.dtype} cannot join the arrays of {self._dtype} in {self._file.name}")
        offset = self._length
        self._file.write(np.ascontiguousarray(array).tobytes())
        self._length += array.size
        return offset

    def finish(self) -> None:
        """Write the length, now that it is known: numpy pads a header so that any length fits in place."""
        self._file.seek(0)
        self._write_header()

    def _write_header(self) -> None:
        descr = np.lib.format.dtype_to_descr(self._dtype)
        header = {"descr": descr, "fortran_order": False, "shape": (self._length,)}
        np.lib.format.write_array_header_1_0(self._file, header)


def _write_table(path: Path, rows: list[dict[str, Any]]) -> None:
    """Equal rows give equal bytes: a fixed order of columns, fixed options and no time of writing."""
    columns = dict.fromkeys(column for row in rows for column in row)
    table = pa.table({column: [_plain(row.get(column)) for row in rows] for column in columns})
    with path.open("wb") as file:
        pq.write_table(table, file, compression="zstd", version="2.6")


def _plain(value: Any) -> Any:
    """Arrow knows lists and numbers, not numpy arrays of several dimensions or tuples in tuples."""
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value
