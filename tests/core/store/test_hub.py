"""Datasets of the hub, from a real server on this machine: fetched whole, gone on with, refused in words."""

from __future__ import annotations

import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from huggingface_hub import constants
from PIL import Image
from typer.testing import CliRunner

import core.megabytes
import core.store.arriving
from core.cli import app
from core.config import Settings
from core.dataset.importers import find
from core.errors import UserError
from core.store.hub import HubDataset
from core.study import Study
from tests.core.dataset.test_embedded import write_table
from tests.core.diffusion.hub import Hub
from tests.pages.conftest import draw

Offered = tuple[Hub, Path]


@pytest.fixture
def offered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Offered]:
    """A hub with one dataset, of labelled folders and things not to be fetched."""
    folder = tmp_path / "offered"
    draw(folder / "streets")
    for name in ("loader.py", "weights.bin", "README.md"):
        (folder / name).write_bytes(b"not to be fetched")
    with Hub({"datasets/owner/streets": folder}) as hub:
        hub.stand_in(monkeypatch, tmp_path / "fetched")
        yield hub, folder


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("TYPISCOPE_CACHE", str(tmp_path / "cache"))
    return Settings()


@pytest.fixture(autouse=True)
def kilobytes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pictures are smaller than a megabyte, and come in pieces smaller than a picture."""
    monkeypatch.setattr(core.megabytes, "MEGABYTE", 1_000)
    monkeypatch.setattr(core.store.arriving, "LOOK", 0.01)
    monkeypatch.setattr(constants, "DOWNLOAD_CHUNK_SIZE", 500)


def fetch(dataset: HubDataset) -> Path:
    assert len(list(dataset)) == len(dataset)
    return dataset.folder


def test_folders_are_fetched_and_nothing_else(offered: Offered, settings: Settings) -> None:
    dataset = HubDataset("mine", "owner/streets", settings)
    assert dataset.bytes == sum(file.stat().st_size for file in (offered[1] / "streets").rglob("*.*"))
    folder = fetch(dataset)
    assert len(find(folder)) == 24
    assert {file.suffix for file in folder.rglob("*.*")} <= {".png", ".csv"}
    assert not (settings.cache / "uploads" / "mine.partial").exists()


def test_from_the_command_line_to_a_study(offered: Offered, settings: Settings) -> None:
    done = CliRunner().invoke(app, ["import", "hf://datasets/owner/streets", "--json"])
    assert done.exit_code == 0, done.output
    assert Study.open("streets", settings).labels == ("Kyoto", "Paris", "Prague")


def test_stopped_on_the_way_it_goes_on(offered: Offered, settings: Settings) -> None:
    hub, _ = offered
    dataset = HubDataset("mine", "owner/streets", settings)
    begun = iter(dataset)
    for _ in range(len(dataset) // 2):
        next(begun)
    begun.close()
    there = len(list((settings.cache / "uploads" / "mine.partial").rglob("*.png")))
    assert 8 < there < 24
    del hub.asked[:]
    folder = fetch(HubDataset("mine", "owner/streets", settings))
    assert len(find(folder)) == 24
    sent = [path for path in hub.asked if "/resolve/" in path]
    assert len(sent) <= 2 * (25 - there)  # each file is asked about, then sent; of those there, neither


def test_a_file_is_told_while_it_comes_and_stops_with_who_listens(
    offered: Offered, settings: Settings
) -> None:
    hub, folder = offered
    first = min((folder / "streets").glob("*.png"))
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (300, 300, 3), np.uint8)).save(first)
    hub.halfway = threading.Event()
    begun = iter(HubDataset("mine", "owner/streets", settings))
    assert next(number for number in begun if number > 100) < first.stat().st_size / 1_000 / 2
    (errand,) = (thread for thread in threading.enumerate() if thread.name == "arriving")
    begun.close()
    hub.halfway.set()
    errand.join(10)
    assert not errand.is_alive() and not list(settings.cache.rglob("*.png"))
    assert len(find(fetch(HubDataset("mine", "owner/streets", settings)))) == 24


def test_pictures_in_zips_and_tables_are_taken_out(
    tmp_path: Path, offered: Offered, settings: Settings
) -> None:
    _, folder = offered
    with zipfile.ZipFile(folder / "packed.zip", "w") as archive:
        for file in sorted((folder / "streets").iterdir()):
            archive.write(file, f"streets/{file.name}")
    for file in (folder / "streets").iterdir():
        file.unlink()
    assert len(find(fetch(HubDataset("zipped", "owner/streets", settings)))) == 24
    (folder / "packed.zip").unlink()
    (folder / "data").mkdir()
    write_table(folder / "data" / "train-00000-of-00001.parquet")
    found = find(fetch(HubDataset("table", "owner/streets", settings)))
    assert found.entries["label"].tolist() == ["cat", "dog", "cat"]
    assert not list((settings.cache / "uploads" / "table").rglob("*.parquet"))


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("owner/unknown", "not to be had"), ("no id", "is no dataset of the hub"),
        ("../../etc", "is no dataset of the hub"), ("owner/..", "not to be had"),
    ],
)  # fmt: skip
def test_what_is_not_there_is_one_sentence(
    offered: Offered, settings: Settings, address: str, said: str
) -> None:
    with pytest.raises(UserError, match=said):
        HubDataset("mine", address, settings)
    assert not (settings.cache / "uploads").exists()


def test_a_hub_that_is_down_is_one_sentence(offered: Offered, settings: Settings) -> None:
    offered[0].stop()
    with pytest.raises(UserError, match="check the id, the network"):
        HubDataset("mine", "owner/streets", settings)


def test_a_dataset_that_goes_away_on_the_way_loses_nothing(offered: Offered, settings: Settings) -> None:
    hub, _ = offered
    begun = iter(HubDataset("mine", "owner/streets", settings))
    next(begun)
    hub.models.clear()
    with pytest.raises(UserError, match="What was fetched is kept"):
        list(begun)
    assert len(list((settings.cache / "uploads" / "mine.partial").rglob("*.png"))) >= 1


def test_a_dataset_of_another_kind_is_refused(offered: Offered, settings: Settings) -> None:
    _, folder = offered
    for file in (folder / "streets").iterdir():
        file.unlink()
    with pytest.raises(UserError, match="of another kind"):
        HubDataset("mine", "owner/streets", settings)


def test_refused_where_nothing_may_be_written_or_fetched(offered: Offered, settings: Settings) -> None:
    with pytest.raises(UserError, match="only shows"):
        HubDataset("mine", "owner/streets", settings.model_copy(update={"read_only": True}))
    with pytest.raises(UserError, match="downloads are switched off"):
        HubDataset("mine", "owner/streets", settings.model_copy(update={"download": False}))


def test_a_folder_beside_a_zip_of_its_name_is_kept(
    tmp_path: Path, offered: Offered, settings: Settings
) -> None:
    _, folder = offered
    with zipfile.ZipFile(folder / "streets.zip", "w") as archive:
        for file in sorted((folder / "streets").iterdir()):
            archive.write(file, f"more/{file.name}")
    there = fetch(HubDataset("both", "owner/streets", settings))
    assert len(list(there.rglob("*.png"))) == 48
