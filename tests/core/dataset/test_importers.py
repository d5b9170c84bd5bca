"""Every way in gives the same table; every wrong source says what to do."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from core.dataset.importers import find, read
from core.dataset.manifest import fingerprint
from core.errors import UserError

Draw = Callable[..., Path]

NAMES = ["a/1.png", "a/2.png", "b/3.png"]


@pytest.fixture
def rows(draw: Draw, tmp_path: Path) -> pd.DataFrame:
    """Three pictures in `tmp_path/pics`, and what a manifest would say about them."""
    for number, name in enumerate(NAMES):
        draw(f"pics/{name}", number)
    return pd.DataFrame({"file_name": NAMES, "label": ["a", "a", "b"]})


def _save(table: pd.DataFrame, path: Path) -> Path:
    match path.suffix:
        case ".csv":
            table.to_csv(path, index=False)
        case ".tsv":
            table.to_csv(path, index=False, sep="\t")
        case ".jsonl":
            path.write_text("\n".join(json.dumps(row) for row in table.to_dict("records")))
        case ".parquet":
            table.to_parquet(path)
    return path


def test_a_folder_per_label(rows: pd.DataFrame, tmp_path: Path, draw: Draw) -> None:
    draw("pics/b/deep/er/4.JPG", 4)
    for skipped in (".hidden/5.png", "__MACOSX/a/6.png", "a/._1.png"):
        draw(f"pics/{skipped}", 5)
    (tmp_path / "pics/a/notes.txt").write_text("no picture, and none promised")
    pictures, failures = read(find(tmp_path / "pics"))
    assert pictures["file_name"].tolist() == ["a/1.png", "a/2.png", "b/3.png", "b/deep/er/4.JPG"]
    assert pictures["label"].tolist() == ["a", "a", "b", "b"]
    assert pictures["path"].tolist() == [str(tmp_path / "pics" / name) for name in pictures["file_name"]]
    assert (pictures["width"] == 24).all() and (pictures["height"] == 16).all()
    assert (pictures["picture"] == pictures["sha256"].str[:16]).all()
    assert failures.empty


@pytest.mark.parametrize("name", [f"metadata{suffix}" for suffix in (".csv", ".tsv", ".jsonl", ".parquet")])
def test_a_manifest_says_the_same_as_the_folders(rows: pd.DataFrame, tmp_path: Path, name: str) -> None:
    expected = fingerprint(read(find(tmp_path / "pics"))[0])
    manifest = _save(rows, tmp_path / "pics" / name)
    for source in (manifest, tmp_path / "pics", str(manifest)):
        found = find(source)
        assert found.label_columns == ("label",) and len(found) == 3
        assert fingerprint(read(found)[0]) == expected


@pytest.mark.parametrize("column", ["path", "image"])
def test_other_names_of_the_file_column_and_absolute_paths(
    rows: pd.DataFrame, tmp_path: Path, column: str
) -> None:
    rows[column] = [str(tmp_path / "pics" / name) for name in rows.pop("file_name")]
    (tmp_path / "elsewhere").mkdir()
    pictures, failures = read(find(_save(rows, tmp_path / "elsewhere/list.csv")))
    assert len(pictures) == 3 and failures.empty
    assert pictures["file_name"].tolist() == pictures["path"].tolist()


def test_splits_with_metadata_or_folders(draw: Draw, tmp_path: Path) -> None:
    draw("train/1.png", 1)
    draw("test/a/2.png", 2)
    (tmp_path / "train/metadata.csv").write_text("file_name,label\n1.png,a\n")
    pictures, _ = read(find(tmp_path))
    assert pictures[["file_name", "label", "split"]].to_numpy().tolist() == [
        ["test/a/2.png", "a", "test"],
        ["train/1.png", "a", "train"],
    ]


def test_a_label_may_be_called_train(draw: Draw, tmp_path: Path) -> None:
    draw("train/1.png", 1)
    draw("test/2.png", 2)
    pictures, _ = read(find(tmp_path))
    assert pictures["label"].tolist() == ["test", "train"] and pictures["split"].isna().all()


def test_which_columns_are_labels(draw: Draw, tmp_path: Path) -> None:
    lines = ["file_name,place,decade,code,score,serial,width,box_labels"]
    for number in range(202):
        lines.append(f"{number}.png,NA,{1950 + number % 3 * 20},007,{number / 7:.3f},{number},24,x")
    draw("0.png", 0)
    manifest = tmp_path / "list.csv"
    manifest.write_text("\n".join(lines))
    found = find(manifest)
    assert found.label_columns == ("place", "decade", "code")
    assert read(found)[0].loc[0, ["place", "decade", "code"]].tolist() == ["NA", "1950", "007"]
    assert find(manifest, ["serial", "place"]).label_columns == ("serial", "place")


def test_whole_numbers_and_gaps_of_a_parquet_table(rows: pd.DataFrame, tmp_path: Path) -> None:
    rows["decade"] = [1950, None, 1970]
    found = find(_save(rows, tmp_path / "pics/metadata.parquet"))
    decades = read(found)[0]["decade"]
    assert decades[0] == "1950" and pd.isna(decades[1]) and decades[2] == "1970"


def test_a_picture_without_any_label_is_a_failure(rows: pd.DataFrame, tmp_path: Path) -> None:
    rows["label"] = ["a", " ", "b"]
    pictures, failures = read(find(_save(rows, tmp_path / "pics/metadata.csv")))
    assert len(pictures) == 2
    assert failures.to_numpy().tolist() == [["", "a/2.png", "has no value in column 'label'"]]


def test_spreadsheets(rows: pd.DataFrame, tmp_path: Path) -> None:
    manifest = tmp_path / "pics/list.csv"
    rows.to_csv(manifest, sep=";", encoding="utf-8-sig")  # with row numbers in a nameless column
    assert find(manifest).label_columns == ("label",)


def test_odd_names_are_plain_text(draw: Draw, tmp_path: Path) -> None:
    labels = ["<b>&amp;", "línea\nnueva", "日本", "a'\"b", "$(id)"]
    for number, label in enumerate(labels):
        draw(f"{label}/{label}.png", number)
    pictures, failures = read(find(tmp_path))
    assert sorted(pictures["label"]) == sorted(labels) and failures.empty


def test_a_name_that_is_not_utf8_is_a_failure(rows: pd.DataFrame, tmp_path: Path) -> None:
    try:
        (tmp_path / "pics/a/caf\udce9.png").write_bytes(b"x")
    except OSError:
        pytest.skip("this file system takes UTF-8 names only")
    _, failures = read(find(tmp_path / "pics"))
    assert failures["file_name"].tolist() == ["a/caf?.png"]
    assert failures["reason"].tolist() == ["has a name that is not UTF-8"]


def test_linked_folders_are_followed_but_not_in_a_circle(rows: pd.DataFrame, tmp_path: Path) -> None:
    (tmp_path / "linked").mkdir()
    (tmp_path / "linked/c").symlink_to(tmp_path / "pics/a")
    (tmp_path / "pics/a/again").symlink_to(tmp_path / "linked")
    assert find(tmp_path / "linked").entries["file_name"].tolist() == ["c/1.png", "c/2.png"]


def test_elements(rows: pd.DataFrame, tmp_path: Path) -> None:
    path = tmp_path / "pics/elements.csv"
    assert find(tmp_path / "pics").elements is None
    path.write_text("id,name,column,label,rate\n1,spire,label,a,0.5\n2,hydrant,label,b,\n")
    elements = find(tmp_path / "pics").elements
    assert elements is not None
    assert elements["id"].tolist() == [1, 2] and elements["rate"][0] == 0.5 and pd.isna(elements["rate"][1])
    for wrong in (
        "id,name,column\n1,a,b\n",
        "id,name,column,label\n0,a,b,c\n",
        "id,name,column,label\n1,a,b,c\n1,a,b,c\n",
    ):
        path.write_text(wrong)
        with pytest.raises(UserError, match="elements table"):
            find(tmp_path / "pics")


@pytest.mark.parametrize(
    ("manifest", "message"),
    [
        ("", "is empty"),
        ("name,label\na/1.png,a\n", 'no column "file_name".*it has name, label'),
        ("file_name,label\n", "lists no pictures"),
        ("file_name,label\nnone.png,a\n", "None of the 1 files"),
        ("file_name\na/1.png\n", "has no label column"),
        ("file_name,score\na/1.png,0.5\n", "has no label column"),
        ("file_name,label,label\na/1.png,a,b\n", 'two columns "label"'),
        ("file_name,label\na/1.png,a,b\n", "Line 2 .* more values"),
        ('file_name,label\n"a/1.png,a\n', "cannot be read"),
        ("file_name,label\na/1.png,\xff\n".encode("latin-1"), "not UTF-8"),
    ],
)
def test_wrong_manifests(rows: pd.DataFrame, tmp_path: Path, manifest: str | bytes, message: str) -> None:
    path = tmp_path / "pics/list.csv"
    path.write_bytes(manifest if isinstance(manifest, bytes) else manifest.encode())
    with pytest.raises(UserError, match=message):
        find(path)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("list.jsonl", "{}\n{oops", "Line 2 .* not JSON"),
        ("list.jsonl", "[1]", "must be a JSON object"),
        ("list.parquet", "PAR", "cannot be read"),
        ("list.xlsx", "PK", "no table that can be read"),
    ],
)
def test_wrong_tables_of_other_kinds(tmp_path: Path, name: str, content: str, message: str) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(UserError, match=message):
        find(tmp_path / name)


def test_wrong_folders(rows: pd.DataFrame, draw: Draw, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    draw("flat/1.png", 1)
    for nowhere in (tmp_path / "none", "x" * 5000, "~nobody-of-this-name/x", "a\0b"):
        with pytest.raises(UserError, match="There is no folder or table"):
            find(nowhere)
    with pytest.raises(UserError, match="holds no pictures"):
        find(tmp_path / "empty")
    with pytest.raises(UserError, match="one folder per label"):
        find(tmp_path / "flat")
    _save(rows, tmp_path / "pics/metadata.csv")
    _save(rows, tmp_path / "pics/metadata.jsonl")
    with pytest.raises(UserError, match=r"both metadata\.csv and metadata\.jsonl"):
        find(tmp_path / "pics")


def test_wrong_label_columns(rows: pd.DataFrame, tmp_path: Path) -> None:
    with pytest.raises(UserError, match='no column "place": it has label'):
        find(tmp_path / "pics", ["place"])
    with pytest.raises(UserError, match='cannot be called "width"'):
        find(tmp_path / "pics", ["width"])


def test_pictures_kept_inside_a_parquet_table(tmp_path: Path) -> None:
    table = pd.DataFrame({"image": [{"bytes": b"x", "path": "1.png"}], "label": [1]})
    with pytest.raises(UserError, match="holds the pictures themselves"):
        find(_save(table, tmp_path / "data.parquet"))
