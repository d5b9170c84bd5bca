"""DICOM files as pictures: what a viewer would show, or a reason that names no patient."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pydicom.dataset import Dataset
from pydicom.uid import JPEG2000Lossless, JPEGLSLossless, RLELossless

from core.dataset.files import PictureError
from core.dataset.importers import find, read
from core.dataset.pictures import load_picture
from tests.core.dataset.scans import PATIENT, SIDE, dicom, gradient, head_of, series


def shown(path: Path) -> np.ndarray:
    """The greys of a picture, which has no colours."""
    pixels = load_picture(path)
    assert pixels.dtype == np.uint8 and (pixels[..., 0] == pixels[..., 2]).all()
    return pixels[..., 0].astype(int)


def test_without_a_window_from_the_least_value_to_the_greatest(tmp_path):
    values = gradient(-1000, 3000)
    grey = shown(dicom(tmp_path / "a.dcm", values))
    expected = np.rint(255 * (values - float(values.min())) / (float(values.max()) - values.min()))
    assert np.array_equal(grey, expected)
    assert (grey.min(), grey.max()) == (0, 255)


def test_window_of_what_was_measured__not_of_what_is_stored(tmp_path):
    """-1024 is added to what is stored; the window of soft tissue is 40, 400 wide."""
    stored = gradient(0, 2000).astype(np.uint16)
    facts = {
        "RescaleSlope": 1,
        "RescaleIntercept": -1024,
        "WindowCenter": [40, 600],
        "WindowWidth": [400, 1600],
    }
    grey = shown(dicom(tmp_path / "a.dcm", stored, **facts))
    measured = stored.astype(float) - 1024
    expected = 255 * np.clip((measured - 39.5) / 399 + 0.5, 0, 1)
    assert abs(grey - expected).max() <= 1
    assert (grey == 0).mean() > 0.3 and (grey == 255).mean() > 0.2


def test_monochrome1_is_inverted_with_and_without_a_window(tmp_path):
    for number, facts in enumerate(({}, {"WindowCenter": 500, "WindowWidth": 400})):
        plain = shown(dicom(tmp_path / f"{number}.dcm", gradient(), **facts))
        turned = dicom(
            tmp_path / f"{number}t.dcm", gradient(), PhotometricInterpretation="MONOCHROME1", **facts
        )
        assert np.array_equal(shown(turned), 255 - plain)


def test_table_of_values_of_interest(tmp_path):
    table = Dataset()
    table.LUTDescriptor = [256, 0, 12]
    table.LUTData = ((255 - np.arange(256)) * 16).astype(np.uint16).tobytes()
    values = gradient(0, 255, rows=SIDE).clip(0, 255).astype(np.uint16)
    grey = shown(dicom(tmp_path / "a.dcm", values, VOILUTSequence=[table], BitsStored=8, HighBit=7))
    assert abs(grey - (255 - values.astype(int))).max() <= 1


def test_filling_around_a_round_picture_is_not_the_darkest_grey(tmp_path):
    values = gradient(0, 1000)
    values[:4] = -2000
    grey = shown(dicom(tmp_path / "a.dcm", values, PixelPaddingValue=-2000))
    assert grey[4].min() < 5 and (grey[:4] == 0).all()
    assert np.ptp(grey[10]) > 200


def test_colours_stay(tmp_path):
    colours = np.random.default_rng(0).integers(0, 255, (SIDE, SIDE, 3), np.uint8)
    assert np.array_equal(load_picture(dicom(tmp_path / "a.dcm", colours)), colours)


@pytest.mark.parametrize(("spacing", "size"), [((2, 1), (32, 64)), ((0.5, 1), (64, 32)), ((0, 1), (32, 32))])
def test_pixels_are_square(tmp_path, spacing, size):
    pixels = load_picture(dicom(tmp_path / "a.dcm", gradient(), PixelSpacing=list(spacing)))
    assert pixels.shape[1::-1] == size


def test_packed_without_loss_is_the_same_picture(tmp_path):
    plain = load_picture(dicom(tmp_path / "plain.dcm", gradient()))
    head = head_of(tmp_path / "plain.dcm")
    head.compress(RLELossless)
    head.save_as(tmp_path / "packed.dcm")
    assert np.array_equal(load_picture(tmp_path / "packed.dcm"), plain)


def declared(path: Path, syntax: str) -> Path:
    """A file that says it is packed so."""
    head = head_of(dicom(path, gradient()))
    from pydicom.encaps import encapsulate

    head.PixelData = encapsulate([b"\0" * 64])
    head["PixelData"].is_undefined_length = True
    head.file_meta.TransferSyntaxUID = syntax
    head.save_as(path)
    return path


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda p: declared(p, JPEGLSLossless), "packed as JPEG-LS.*needs a decoder that is not installed"),
        (lambda p: declared(p, JPEG2000Lossless), "is cut short or damaged"),
        (lambda p: declared(p, "1.2.840.10008.1.2.4.100"), "packed as MPEG2.*not read here"),
        (lambda p: dicom(p, gradient(), BurnedInAnnotation="YES"), "text is burnt into its pixels"),
        (lambda p: dicom(p, gradient(rows=4)), "too small"),
        (lambda p: dicom(p, gradient(), PixelSpacing=[20, 1]), "too narrow"),
        (lambda p: dicom(p, gradient(), Rows=40), "cut short or damaged"),
        (lambda p: dicom(p, np.stack([gradient()] * 3)), "holds 3 pictures, of which none is named"),
    ],
)
def test_what_cannot_be_shown_has_a_reason_without_the_patient(tmp_path, make, reason):
    with pytest.raises(PictureError, match=reason) as caught:
        load_picture(make(tmp_path / "a.dcm"))
    assert "DOE" not in str(caught.value) and "778899" not in str(caught.value)


def test_one_without_pixels_and_one_cut_short(tmp_path):
    head = head_of(dicom(tmp_path / "a.dcm", gradient()))
    del head.PixelData
    head.save_as(tmp_path / "a.dcm")
    with pytest.raises(PictureError, match="holds no picture"):
        load_picture(tmp_path / "a.dcm")
    whole = dicom(tmp_path / "b.dcm", gradient()).read_bytes()
    for length in (140, 300, len(whole) - 50):
        (tmp_path / "b.dcm").write_bytes(whole[:length])
        with pytest.raises(PictureError) as caught:
            load_picture(tmp_path / "b.dcm")
        assert PATIENT not in str(caught.value)


def test_folders_of_labels__whatever_the_files_are_called(tmp_path):
    dicom(tmp_path / "well" / "1.dcm", gradient(0, 900))
    dicom(tmp_path / "well" / "IM000002", gradient(0, 800))
    dicom(tmp_path / "ill" / "1.2.840.77", gradient(0, 700))
    shutil.copy(tmp_path / "well" / "1.dcm", tmp_path / "ill" / "DICOMDIR")
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (16, 16), np.uint8)).save(
        tmp_path / "ill/3.png"
    )
    (tmp_path / "ill" / "README").write_text("no picture")
    pictures, failures = read(find(tmp_path))
    assert pictures["file_name"].tolist() == ["ill/1.2.840.77", "ill/3.png", "well/1.dcm", "well/IM000002"]
    assert failures.empty and "slice" not in pictures


def test_a_table_of_files(tmp_path):
    dicom(tmp_path / "scans" / "1.dcm", gradient(0, 900))
    declared(tmp_path / "scans" / "2.dcm", JPEGLSLossless)
    (tmp_path / "list.csv").write_text("file_name,finding\nscans/1.dcm,none\nscans/2.dcm,mass\n")
    pictures, failures = read(find(tmp_path / "list.csv"))
    assert pictures[["file_name", "finding"]].to_numpy().tolist() == [["scans/1.dcm", "none"]]
    assert failures["reason"].str.contains("needs a decoder").all() and len(failures) == 1


def test_without_an_axis_files_of_a_series_are_pictures_like_any_other(tmp_path):
    series(tmp_path / "ill", np.stack([gradient(0, 500 + 50 * n) for n in range(4)]))
    pictures, _ = read(find(tmp_path))
    assert len(pictures) == 4 and "slice" not in pictures


def test_files_of_many_pictures_are_slices(tmp_path):
    frames = np.stack([gradient(0, 500 + 50 * n) for n in range(4)])
    dicom(tmp_path / "ill" / "us.dcm", frames)
    dicom(tmp_path / "well" / "one.dcm", gradient())
    pictures, failures = read(find(tmp_path))
    assert failures.empty
    assert pictures["file_name"].tolist() == [*(f"ill/us.dcm#frame={n}" for n in range(4)), "well/one.dcm"]
    assert pictures["slice"].tolist()[:4] == [0, 1, 2, 3] and pictures["volume"][0] == "ill/us.dcm"
    assert pictures["slice"].isna()[4]
    row = pictures.iloc[2]
    same = load_picture(dicom(tmp_path / "alone.dcm", frames[2]))
    assert np.array_equal(load_picture(row["path"], row["sha256"]), same)
