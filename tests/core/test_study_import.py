"""A folder of pictures becomes a study: whole, portable, and again when the folder changed."""

from __future__ import annotations

import dataclasses
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from core.config import Settings
from core.dataset.pictures import read_picture
from core.dataset.prompt import PromptTemplate
from core.errors import UserError
from core.importing import Import
from core.phases import phases
from core.specs import DenoiserSpec, FrameSpec, StudySpec
from core.study import Study
from core.training import use
from tests.core.tiny import draw_picture


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "streets"
    (folder / "images").mkdir(parents=True)
    rows = ["file_name,place,decade"]
    for number, place in enumerate(["Paris", "Prague", "Kyoto"] * 2):
        draw_picture(folder / "images" / f"{number}.png", number, (64, 48))
        rows.append(f"images/{number}.png,{place},{1950 + number}s")
    (folder / "images" / "broken.png").write_bytes(b"no picture")
    rows.append("images/broken.png,Paris,1950s")
    (folder / "metadata.csv").write_text("\n".join(rows))
    (folder / "elements.csv").write_text("id,name,column,label,rate\n1,zinc roof,place,Paris,0.5\n")
    return folder


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(cache=tmp_path / "cache")


def test_a_folder_becomes_a_study(source: Path, settings: Settings) -> None:
    reading = Import("streets", str(source), StudySpec("place"), settings)
    told = list(reading)
    assert len(reading) == len(told) == 7
    assert [done.reason for done in told if done.reason] == ["is not a picture"]
    study = Study.open("streets", settings)
    assert study == reading.study
    assert study.labels == ("Kyoto", "Paris", "Prague")
    assert all(Path(path).is_file() for path in study.pictures["path"])
    dataset = study.artifact("dataset")
    assert dataset is not None
    assert dataset.table("elements")["name"].tolist() == ["zinc roof"]
    assert study.status()[0].failures == 1


def test_nothing_kept_tells_where_the_cache_lies(source: Path, tmp_path: Path) -> None:
    """Pictures inside the cache, as the demo's are: the whole cache can be shipped."""
    cache = tmp_path / "cache"
    cache.mkdir()
    source.rename(cache / "demo_pictures")
    Study.create("demo", str(cache / "demo_pictures"), StudySpec("place"), Settings(cache=cache))
    kept = [file for file in (cache / "demo").rglob("*") if file.is_file()]
    assert kept
    assert not [file for file in kept if str(tmp_path).encode() in file.read_bytes()]
    cache.rename(tmp_path / "elsewhere")
    moved = Study.open("demo", Settings(cache=tmp_path / "elsewhere"))
    assert all(Path(path).is_file() for path in moved.pictures["path"])


def test_import_again_takes_up_what_changed(source: Path, settings: Settings) -> None:
    first = Study.create("streets", str(source), StudySpec("place"), settings)
    again = Study.create("streets", str(source), StudySpec("place"), settings)
    assert again.digest("dataset") == first.digest("dataset")
    draw_picture(source / "images" / "broken.png", 99, (64, 48))
    mended = Study.create("streets", str(source), StudySpec("place"), settings)
    assert mended.digest("typicality") != first.digest("typicality")
    assert len(mended.pictures) == len(first.pictures) + 1


def test_the_only_label_column_need_not_be_named(source: Path, settings: Settings) -> None:
    with pytest.raises(UserError, match=r"place, decade.*--label-column"):
        Study.create("streets", str(source), StudySpec(""), settings)
    table = source / "metadata.csv"
    table.write_text("\n".join(line.rsplit(",", 1)[0] for line in table.read_text().splitlines()))
    assert Study.create("streets", str(source), StudySpec(""), settings).spec.label_column == "place"


def test_a_column_that_is_not_there(source: Path, settings: Settings) -> None:
    with pytest.raises(UserError, match=r'no column "colour".*place, decade'):
        Study.create("streets", str(source), StudySpec("colour"), settings)


def test_a_name_belongs_to_one_source(source: Path, settings: Settings, tmp_path: Path) -> None:
    Study.create("streets", str(source), StudySpec("place"), settings)
    source.rename(tmp_path / "other")
    with pytest.raises(UserError, match=r'study "streets" already'):
        Study.create("streets", str(tmp_path / "other"), StudySpec("place"), settings)


def test_mostly_broken_pictures_are_no_study(source: Path, settings: Settings) -> None:
    for number in range(4):
        (source / "images" / f"{number}.png").write_bytes(b"x")
    with pytest.raises(UserError, match="5 of 7 pictures cannot be used, most of them so: is not a picture"):
        Study.create("streets", str(source), StudySpec("place"), settings)
    assert not (settings.cache / "streets").exists()


def test_held_out_pictures_are_a_part(source: Path, settings: Settings) -> None:
    study = Study.create("streets", str(source), StudySpec("place"), settings)
    (source / "metadata.csv").write_text(
        "file_name,place,split\n"
        + "\n".join(
            f"images/{n}.png,{['Paris', 'Prague', 'Kyoto'][n % 3]},{'test' if n < 3 else 'train'}"
            for n in range(6)
        )
    )
    study = Study.create("streets", str(source), StudySpec("place"), settings)
    assert len(study.pictures) == 6
    held = study.with_spec(pictures="held-out")
    assert sorted(held.pictures["file_name"]) == ["images/0.png", "images/1.png", "images/2.png"]
    assert held.digest("typicality") != study.digest("typicality")


