"""A study of scans: slices all the way through a stage, and no patient's name anywhere in what is kept."""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from core.cli import app
from core.config import Settings
from core.dataset.pictures import load_picture
from core.errors import UserError
from core.exporting import Export
from core.specs import DenoiserSpec, SliceSpec, StudySpec
from core.store import looks
from core.store.layout import Layout
from core.store.tiles import make_tiles
from core.store.uploads import Upload
from core.study import Study
from tests.core.dataset.scans import dicom, gradient, nifti, series
from tests.core.tiny import use_tiny_stages

SECRETS = (b"DOE", b"JANE", b"778899", b"St. Nowhere")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(cache=tmp_path / "cache")


@pytest.fixture
def study(tmp_path: Path, settings: Settings) -> Study:
    """Three kinds of scans under two labels, among them some that cannot be used."""
    folder = tmp_path / "scans"
    stack = np.stack([gradient(0, 500 + 20 * n) for n in range(12)])
    series(folder / "ill" / "p1", stack, without=(4,))
    dicom(folder / "ill" / "alone.dcm", gradient(0, 300))
    dicom(folder / "ill" / "burnt.dcm", gradient(), BurnedInAnnotation="YES")
    dicom(folder / "ill" / "odd.dcm", gradient(), Rows=40)
    noise = np.random.default_rng(0).integers(0, 900, (20, 24, 16)).astype(np.int16)
    nifti(folder / "well" / "p2.nii.gz", noise)
    dicom(folder / "well" / "us", np.stack([gradient(0, 700 + 9 * n) for n in range(3)]))
    names = ("ill/p1", "ill/alone.dcm", "ill/burnt.dcm", "ill/odd.dcm", "well/p2.nii.gz", "well/us")
    rows = [f"{name},{name.split('/')[0]}" for name in names]
    (folder / "metadata.csv").write_text("\n".join(["file_name,place", *rows]))
    spec = StudySpec("place", slices=SliceSpec("axial", 4), denoiser=DenoiserSpec(fingerprint="0" * 12))
    return Study.create("scans", str(folder), spec, settings)


def kept(folder: Path) -> Iterator[tuple[Path, bytes]]:
    yield from ((file, file.read_bytes()) for file in folder.rglob("*") if file.is_file())


def test_slices_are_pictures_of_the_study(study: Study) -> None:
    table = study.pictures.sort_values("file_name")
    assert table["file_name"].tolist() == [
        "ill/alone.dcm", "ill/p1/IM0000#axial=1", "ill/p1/IM0000#axial=5", "ill/p1/IM0000#axial=9",
        "well/p2.nii.gz#axial=1", "well/p2.nii.gz#axial=13", "well/p2.nii.gz#axial=5",
        "well/p2.nii.gz#axial=9", "well/us#frame=1",
    ]  # fmt: skip
    assert study.label_columns == ("place",)
    assert table["slice"].dropna().tolist() == [1, 5, 9, 1, 13, 5, 9, 1]
    for row in table.to_dict("records"):
        assert load_picture(row["path"], row["sha256"]).shape[:2] == (row["height"], row["width"])
    dataset = study.artifact("dataset")
    assert dataset is not None and dataset.manifest["medical"]
    reasons = dataset.table("failures").set_index("file_name")["reason"]
    assert "is missing between" in reasons["ill/p1/IM0000#axial=4"] and len(reasons) == 3


def test_nothing_of_a_patient_is_kept(
    study: Study, settings: Settings, tmp_path: Path, monkeypatch, capfd
) -> None:
    use_tiny_stages(monkeypatch)
    for name in ("screen", "typicality"):
        for _ in study.run(name):
            pass
    assert list(make_tiles(study, study.pictures.index)) == list(study.pictures.index)
    files = list(kept(settings.cache))
    assert len(files) > 10
    assert not [file for file, content in files for secret in SECRETS if secret in content]
    told = "".join(capfd.readouterr())
    assert not [secret for secret in SECRETS if secret.decode() in told]
    size = sum(len(content) for file, content in files if file.suffix != ".webp")
    assert size < 100_000, "pixels of volumes are kept"


def test_a_scan_is_never_copied_into_the_cache(settings: Settings, tmp_path: Path) -> None:
    content = dicom(tmp_path / "a.dcm", gradient()).read_bytes()
    with pytest.raises(UserError, match="DICOM file, whose header may name a patient"):
        looks.bring("scans", content, settings)
    for name, data in (("ill/IM1", content), ("ill/a.nii", nifti(tmp_path / "a.nii", np.ones((9, 9, 9))))):
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as file:
            file.writestr(name, data if isinstance(data, bytes) else data.read_bytes())
        with pytest.raises(UserError, match=r"holds a medical scan.*nothing is kept"):
            list(Upload("mine", packed, settings))
    assert not [file for file, _ in kept(settings.cache)]


def test_what_is_handed_to_others_is_pixels(study: Study, tmp_path: Path, monkeypatch) -> None:
    export = Export(study, "fiftyone", tmp_path / "out")
    table = study.pictures.reset_index().rename(columns={"picture": "image_id"})
    copied = list(export._copy_pictures(tmp_path / "out", table))
    found = list(kept(tmp_path / "out"))
    assert len(found) == len(copied) == len(table) and {file.suffix for file, _ in found} == {".png"}
    assert not [secret for _, content in found for secret in SECRETS if secret in content]


def test_the_command_line_cuts_volumes(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("TYPISCOPE_CACHE", str(tmp_path / "cache"))
    voxels = np.random.default_rng(0).integers(0, 900, (20, 24, 16)).astype(np.int16)
    for number, label in enumerate(("ill", "well")):
        nifti(tmp_path / "scans" / label / "a.nii.gz", voxels + number)
    command = ["import", str(tmp_path / "scans"), "--axis", "coronal", "--every", "8"]
    assert CliRunner().invoke(app, command).exit_code == 0
    study = Study.open("scans", Settings(cache=tmp_path / "cache"))
    assert study.spec.slices == SliceSpec("coronal", 8)
    assert sorted(study.pictures["slice"]) == [3, 3, 11, 11, 19, 19]
    assert CliRunner().invoke(app, ["import", str(tmp_path / "scans")]).exit_code == 0
    assert Study.open("scans", study.settings).dataset == study.dataset
    without = CliRunner().invoke(app, ["import", str(tmp_path / "scans"), "--name", "other"])
    assert without.exit_code == 2 and "choose an axis" in without.output


def test_an_upload_somebody_may_be_reading_is_not_replaced(tmp_path: Path) -> None:
    settings = Settings(cache=tmp_path / "cache")

    def packed(name: str) -> io.BytesIO:
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w") as archive:
            archive.writestr(name, b"picture")
        content.seek(0)
        return content

    list(Upload("mine", packed("a/1.png"), settings))
    with pytest.raises(UserError, match="Somebody is bringing"):
        Upload("mine", packed("b/2.png"), settings)
    folder = Layout(settings.cache).upload("mine")
    assert [file.name for file in folder.rglob("*.png")] == ["1.png"]
    list(Upload("mine", packed("b/2.png"), settings, own=True))
    os.utime(folder, (0, 0))
    list(Upload("mine", packed("c/3.png"), settings))
    assert [file.name for file in folder.rglob("*.png")] == ["3.png"]
