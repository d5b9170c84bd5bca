"""Slices of NIfTI files and DICOM series: the right plane, the right way up, not squashed, or a reason."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import nibabel
import numpy as np
import pytest

from core.dataset.files import PictureError
from core.dataset.importers import find, read
from core.dataset.pictures import load_picture
from core.dataset.slices import named
from core.specs import SliceSpec
from tests.core.dataset.scans import gradient, nifti, series

X, Y, Z = 24, 20, 16


def landmarks() -> np.ndarray:
    """Noise, darker to the left (x = 0), with one bright corner: right, front, top."""
    voxels = np.random.default_rng(1).integers(100, 200, (X, Y, Z)).astype(np.int16)
    voxels[-6:, -6:, -6:] = 1000
    return voxels


def slices(folder: Path, axis: str, every: int = 1):
    return read(find(folder, slices=SliceSpec(axis, every)))


def picture(row) -> np.ndarray:
    return load_picture(row["path"], row["sha256"])[..., 0].astype(int)


def bright_corner(grey: np.ndarray) -> tuple[str, str]:
    rows, columns = np.nonzero(grey > 250)
    height, width = grey.shape
    return "top" if rows.mean() < height / 2 else "bottom", "left" if columns.mean() < width / 2 else "right"


@pytest.mark.parametrize("name", ["a.nii", "a.nii.gz"])
@pytest.mark.parametrize(
    ("axis", "count", "size", "corner"),
    [
        ("axial", Z, (X, Y), ("top", "left")),  # the patient's right is on the left
        ("coronal", Y, (X, Z), ("top", "left")),
        ("sagittal", X, (Y, Z), ("top", "left")),  # the front is on the left
    ],
)
def test_nifti__every_axis_the_right_way_up(tmp_path, name, axis, count, size, corner):
    nifti(tmp_path / "ill" / name, landmarks())
    pictures, failures = slices(tmp_path, axis)
    assert failures.empty and len(pictures) == count
    assert set(zip(pictures["width"], pictures["height"], strict=True)) == {size}
    assert pictures["slice"].tolist() == list(range(count)) and set(pictures["volume"]) == {f"ill/{name}"}
    assert bright_corner(picture(pictures.iloc[-2])) == corner
    assert picture(pictures.iloc[1]).max() < 250


def test_nifti__whatever_order_its_axes_have(tmp_path):
    """The same head, stored from head to feet and with x and y exchanged."""
    plain = nifti(tmp_path / "1" / "a.nii", landmarks())
    turned = landmarks()[:, :, ::-1].transpose(1, 0, 2)
    affine = np.array([[0, 1.0, 0, 0], [1, 0, 0, 0], [0, 0, -1, 0], [0, 0, 0, 1]])
    (tmp_path / "2").mkdir()
    nibabel.save(nibabel.Nifti1Image(turned, affine), tmp_path / "2" / "b.nii")
    for axis in ("axial", "coronal", "sagittal"):
        one, other = load_picture(f"{plain}#{axis}=12"), load_picture(f"{tmp_path / '2' / 'b.nii'}#{axis}=12")
        assert np.array_equal(one, other)


def test_nifti__thick_slices_are_not_squashed(tmp_path):
    nifti(tmp_path / "ill" / "a.nii.gz", landmarks(), (0.5, 0.5, 3.0))
    pictures, _ = slices(tmp_path, "coronal", 5)
    assert pictures["slice"].tolist() == [2, 7, 12, 17]
    assert set(zip(pictures["width"], pictures["height"], strict=True)) == {(X, 6 * Z)}
    assert set(slices(tmp_path, "axial", 9)[0]["height"]) == {Y}


def test_nifti__one_grey_scale_for_all_slices(tmp_path):
    voxels = np.tile(gradient(0, 1000, Y, X).T[:, :, None], Z).astype(np.float32)
    voxels[:, :, 3] /= 2
    voxels[0, 0, 0] = np.nan
    nifti(tmp_path / "told.nii", voxels, cal_min=200, cal_max=600)
    dim, bright = (load_picture(f"{tmp_path / 'told.nii'}#axial={k}")[..., 0].astype(int) for k in (3, 4))
    expected = np.clip((voxels[:, :, 4].T[::-1, ::-1] - 200) / 400, 0, 1) * 255
    assert abs(bright - expected).max() <= 1
    assert dim.max() < 200
    nifti(tmp_path / "untold.nii", voxels)
    assert np.ptp(load_picture(f"{tmp_path / 'untold.nii'}#axial=4").astype(int)) > 240


def test_nifti__scaled_and_signed(tmp_path):
    image = nibabel.Nifti1Image(gradient(-1000, 1000, Y, X).T[:, :, None].astype(np.int16), np.eye(4))
    image.header.set_slope_inter(2.5, -7)
    nibabel.save(image, tmp_path / "a.nii")
    grey = load_picture(f"{tmp_path / 'a.nii'}#axial=0")[..., 0].astype(int)
    assert grey[0, 0] > 240 and grey[-1, -1] < 15 and 110 < grey[Y // 2, X // 2] < 145


def test_blank_slices_and_broken_files_have_reasons(tmp_path):
    voxels = landmarks()
    voxels[:, :, :3] = 0
    path = nifti(tmp_path / "ill" / "a.nii.gz", voxels)
    (tmp_path / "ill" / "cut.nii.gz").write_bytes(path.read_bytes()[:-900])
    (tmp_path / "ill" / "no.nii").write_text("a letter")
    nibabel.save(
        nibabel.Nifti1Image(np.zeros((9, 9, 9, 3), np.float32), np.eye(4)), tmp_path / "ill" / "t.nii"
    )
    pictures, failures = slices(tmp_path, "axial")
    assert len(pictures) == Z - 3
    reasons = failures.groupby("reason")["file_name"].apply(list).to_dict()
    assert reasons.pop("shows nothing: all its pixels are one grey") == [
        f"ill/a.nii.gz#axial={k}" for k in range(3)
    ]
    assert {name for names in reasons.values() for name in names} >= {"ill/no.nii", "ill/t.nii"}
    assert any(name.startswith("ill/cut.nii.gz") for names in reasons.values() for name in names)


def test_a_volume_without_an_axis_is_a_row_with_a_reason(tmp_path):
    nifti(tmp_path / "ill" / "a.nii.gz", landmarks())
    _, failures = read(find(tmp_path))
    assert failures["reason"].tolist() == [
        "is a volume, and nothing says how it is cut into slices: choose an axis"
    ]


def test_a_volume_that_changed_is_not_the_one_imported(tmp_path):
    path = nifti(tmp_path / "ill" / "a.nii.gz", landmarks())
    pictures, _ = slices(tmp_path, "axial", 4)
    row = pictures.iloc[0]
    picture(row)
    other = landmarks()
    other[0, 0, 0] += 1  # far from that slice
    nifti(path, other)
    os.utime(path, ns=(1, 1))
    with pytest.raises(PictureError, match="changed since it was imported"):
        picture(row)


def test_a_packed_bomb_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("core.dataset.nifti.MAX_VOXEL_BYTES", 10_000)
    path = nifti(tmp_path / "a.nii.gz", landmarks())
    assert len(gzip.decompress(path.read_bytes())) > 10_000
    with pytest.raises(PictureError, match="too large"):
        load_picture(f"{path}#axial=1")


def test_series__the_same_slices_as_the_same_head_in_nifti(tmp_path):
    """DICOM's rows go to the left and its columns to the back: a head in both must look the same."""
    head = landmarks()
    stacked = head.transpose(2, 1, 0)[:, ::-1, ::-1]
    series(tmp_path / "dicom" / "p1", np.ascontiguousarray(stacked), apart=2.0)
    path = nifti(tmp_path / "n.nii", head, (1, 1, 2.0))
    for axis, count in (("axial", Z), ("coronal", Y), ("sagittal", X)):
        pictures, failures = slices(tmp_path / "dicom", axis)
        assert failures.empty and pictures["slice"].tolist() == list(range(count))
        assert set(pictures["label"]) == {"p1"} and pictures["volume"].nunique() == 1
        for number in (2, count - 2):
            same = load_picture(f"{path}#{axis}={number}")[..., 0].astype(int)
            assert np.array_equal(picture(pictures.iloc[number]), same)


