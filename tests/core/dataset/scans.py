"""Scans made on the spot: DICOM and NIfTI files of little gradients, with a patient's name in each header."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nibabel
import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, generate_uid

PATIENT = "DOE^JANE"
SIDE = 32


def gradient(low: int = 0, high: int = 1000, rows: int = SIDE, columns: int = SIDE) -> NDArray[np.int16]:
    """Values that grow to the right, and a little downwards."""
    across = np.linspace(low, high, columns)
    return np.rint(across + np.arange(rows)[:, None]).astype(np.int16)


def dicom(path: Path, pixels: NDArray[Any], **facts: Any) -> Path:
    """Write these pixels, (H, W) or (frames, H, W) of 16 bits, or (H, W, 3) of 8; `facts` are added."""
    path.parent.mkdir(parents=True, exist_ok=True)
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = CTImageStorage
    meta.MediaStorageSOPInstanceUID = generate_uid()
    meta.TransferSyntaxUID = facts.pop("syntax", ExplicitVRLittleEndian)
    head = FileDataset(str(path), {}, file_meta=meta, preamble=b"\0" * 128)
    head.SOPClassUID, head.SOPInstanceUID = meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID
    head.PatientName, head.PatientID, head.InstitutionName = PATIENT, "ID-778899", "St. Nowhere Hospital"
    colour = pixels.ndim == 3 and pixels.shape[-1] == 3
    if pixels.ndim == 3 and not colour:
        head.NumberOfFrames = len(pixels)
    head.Rows, head.Columns = pixels.shape[:2] if colour else pixels.shape[-2:]
    head.SamplesPerPixel, head.PhotometricInterpretation = (3, "RGB") if colour else (1, "MONOCHROME2")
    if colour:
        head.PlanarConfiguration = 0
    bits = 8 * pixels.dtype.itemsize
    head.BitsAllocated = head.BitsStored = bits
    head.HighBit = bits - 1
    head.PixelRepresentation = int(pixels.dtype.kind == "i")
    head.PixelData = pixels.tobytes()
    for name, value in facts.items():
        setattr(head, name, value)
    head.save_as(path, enforce_file_format=True)
    return path


def series(
    folder: Path,
    volume: NDArray[np.int16],
    apart: float = 2.0,
    pixel: tuple[float, float] = (1.0, 1.0),
    without: tuple[int, ...] = (),
    places: list[float] | None = None,
    **facts: Any,
) -> list[Path]:
    """Axial files, (slices, rows, columns) of a head that lies as usual, in an order that tells nothing."""
    one, files = generate_uid(), []
    for number, plane in enumerate(volume):
        if number in without:
            continue
        height = places[number] if places else apart * number
        files.append(dicom(
            folder / f"IM{(number * 7) % 100:04}", plane, SeriesInstanceUID=one,
            ImageOrientationPatient=[1, 0, 0, 0, 1, 0], ImagePositionPatient=[-10, -20, height],
            PixelSpacing=list(pixel), InstanceNumber=number + 1, **facts,
        ))  # fmt: skip
    return files


def nifti(
    path: Path, voxels: NDArray[Any], zooms: tuple[float, float, float] = (1, 1, 1), **header: Any
) -> Path:
    """Write voxels (x, y, z) that grow to the right, to the front and upwards."""
    path.parent.mkdir(parents=True, exist_ok=True)
    image = nibabel.Nifti1Image(voxels, np.diag([*zooms, 1.0]))
    image.header["descrip"] = PATIENT.encode()
    for name, value in header.items():
        image.header[name] = value
    nibabel.save(image, path)
    return path


def head_of(path: Path) -> Dataset:
    """The whole header of a file that was written here."""
    from pydicom import dcmread

    return dcmread(path)
