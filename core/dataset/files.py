"""The bytes of a picture's file, and what is wrong with a file that cannot be used."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from core.errors import UserError

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


def refuse_odd_size(width: float, height: float) -> None:
    """Hold a picture to the sizes a denoiser can be asked about.

    Raises:
        PictureError: It is too small, too narrow or too large.
    """
    short, long = sorted((width, height))
    if short < MIN_SIDE:
        raise PictureError(f"is too small ({width:.0f} x {height:.0f} pixels)")
    if long > MAX_ASPECT * short:
        raise PictureError(f"is too narrow (one side is more than {MAX_ASPECT} times the other)")
    if Image.MAX_IMAGE_PIXELS and width * height > Image.MAX_IMAGE_PIXELS:
        raise PictureError(f"is too large ({width:.0f} x {height:.0f} pixels)")