def test_series__missing_slices_are_named_and_not_made_up(tmp_path):
    stacked = np.stack([gradient(0, 500 + 20 * n) for n in range(12)])
    series(tmp_path / "ill", stacked, without=(4, 5))
    pictures, failures = slices(tmp_path, "axial", 3)
    assert pictures["slice"].tolist() == [1, 7, 10]
    missing = dict(zip(failures["file_name"], failures["reason"], strict=True))
    assert list(missing) == ["ill/IM0000#axial=4", "ill/IM0000#axial=5"]
    assert set(missing.values()) == {"is missing between the other slices of its volume"}
    _, failures = slices(tmp_path, "sagittal")
    assert failures["reason"].tolist() == [
        "cannot be cut into sagittal slices, since some of its own are missing (no. 4, 5)"
    ]


def test_series__unevenly_apart(tmp_path):
    stacked = np.stack([gradient(0, 500 + 20 * n) for n in range(5)])
    series(tmp_path / "ill", stacked, places=[0, 1, 2.4, 3, 4.7])
    assert slices(tmp_path, "axial")[0]["slice"].tolist() == [0, 1, 2, 3, 4]
    assert "unevenly apart" in slices(tmp_path, "coronal")[1]["reason"].iloc[0]


def test_series__odd_spacing_and_its_window(tmp_path):
    stacked = np.stack([gradient(-1000, 1000 + 20 * n) for n in range(6)])
    facts = {"RescaleSlope": 2, "RescaleIntercept": 10, "WindowCenter": 0, "WindowWidth": 400}
    series(tmp_path / "ill", stacked, apart=8.0, pixel=(2.0, 1.0), **facts)
    axial = slices(tmp_path, "axial")[0]
    assert axial.loc[0, ["width", "height"]].tolist() == [32, 64]
    grey = picture(axial.iloc[0])
    assert (grey == 0).mean() > 0.3 and (grey == 255).mean() > 0.3
    coronal = slices(tmp_path, "coronal")[0]
    assert coronal.loc[0, ["width", "height"]].tolist() == [32, 48]


