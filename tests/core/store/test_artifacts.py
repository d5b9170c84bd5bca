"""What is written can be read back, whole or not at all."""

from __future__ import annotations

import errno
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.errors import UserError
from core.stages import Record
from core.store import shards
from core.store.artifacts import Artifact
from core.store.writing import ArtifactWriter, content_digest


def record(key: str, shape: tuple[int, ...] = (2, 3), boxes: Any = None) -> Record:
    values = np.arange(np.prod(shape), dtype=np.float16).reshape(shape)
    return Record("maps", {"picture": key, "boxes": boxes, "mean": 1.5}, {"bins": values, "error": values[0]})


def write(folder: Path, numbers: tuple[int, ...] = (0, 1)) -> Artifact:
    writer = ArtifactWriter(folder)
    for number in numbers:
        boxes = [[1, 2, 3, 4]] if number else None
        writer.write_shard(number, [record(f"a{number}", (2, 3)), record(f"b{number}", (2, 5, 4), boxes)])
    writer.finish({"stage": "typicality"})
    return Artifact(folder)


def test_rows_and_arrays_of_any_shape_come_back(tmp_path: Path) -> None:
    artifact = write(tmp_path / "abc")
    table = artifact.table("maps")
    assert table.picture.tolist() == ["a0", "b0", "a1", "b1"]
    assert table.shard.tolist() == [0, 0, 1, 1]
    for _, row in table.iterrows():
        bins = artifact.array("maps", "bins", row)
        assert bins.dtype == np.float16
        assert np.array_equal(bins, np.arange(bins.size).reshape(bins.shape))
        assert np.array_equal(artifact.array("maps", "error", row), bins[0])
    assert artifact.array("maps", "bins", table.iloc[1]).shape == (2, 5, 4)
    assert not artifact.array("maps", "bins", table.iloc[1]).flags.writeable


def test_an_array_is_an_ordinary_npy_file(tmp_path: Path) -> None:
    artifact = write(tmp_path / "abc")
    flat = np.load(artifact.folder / "shard-00001" / "maps.bins.npy")
    assert flat.shape == (6 + 40,)


def test_a_column_empty_in_one_shard_takes_its_type_from_the_others(tmp_path: Path) -> None:
    boxes = write(tmp_path / "abc").table("maps").boxes
    assert boxes.iloc[0] is None
    assert [list(box) for box in boxes.iloc[3]] == [[1, 2, 3, 4]]


def test_search_in_sql(tmp_path: Path) -> None:
    found = write(tmp_path / "abc").query("select picture, shard from maps where boxes is not null")
    assert found.to_dict("records") == [{"picture": "b1", "shard": 1}]


def test_changing_a_table_does_not_change_the_artifact(tmp_path: Path) -> None:
    artifact = write(tmp_path / "abc")
    table = artifact.table("maps")
    table["mean"] = 7
    assert artifact.table("maps")["mean"].tolist() == [1.5] * 4


def test_no_rows_is_an_empty_table(tmp_path: Path) -> None:
    ArtifactWriter(tmp_path / "abc").finish({})
    artifact = Artifact(tmp_path / "abc")
    assert artifact.table("maps").empty
    assert list(artifact.table("failures")) == ["picture", "reason", "shard"]


def test_equal_records_give_equal_bytes(tmp_path: Path) -> None:
    first, second = write(tmp_path / "a", (0, 1)), write(tmp_path / "b", (1, 0))
    for file in first.folder.rglob("*.*"):
        if file.suffix != ".json":
            assert file.read_bytes() == (second.folder / file.relative_to(first.folder)).read_bytes()
    assert content_digest(first.folder) == content_digest(second.folder) == first.manifest["content"]


def test_the_content_digest_sees_one_bit(tmp_path: Path) -> None:
    artifact = write(tmp_path / "a")
    file = artifact.folder / "shard-00001" / "maps.error.npy"
    file.write_bytes(file.read_bytes()[:-1] + b"\x01")
    assert artifact.content_digest() != artifact.manifest["content"]


def test_nothing_of_a_broken_shard_is_seen(tmp_path: Path) -> None:
    def broken() -> Iterator[Record]:
        yield record("a")
        raise RuntimeError

    writer = ArtifactWriter(tmp_path / "abc")
    writer.write_shard(0, [record("z")])
    with pytest.raises(RuntimeError):
        writer.write_shard(1, broken())
    assert writer.missing([0, 1, 2]) == [1, 2]
    assert [folder.name for folder in (tmp_path / "abc.partial").iterdir()] == ["shard-00000"]
    assert not (tmp_path / "abc").exists()


def test_whoever_comes_second_accepts_what_is_there(tmp_path: Path) -> None:
    late = ArtifactWriter(tmp_path / "abc")
    with late.shard(0) as shard:
        shard.add(record("a"))
        write(tmp_path / "abc", (0,))
    late.finish({"stage": "late"})
    assert Artifact(tmp_path / "abc").manifest["stage"] == "typicality"
    assert [folder.name for folder in tmp_path.iterdir()] == ["abc"]


