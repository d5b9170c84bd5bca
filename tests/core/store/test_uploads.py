"""Zips that mean harm, or are merely broken: one sentence, nothing kept."""

from __future__ import annotations

import io
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from core.config import Settings
from core.errors import UserError
from core.store.layout import Layout
from core.store.uploads import Upload, kept


def packed(**files: bytes) -> io.BytesIO:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    content.seek(0)
    return content


def link() -> io.BytesIO:
    content = io.BytesIO()
    entry = zipfile.ZipInfo("a/link.jpg")
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr(entry, "/etc/passwd")
    return content


def twice() -> io.BytesIO:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive, pytest.warns(UserWarning):
        archive.writestr("a/1.jpg", b"x")
        archive.writestr("a/1.jpg", b"y")
    return content


def damaged() -> io.BytesIO:
    content = bytearray(packed(**{"a/1.jpg": bytes(range(256)) * 99}).getvalue())
    content[60:80] = b"?" * 20
    return io.BytesIO(bytes(content))


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: packed(**{"a/../../out.jpg": b"x"}), "leads out"),
        (lambda: packed(**{"/etc/out.jpg": b"x"}), "leads out"),
        (lambda: packed(**{"C:/out.jpg": b"x"}), "leads out"),
        (lambda: packed(**{"a/0.bmp": bytes(30 << 20)}), "would grow"),
        (lambda: packed(**{"a": b"x", "a/1.jpg": b"x"}), "as a file and as a folder"),
        (lambda: io.BytesIO(b"no zip"), "no zip"),
        (link, "link"),
        (twice, "two files"),
        (damaged, "damaged"),
    ],
)
def test_upload__refuses_and_keeps_nothing(tmp_path: Path, make: Callable[[], io.BytesIO], said: str) -> None:
    with pytest.raises(UserError, match=said):
        list(Upload("mine", make(), Settings(cache=tmp_path / "cache")))
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
    assert not list((tmp_path / "cache" / "uploads").iterdir())


def test_upload__is_whole(tmp_path: Path) -> None:
    files = {"top/Praha \u017di\u017ekov/1.jpg": b"x", "top/Paris/1.jpg": b"y", "__MACOSX/._1.jpg": b"z"}
    settings = Settings(cache=tmp_path)
    assert len(list(Upload("mine", packed(**files), settings))) == 2
    folder = kept(Layout(tmp_path), "mine")
    assert folder is not None and folder.name == "top"
    assert sorted(path.name for path in folder.iterdir()) == ["Paris", "Praha \u017di\u017ekov"]


@pytest.mark.parametrize("listing", ["annotations.json", "metadata.csv", "Entries.CSV", "train.parquet"])
def test_upload__a_listing_beside_pictures_is_where_the_dataset_begins(tmp_path: Path, listing: str) -> None:
    list(Upload("mine", packed(**{"top/1.jpg": b"x", f"top/{listing}": b"{}"}), Settings(cache=tmp_path)))
    folder = kept(Layout(tmp_path), "mine")
    assert folder is not None and folder.name == "top"


def test_upload__a_zip_of_one_label_keeps_its_folder(tmp_path: Path) -> None:
    list(Upload("mine", packed(**{"Paris/1.jpg": b"x"}), Settings(cache=tmp_path)))
    folder = kept(Layout(tmp_path), "mine")
    assert folder is not None and [path.name for path in folder.iterdir()] == ["Paris"]


def test_upload__read_only(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="only shows"):
        Upload("mine", packed(), Settings(cache=tmp_path / "cache", read_only=True))
    assert not (tmp_path / "cache").exists()
