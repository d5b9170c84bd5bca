"""NIfTI files (`.nii`, `.nii.gz`) as volumes."""

from __future__ import annotations

import gzip
import hashlib
import io
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from core.dataset.files import PictureError, read_bytes
from core.dataset.volumes import Shape, Volume, ends

SUFFIXES = (".nii", ".nii.gz")
MAX_VOXEL_BYTES = 4 << 30
"""Of an unpacked file: more is no scan but a bomb."""
_PACKED = b"\x1f\x8b"


def promises(path: Path) -> bool:
    """Whether a file is a volume by its name."""
    return path.name.lower().endswith(SUFFIXES)


def is_nifti(data: bytes) -> bool:
    """Whether bytes begin as a NIfTI file does, packed or not."""
    if data[:2] == _PACKED:
        try:
            data = zlib.decompressobj(31).decompress(data, 400)
        except zlib.error:
            return False
    return data[344:348] in (b"n+1\0", b"ni1\0") or data[4:12] == b"n+2\0\r\n\x1a\n"


def shape_of(path: Path) -> Shape:
    """How many slices a file holds along each side, from its header alone.

    Raises:
        PictureError: it is no such file, or no volume of grey values.
    """
    import nibabel

    try:
        return _shape(nibabel.load(path))
    except PictureError:
        raise
    except Exception as error:  # nibabel raises nearly anything when given damaged bytes
        raise PictureError("is no NIfTI volume that can be read") from error


def load(path: Path) -> Volume:
    """Read a volume whole, its greys as its header says (`cal_min`, `cal_max`), else by its values.

    Raises:
        PictureError: as `shape_of`; or it is cut short.
    """
    from nibabel import Nifti1Image, Nifti2Image, as_closest_canonical

    data = read_bytes(path)
    sha256, content = hashlib.sha256(data).hexdigest(), _unpacked(data)
    kind = Nifti2Image if content[4:8] == b"n+2\0" else Nifti1Image
    try:
        image = kind.from_bytes(content)
        shape = _shape(image)
        whole = image.slicer[..., 0] if len(image.shape) == 4 else image
        flat = kind(_values(whole).reshape((*whole.shape, 1)[:3]), image.affine)
        upright = as_closest_canonical(flat)
        voxels, zooms = np.asanyarray(upright.dataobj), upright.header.get_zooms()
    except PictureError:
        raise
    except Exception as error:
        raise PictureError("is cut short or damaged") from error
    told = float(image.header["cal_min"]), float(image.header["cal_max"])
    black, white = told if told[0] < told[1] else ends(voxels)
    spacing = (float(zooms[0]), float(zooms[1]), float(zooms[2]))
    return Volume(voxels, spacing, black, white, shape, sha256)


def _shape(image: Any) -> Shape:
    """Counted as `Volume` does, whatever the file's own order of sides."""
    from nibabel.orientations import io_orientation

    sides = [int(length) for length in image.shape]
    if len(sides) not in (2, 3) and not (len(sides) == 4 and sides[3] == 1):
        raise PictureError(f"has {len(sides)} dimensions: save one volume of it as a file of its own")
    if image.get_data_dtype().kind not in "iuf":
        raise PictureError("holds colours or complex numbers, where one grey a voxel is needed")
    if min(sides) < 1:
        raise PictureError("holds no voxels")
    counted, along = [1, 1, 1], io_orientation(image.affine)[:, 0]
    if not np.isfinite(along).all():
        raise PictureError("does not say how it lies in space")
    for length, side in zip([*sides, 1][:3], along, strict=True):
        counted[int(side)] = length
    return Shape((counted[0], counted[1], counted[2]))


def _values(image: Any) -> Any:
    """As they are stored where no slope is to be applied: a quarter of the memory."""
    proxy = image.dataobj
    plain = (getattr(proxy, "slope", 1), getattr(proxy, "inter", 0)) == (1, 0)
    values = proxy.get_unscaled() if plain and hasattr(proxy, "get_unscaled") else np.asanyarray(proxy)
    return values if plain and values.dtype.itemsize < 8 else values.astype(np.float32)


def _unpacked(data: bytes) -> bytes:
    if data[:2] != _PACKED:
        return data
    try:
        content = gzip.GzipFile(fileobj=io.BytesIO(data)).read(MAX_VOXEL_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise PictureError("is cut short or damaged") from error
    if len(content) > MAX_VOXEL_BYTES:
        raise PictureError(f"is too large (over {MAX_VOXEL_BYTES >> 30} GB unpacked)")
    return content