def test_two_kinds_of_numbers_cannot_share_an_array(tmp_path: Path) -> None:
    writer = ArtifactWriter(tmp_path / "abc")
    with pytest.raises(TypeError, match="float64"):
        writer.write_shard(0, [record("a"), Record("maps", {"picture": "b"}, {"bins": np.zeros(3)})])


@pytest.mark.parametrize("where", ["arrays", "table"])
def test_a_full_disk_is_explained_and_leaves_nothing_half(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    writer = ArtifactWriter(tmp_path / "abc")
    writer.write_shard(0, [record("z")])
    if where == "arrays":
        monkeypatch.setattr(shards.FlatArray, "append", full)
    else:
        monkeypatch.setattr("pyarrow.parquet.write_table", full)
    with pytest.raises(UserError, match=r"full \([\d,]+ MB free\): everything finished is kept"):
        writer.write_shard(1, [record("a")])
    assert [folder.name for folder in (tmp_path / "abc.partial").iterdir()] == ["shard-00000"]


def test_a_header_leaves_room_for_any_length() -> None:
    lengths = set()
    for length in (0, 1, 10**15):
        file = io.BytesIO()
        flat = shards.FlatArray(file, np.dtype(np.float32))
        flat._length = length
        flat.finish()
        lengths.add(file.tell())
    assert len(lengths) == 1


def described(folder: Path) -> Artifact:
    """Three shards of 2, 0 and 3 patches; vectors count up."""
    writer, number = ArtifactWriter(folder), 0
    for shard, labels in enumerate((["Paris", "Kyoto"], [], ["Paris", "Paris", "O'Hara"])):
        records = []
        for label in labels:
            vector = np.arange(4 * number, 4 * number + 4, dtype=np.float16)
            records.append(Record("features", {"patch": f"p{number}", "label": label}, {"vector": vector}))
            number += 1
        writer.write_shard(shard, records)
    writer.finish({"stage": "features"})
    return Artifact(folder)


def test_rows__are_those_asked_for_alone(tmp_path: Path) -> None:
    artifact = described(tmp_path / "abc")
    assert artifact.rows("features", "label", ["Paris"])["patch"].tolist() == ["p0", "p2", "p3"]
    assert artifact.rows("features", "label", ["O'Hara", "Kyoto"])["patch"].tolist() == ["p1", "p4"]
    assert artifact.rows("features", "label", []).empty
    assert artifact.rows("none", "label", ["Paris"]).empty


def test_table__columns_are_those_asked_for(tmp_path: Path) -> None:
    assert described(tmp_path / "abc").table("features", ("label",)).columns.tolist() == ["label"]


def test_stacked__is_in_the_order_of_the_rows(tmp_path: Path) -> None:
    artifact = described(tmp_path / "abc")
    rows = artifact.table("features").iloc[[4, 0, 2]]
    expected = [artifact.array("features", "vector", row) for _, row in rows.iterrows()]
    assert np.array_equal(artifact.stacked("features", "vector", rows), np.stack(expected))


def test_stacked__takes_one_entry_of_each_whatever_lies_between(tmp_path: Path) -> None:
    writer, rng = ArtifactWriter(tmp_path / "abc"), np.random.default_rng(0)
    shapes = [(2, 3, 4), (2, 5, 1), (2, 3, 4), (2, 3, 4), (2, 1, 1), (2, 3, 4)]
    made = [rng.normal(size=shape).astype(np.float16) for shape in shapes]
    writer.write_shard(
        0, [Record("maps", {"picture": str(at)}, {"bins": bins}) for at, bins in enumerate(made)]
    )
    writer.finish({})
    artifact = Artifact(tmp_path / "abc")
    rows = artifact.table("maps")
    alike = rows[rows["bins_shape"].map(tuple) == (2, 3, 4)][::-1]
    whole = artifact.stacked("maps", "bins", alike)
    assert np.array_equal(whole, np.stack([made[at] for at in (5, 3, 2, 0)]))
    for part, first in ((alike, (5, 3, 2, 0)), (rows[:1], (0,))):
        for at in (0, 1):
            expected = np.stack([made[number][at] for number in first])
            assert np.array_equal(artifact.stacked("maps", "bins", part, at), expected)


def test_blocks__are_in_the_order_of_the_table(tmp_path: Path) -> None:
    artifact = described(tmp_path / "abc")
    whole = np.concatenate(list(artifact.blocks("features", "vector")))
    assert np.array_equal(whole, np.arange(20).reshape(5, 4))
    assert not list(artifact.blocks("none", "vector"))
    (first,) = artifact.blocks("features", "vector", 2)  # the shard between has none, so it does not count
    assert np.array_equal(first, whole[:2])