def test_series__monochrome1_and_patients_in_one_folder(tmp_path):
    stacked = np.stack([gradient(0, 900 + 20 * n) for n in range(4)])
    series(tmp_path / "ill", stacked)
    for file in (tmp_path / "ill").iterdir():
        file.rename(file.with_name(f"A{file.name}.dcm"))
    series(tmp_path / "ill", stacked + 1, PhotometricInterpretation="MONOCHROME1")
    pictures, failures = slices(tmp_path, "axial")
    assert failures.empty and pictures["volume"].nunique() == 2 and len(pictures) == 8
    plain, turned = (picture(rows.iloc[1]) for _, rows in pictures.groupby("volume"))
    assert abs(plain + turned - 255).max() <= 1


def test_files_of_a_series_with_labels_of_their_own_stay_pictures(tmp_path):
    files = series(tmp_path / "scans", np.stack([gradient(0, 900 + 20 * n) for n in range(3)]))
    lines = [
        f"scans/{file.name},{label}" for file, label in zip(files, ("mass", "none", "mass"), strict=True)
    ]
    (tmp_path / "list.csv").write_text("\n".join(["file_name,finding", *lines]))
    pictures, _ = read(find(tmp_path / "list.csv", slices=SliceSpec()))
    assert len(pictures) == 3 and "slice" not in pictures


def test_a_table_may_name_volumes_folders_and_single_slices(tmp_path):
    series(tmp_path / "p1", np.stack([gradient(0, 900 + 20 * n) for n in range(3)]))
    nifti(tmp_path / "a.nii.gz", landmarks())
    nifti(tmp_path / "b.nii.gz", landmarks() + 1)
    rows = ["file_name,finding", "p1,mass", "a.nii.gz,none", "b.nii.gz#coronal=7,none"]
    (tmp_path / "list.csv").write_text("\n".join(rows))
    pictures, failures = read(find(tmp_path / "list.csv", slices=SliceSpec("axial", 8)))
    assert failures.empty
    assert pictures["file_name"].tolist() == [
        "a.nii.gz#axial=3", "a.nii.gz#axial=11", "b.nii.gz#coronal=7", "p1/IM0000#axial=1",
    ]  # fmt: skip
    assert pictures["finding"].tolist() == ["none", "none", "none", "mass"]


def test_slice_spec():
    assert SliceSpec(every=5).chosen(20) == [2, 7, 12, 17]
    assert SliceSpec().chosen(3) == [0, 1, 2]
    assert SliceSpec(every=50).chosen(3) == [1]
    assert named("a#axial=3.png") is None and named("a#b#frame=3").file == "a#b"