def stopped_after(pictures: int, source: Path, settings: Settings) -> None:
    reading = iter(Import("streets", str(source), StudySpec("place"), settings))
    for _ in range(pictures):
        next(reading)
    reading.close()  # type: ignore[attr-defined]  # a generator, as it is written


def test_a_stopped_import_goes_on_where_it_was(
    source: Path, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw_picture(source / "images" / "0.png", 50, (64, 48))
    stopped_after(4, source, settings)
    assert not (settings.cache / "streets").exists()
    draw_picture(source / "images" / "1.png", 51, (64, 49))  # changed since it was read
    read: list[str] = []

    def noted(path: str) -> tuple[NDArray[np.uint8], str]:
        read.append(Path(path).name)
        return read_picture(path)

    monkeypatch.setattr("core.dataset.reading.read_picture", noted)
    study = Study.create("streets", str(source), StudySpec("place"), settings)
    assert "1.png" in read and "5.png" in read and len(read) <= 5
    assert not [file for file in (settings.cache / "readings").iterdir()]
    undisturbed = Study.create("streets", str(source), StudySpec("place"), Settings(cache=tmp_path / "other"))
    assert study.pictures.equals(undisturbed.pictures)


def test_a_stopped_import_whose_notes_are_damaged_reads_anew(source: Path, settings: Settings) -> None:
    stopped_after(6, source, settings)
    (notes,) = (settings.cache / "readings").iterdir()
    notes.write_bytes(b'["x", [1, 2], ["y"]]\n\xff\x00{\nnull\n["x"]\n' + notes.read_bytes()[:-20])
    assert len(Study.create("streets", str(source), StudySpec("place"), settings).pictures) == 6


def test_naming_asks_what_the_model_was_not_trained_on(
    source: Path, settings: Settings, tmp_path: Path
) -> None:
    study = Study.create("streets", str(source), StudySpec("place"), settings)
    (tmp_path / "model").mkdir()
    for share, held in ((0.5, 3), (0.0, 0)):
        (tmp_path / "model" / "training.json").write_text(json.dumps({"spec": {"held_out": share}}))
        asked = study.with_spec(denoiser=DenoiserSpec(str(tmp_path / "model")), pictures="held-out")
        assert len(asked.pictures) == held


def test_what_changed_during_a_training_stays(source: Path, settings: Settings, tmp_path: Path) -> None:
    study = Study.create("streets", str(source), StudySpec("place"), settings)
    known = DenoiserSpec(str(tmp_path), fingerprint="0" * 12)
    changed = Study.open("streets", settings).with_spec(prompt=PromptTemplate("Seen in {label}.", "Seen."))
    changed.save()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Study, "identified", lambda self: self.with_spec(denoiser=known))
        ready = use(study, tmp_path, 64)
    kept = Study.open("streets", settings)
    assert kept == ready
    assert kept.spec.prompt.template == "Seen in {label}."
    assert (kept.spec.denoiser, kept.spec.frame.size) == (known, 64)


def test_what_changed_while_a_model_was_fetched_stays(source: Path, settings: Settings) -> None:
    study = Study.create("streets", str(source), StudySpec("place"), settings)

    def slow(self: Study) -> Study:
        Study.open("streets", settings).with_spec(frame=FrameSpec(99)).save()
        return self.with_spec(denoiser=dataclasses.replace(self.spec.denoiser, fingerprint="0" * 12))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Study, "identified", slow)
        next(phases(study, ["screen"], workers=1))
    assert Study.open("streets", settings).spec.frame.size == 99


def test_two_imports_at_once_leave_a_whole_dataset(source: Path, settings: Settings) -> None:
    def read() -> None:
        list(Import("streets", str(source), StudySpec("place"), settings))

    for _ in range(5):
        with ThreadPoolExecutor(4) as pool:
            for done in [pool.submit(read) for _ in range(4)]:
                done.result()
        assert len(Study.open("streets", settings).pictures) == 6


def test_one_label_alone_is_no_study_and_leaves_no_dataset(source: Path, settings: Settings) -> None:
    rows = "\n".join(f"images/{number}.png,Paris" for number in range(6))
    (source / "metadata.csv").write_text(f"file_name,place\n{rows}\n")
    with pytest.raises(UserError):
        list(Import("streets", str(source), StudySpec("place"), settings))
    assert not list(settings.cache.rglob("*.parquet"))


def test_a_label_column_may_not_be_called_as_the_store_calls_its_parts(
    source: Path, settings: Settings
) -> None:
    rows = "\n".join(f"images/{number}.png,{'ab'[number % 2]}" for number in range(6))
    (source / "metadata.csv").write_text(f"file_name,shard\n{rows}\n")
    with pytest.raises(UserError):
        list(Import("streets", str(source), StudySpec("shard"), settings))
