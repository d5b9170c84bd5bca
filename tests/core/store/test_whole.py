"""Tables kept whole: the same rows as in the shards, of one label without the others."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.errors import UserError
from core.stages import Record
from core.store.artifacts import Artifact
from core.store.reading import reading
from core.store.whole import MANY, ORDER
from core.store.writing import ArtifactWriter, content_digest

LABELS = ("Paris", "Kyoto", "O'Hara", "Zürich")
SHARDS = MANY + 3


def write(folder: Path, shards: int = SHARDS, column: str = "label", order: int = 1) -> Artifact:
    """Patches of labels that come in turn, with a vector each; the odd ones have boxes."""
    writer = ArtifactWriter(folder)
    for number in range(shards)[::order]:
        with writer.shard(number) as shard:
            for at in range(number % 4):
                place = 10 * number + at
                row = {"patch": f"p{place:03}", column: LABELS[place % len(LABELS)], "score": place / 7}
                boxes = [[1, 2, 3, 4]] if number % 2 else None
                vector = np.full(3, place, np.float16)
                shard.add(Record("patches", {**row, "boxes": boxes}, {"vector": vector}))
    writer.finish({"stage": "patches"})
    return Artifact(folder)


@pytest.fixture
def both(tmp_path: Path) -> tuple[Artifact, Artifact]:
    """An artifact with its table whole, and the same without."""
    whole, shards = write(tmp_path / "whole"), write(tmp_path / "shards")
    (shards.folder / "patches.parquet").unlink()
    return whole, shards


def same(found: pd.DataFrame, expected: pd.DataFrame) -> bool:
    """Equal to the last value, lists included."""
    pd.testing.assert_frame_equal(found, expected)
    return len(found) > 0


@pytest.mark.parametrize("values", [["Kyoto"], ["O'Hara", "Paris"], ["Zürich", "none"]])
def test_the_rows_of_labels_are_those_of_the_shards(
    both: tuple[Artifact, Artifact], values: list[str]
) -> None:
    whole, shards = both
    assert same(whole.rows("patches", "label", values), shards.rows("patches", "label", values))
    few = ("score", "patch")
    assert same(whole.rows("patches", "label", values, few), shards.rows("patches", "label", values, few))


def test_what_is_not_sorted_is_found_too(both: tuple[Artifact, Artifact]) -> None:
    whole, shards = both
    wanted = ["p311", "p010", "p021"]
    assert same(whole.rows("patches", "patch", wanted), shards.rows("patches", "patch", wanted))
    assert whole.rows("patches", "patch", []).empty
    assert whole.rows("none", "label", ["Paris"]).empty


def test_columns_counts_and_the_table_are_those_of_the_shards(both: tuple[Artifact, Artifact]) -> None:
    whole, shards = both
    assert same(whole.table("patches", ("label", "patch")), shards.table("patches", ("label", "patch")))
    assert same(whole.table("patches"), shards.table("patches"))
    assert whole.columns("patches") == shards.columns("patches")
    assert ORDER not in whole.columns("patches")
    counted = shards.table("patches")["label"].value_counts().to_dict()
    assert whole.counts("patches", "label") == shards.counts("patches", "label") == counted


def test_sql_finds_the_same(both: tuple[Artifact, Artifact]) -> None:
    sql = "SELECT label, count(*) AS n, max(score) AS best FROM patches GROUP BY label ORDER BY label"
    assert same(both[0].query(sql), both[1].query(sql))
    assert same(*(one.query("SELECT * FROM patches ORDER BY patch") for one in both))


def test_arrays_are_found_by_rows_of_either(both: tuple[Artifact, Artifact]) -> None:
    rows = both[0].rows("patches", "label", ["Kyoto"])
    expected = rows["patch"].str[1:].astype(float).to_numpy()
    assert np.array_equal(both[0].stacked("patches", "vector", rows)[:, 0], expected)


def test_many_open_arrays_stay_right(both: tuple[Artifact, Artifact]) -> None:
    rows = both[0].table("patches")
    for _ in range(2):
        for _, row in rows.iterrows():
            assert both[0].array("patches", "vector", row).tolist() == [float(row["patch"][1:])] * 3


def test_only_rows_of_other_row_groups_stay_unread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.store.whole._GROUP", 5)
    monkeypatch.setattr("core.store.whole._AT_ONCE", 2)
    whole = write(tmp_path / "abc")
    read: list[int] = []
    real = type(whole._kept_whole("patches"))._read

    def noting(self: object, groups: list[int] | None, columns: list[str]) -> object:
        read.extend(groups or [])
        return real(self, groups, columns)  # type: ignore[arg-type]

    monkeypatch.setattr("core.store.whole.WholeTable._read", noting)
    table = whole.table("patches")
    found = whole.rows("patches", "label", ["Paris"])
    assert found["patch"].tolist() == table[table["label"] == "Paris"]["patch"].tolist()
    assert 0 < len(read) < len(table) / 5 / 2


def test_a_table_kept_whole_is_not_part_of_what_was_found(both: tuple[Artifact, Artifact]) -> None:
    whole, shards = both
    assert whole.manifest["content"] == shards.manifest["content"]
    assert content_digest(whole.folder) == content_digest(shards.folder) == whole.manifest["content"]


def test_equal_rows_give_equal_bytes(tmp_path: Path) -> None:
    first, second = write(tmp_path / "a"), write(tmp_path / "b", order=-1)
    files = [artifact.folder / "patches.parquet" for artifact in (first, second)]
    assert files[0].read_bytes() == files[1].read_bytes()


def test_few_shards_are_read_as_they_are(tmp_path: Path) -> None:
    artifact = write(tmp_path / "abc", shards=MANY)
    assert not list(artifact.folder.glob("*.parquet"))
    assert artifact.rows("patches", "label", ["Kyoto"])["label"].unique().tolist() == ["Kyoto"]


def test_a_damaged_file_is_one_sentence(tmp_path: Path) -> None:
    artifact = write(tmp_path / "abc")
    file = artifact.folder / "patches.parquet"
    file.write_bytes(file.read_bytes()[:-20])
    for read in (
        lambda: artifact.rows("patches", "label", ["Kyoto"]),
        lambda: artifact.counts("patches", "label"),
        lambda: artifact.query("SELECT * FROM patches"),
    ):
        with pytest.raises(UserError, match="damaged"):
            reading(artifact, read)


def test_a_column_named_as_ours_is_nobodys_loss(tmp_path: Path) -> None:
    artifact = write(tmp_path / "abc", column=ORDER)
    assert not list(artifact.folder.glob("*.parquet"))
    assert artifact.counts("patches", ORDER)["Kyoto"] > 1


def test_pictures_lie_by_their_first_label_column(tmp_path: Path) -> None:
    writer = ArtifactWriter(tmp_path / "abc")
    for number in range(SHARDS):
        row = {
            "picture": f"{number:016x}",
            "sha256": "",
            "split": None,
            "place": LABELS[number % 4],
            "decade": "1",
        }
        writer.write_shard(number, [Record("pictures", row)])
    writer.finish({})
    import pyarrow.parquet as pq

    places = pq.read_table(tmp_path / "abc" / "pictures.parquet")["place"].to_pylist()
    assert places == sorted(places)


def test_leftovers_of_a_killed_writer_go_when_it_is_whole(tmp_path: Path) -> None:
    draft = tmp_path / "abc.partial" / "patches.parquet.1.tmp"
    draft.parent.mkdir()
    draft.write_bytes(b"half")
    artifact = write(tmp_path / "abc")
    assert sorted(file.name for file in artifact.folder.iterdir() if file.is_file()) == [
        "manifest.json", "patches.parquet",
    ]  # fmt: skip
