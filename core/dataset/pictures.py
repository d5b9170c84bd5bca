"""Any picture file, as RGB: one way in, so that what was imported is what a denoiser sees."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from core.errors import UserError

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

MIN_SIDE = 8
"""Pixels: less than one latent pixel of Stable Diffusion holds nothing to look at."""
MAX_ASPECT = 8
"""Long side over short side: a frame keeps proportions, so a longer one would not fit a denoiser."""
MAX_BYTES = 1 << 30
"""Of a file, since it is read whole to be hashed."""


class PictureError(UserError):
    """A picture or mask that cannot be used.

    `reason` is a clause that follows the file's name: "is cut short".
    """

    def __init__(self, reason: str, path: str | Path = "") -> None:
        self.reason = reason
        super().__init__(f'The picture "{path}" {reason}.' if str(path) else f"The picture {reason}.")


def load_picture(path: str | Path, sha256: str | None = None) -> NDArray[np.uint8]:
    """Read a picture as (H, W, 3) uint8 RGB, upright, transparent parts white, first frame only.

    Args:
        path: The file; its content decides its format, not its name.
        sha256: Hex digest its bytes must have, if given.

    Raises:
        PictureError: The file is missing, empty, not a picture, cut short, too small or too large,
            or its bytes are not those of `sha256`.
    """
    try:
        return decode_picture(_unchanged(path, sha256))
    except PictureError as error:
        raise PictureError(error.reason, path) from error


def load_mask(path: str | Path, sha256: str | None = None) -> NDArray[np.uint16]:
    """Read a mask as (H, W) uint16: each pixel's element id, 0 where there is none.

    Raises:
        PictureError: As `load_picture`, or the file has colours instead of one number a pixel.
    """
    try:
        return decode_mask(_unchanged(path, sha256))
    except PictureError as error:
        raise PictureError(error.reason, path) from error


def read_bytes(path: str | Path) -> bytes:
    """The content of a regular file of sensible size.

    Raises:
        PictureError: It is missing, empty, a folder, not permitted or too large.
    """
    file = Path(path)
    try:
        if not file.is_file():  # also keeps a pipe from blocking for ever
            raise PictureError("is not a file" if file.exists() else "is missing")
        if file.stat().st_size > MAX_BYTES:
            raise PictureError("is too large (over 1 GB)")
        data = file.read_bytes()
    except FileNotFoundError as error:
        raise PictureError("is missing") from error
    except OSError as error:
        raise PictureError("cannot be opened") from error
    if not data:
        raise PictureError("is empty")
    return data


def decode_picture(data: bytes) -> NDArray[np.uint8]:
    """The content of a picture file as (H, W, 3) uint8 RGB.

    Raises:
        PictureError: It is not a picture, cut short, too small, too narrow or too large.
    """
    image = _open(data)
    short, long = sorted(image.size)
    if short < MIN_SIDE:
        raise PictureError(f"is too small ({image.width} x {image.height} pixels)")
    if long > MAX_ASPECT * short:
        raise PictureError(f"is too narrow (one side is more than {MAX_ASPECT} times the other)")
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
