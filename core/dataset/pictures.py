"""Any picture file, as RGB: one way in, so that what was imported is what a denoiser sees."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from core.dataset import dicom, nifti
from core.dataset.files import PictureError, read_bytes, refuse_odd_size
from core.dataset.slices import named, read_slice

Image.init()  # registers every decoder: Pillow otherwise knows the common ones only

SUFFIXES = frozenset(
    (
        *(".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".apng", ".webp", ".gif", ".bmp", ".tif", ".tiff"),
        *(".jp2", ".ppm", ".pgm", ".pbm", ".pnm", ".avif", ".heic", ".heif"),
    )
)
"""File names that promise a picture. One that then cannot be read is a failure, not a gap."""

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "JPEG2000", "PPM", "AVIF")
"""What is decoded (MPO as JPEG). Not those that start another program (EPS) or have no signature (TGA)."""


def promises(path: Path) -> bool:
    """Whether a file is to be taken for a picture, or for a volume of them, by its name.

    Scanners write DICOM files without a suffix: of such a name the file's first bytes decide.
    """
    return path.suffix.lower() in SUFFIXES or nifti.promises(path) or dicom.promises(path)


def load_picture(path: str | Path, sha256: str | None = None) -> NDArray[np.uint8]:
    """Read a picture as (H, W, 3) uint8 RGB, upright, transparent parts white, first frame only.

    Args:
        path: The file, or a slice of it (`slices.py`); its content decides its format, not its name.
        sha256: Hex digest its bytes must have, if given; of a slice, those of its volume.

    Raises:
        PictureError: The file is missing, empty, not a picture, cut short, too small or too large,
            or its bytes are not those of `sha256`.
    """
    try:
        pixels, found = read_picture(path)
        if sha256 is not None and found != sha256:
            raise PictureError("changed since it was imported")
    except PictureError as error:
        raise PictureError(error.reason, path) from error
    return pixels


def read_picture(path: str | Path) -> tuple[NDArray[np.uint8], str]:
    """As `load_picture`, with the sha256 of what was read."""
    if part := named(str(path)):
        return read_slice(part)
    data = read_bytes(path)
    return decode_picture(data), hashlib.sha256(data).hexdigest()


def load_mask(path: str | Path, sha256: str | None = None) -> NDArray[np.uint16]:
    """Read a mask as (H, W) uint16: each pixel's element id, 0 where there is none.

    Raises:
        PictureError: As `load_picture`, or the file has colours instead of one number a pixel.
    """
    try:
        return decode_mask(_unchanged(path, sha256))
    except PictureError as error:
        raise PictureError(error.reason, path) from error


def decode_picture(data: bytes) -> NDArray[np.uint8]:
    """The content of a picture file as (H, W, 3) uint8 RGB.

    Raises:
        PictureError: It is not a picture, cut short, too small, too narrow or too large.
    """
    if dicom.is_dicom(data):
        return dicom.decode(data)
    if nifti.is_nifti(data):
        raise PictureError("is a volume, and nothing says how it is cut into slices: choose an axis")
    image = _open(data)
    refuse_odd_size(*image.size)
    if image.mode.startswith("I") or image.mode == "F":
        grey = _eight_bits(np.asarray(image))
        return np.repeat(grey[..., None], 3, axis=2)
    if image.has_transparency_data:
        seen = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", seen.size, "white"), seen)
    try:
        return np.array(image.convert("RGB"))
    except ValueError as error:
        raise PictureError(f"has colours that cannot be read ({image.mode})") from error


def decode_mask(data: bytes) -> NDArray[np.uint16]:
    """The content of a mask file as (H, W) uint16 element ids.

    Raises:
        PictureError: As `decode_picture`, or it has colours instead of one number a pixel.
    """
    image = _open(data)
    ids = np.asarray(image)  # of a palette picture, its indices
    if ids.ndim != 2 or ids.dtype.kind == "f" or int(ids.min()) < 0 or int(ids.max()) > 65535:
        raise PictureError("does not hold one element id a pixel")
    return ids.astype(np.uint16)


def _unchanged(path: str | Path, sha256: str | None) -> bytes:
    data = read_bytes(path)
    if sha256 is not None and hashlib.sha256(data).hexdigest() != sha256:
        raise PictureError("changed since it was imported")
    return data


def _open(data: bytes) -> Image.Image:
    """The first frame, decoded whole and turned upright, in the file's own mode."""
    limit = Image.MAX_IMAGE_PIXELS
    try:
        image = Image.open(io.BytesIO(data), formats=FORMATS)
        if limit and image.width * image.height > limit:
            raise PictureError(f"is too large ({image.width} x {image.height} pixels)")
        image.load()
    except UnidentifiedImageError as error:
        raise PictureError("is not a picture") from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise PictureError(f"is too large (over {limit or 0:,} pixels)") from error
    except (PictureError, MemoryError):
        raise
    except Exception as error:  # the decoders raise nearly anything when given damaged bytes
        short = "truncated" in str(error).lower()
        raise PictureError("is cut short" if short else "is damaged") from error
    return _upright(image)


def _upright(image: Image.Image) -> Image.Image:
    try:
        return ImageOps.exif_transpose(image)
    except Exception:  # a camera's broken EXIF block says nothing about the pixels
        return image


def _eight_bits(grey: NDArray[np.generic]) -> NDArray[np.uint8]:
    """Grey of 16 bits, or floats from 0 to 1, as uint8; white stays white."""
    values = grey.astype(np.float64)
    white = 1.0 if grey.dtype.kind == "f" else 65535.0
    if not (values.min() >= 0 and values.max() <= white):  # NaN too
        raise PictureError("holds 32-bit numbers of which none is known to be white")
    return np.rint(values * (255 / white)).astype(np.uint8)
