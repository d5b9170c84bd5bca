"""study.json comes back as it went, and says what is wrong when it does not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from core.errors import UserError
from core.specs import DenoiserSpec, NoiseSpec, StudySpec, TypicalitySpec
from core.store import studies
from core.store.layout import Layout
from core.store.studies import StudyFile


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(tmp_path)


def file(name: str = "streets") -> StudyFile:
    spec = StudySpec("place", typicality=TypicalitySpec(NoiseSpec(samples=64, t_max=0.5), labels="all"))
    return StudyFile(name, "/data/streets.csv", "/data", "f" * 12, spec)


def test_round_trip(layout: Layout) -> None:
    studies.save(layout, file())
    assert studies.load(layout, "streets") == file()


def test_what_lies_in_the_cache_moves_with_it(tmp_path: Path) -> None:
    here, there = Layout(tmp_path / "here"), Layout(tmp_path / "there")
    here.model("small").mkdir(parents=True)
    drawn = str(here.demo_pictures)
    spec = StudySpec("place", denoiser=DenoiserSpec(str(here.model("small")), text_encoder="owner/clip"))
    studies.save(here, StudyFile("demo", drawn, drawn, "f" * 12, spec))
    assert str(tmp_path) not in here.study_file("demo").read_text()
    here.cache.rename(there.cache)
    moved = studies.load(there, "demo")
    assert moved.source == moved.folder == str(there.demo_pictures)
    assert moved.spec.denoiser == DenoiserSpec(str(there.model("small")), text_encoder="owner/clip")


def test_all_studies_sorted(layout: Layout) -> None:
    for name in ("streets", "cars"):
        studies.save(layout, file(name))
    layout.public.mkdir(parents=True)
    assert studies.names(layout) == ["cars", "streets"]


def test_an_unknown_study_names_those_there_are(layout: Layout) -> None:
    studies.save(layout, file())
    with pytest.raises(UserError, match=r'no study "cars" \(there is: streets\)'):
        studies.load(layout, "cars")


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"\xff\xfe{}", b'{"name": "x"}'])
def test_a_damaged_file_is_named(layout: Layout, content: bytes) -> None:
    studies.save(layout, file())
    layout.study_file("streets").write_bytes(content)
    with pytest.raises(UserError, match=r"study\.json is damaged"):
        studies.load(layout, "streets")


@pytest.mark.parametrize(("field", "value"), [("fit", "stretch"), ("size", "big")])
def test_a_value_that_cannot_be_is_named(layout: Layout, field: str, value: str) -> None:
    studies.save(layout, file())
    path = layout.study_file("streets")
    content = json.loads(path.read_text())
    content["spec"]["frame"][field] = value
    path.write_text(json.dumps(content))
    with pytest.raises(UserError, match=f"spec.frame.{field}"):
        studies.load(layout, "streets")


def test_a_newer_version_is_refused(layout: Layout) -> None:
    studies.save(layout, file())
    path = layout.study_file("streets")
    path.write_text(path.read_text().replace('"store_version": 1', '"store_version": 99'))
    with pytest.raises(UserError, match="newer version"):
        studies.load(layout, "streets")


@pytest.mark.parametrize(
    "name", ["", ".", "..", "a/b", "a b", "-a", "é", "public", "models", "x" * 65, "a\n"]
)
def test_names_that_cannot_be_folders(layout: Layout, name: str) -> None:
    with pytest.raises(UserError):
        layout.study(name)


def test_the_folders_read_as_the_pipeline(layout: Layout) -> None:
    assert layout.stage("streets", "dataset").name == "00_dataset"
    assert layout.artifact("streets", "patches", "abc") == layout.cache / "streets" / "30_patches" / "abc"


def test_a_copy_of_a_study_is_none(tmp_path: Path) -> None:
    for name in ("mine", "mine.bak", "jobs"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "study.json").write_text("{}")
    assert studies.names(Layout(tmp_path)) == ["mine"]
