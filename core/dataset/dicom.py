"""DICOM files as pictures. Of a header only what the pixels need is read; nothing else ever leaves this file.

What is raised names no value of a header: pydicom's own messages may, and are not passed on.
"""

from __future__ import annotations

import io
import logging
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from core.dataset.files import PictureError, refuse_odd_size
from core.dataset.greys import rgb, shades, squared

if TYPE_CHECKING:
    from pydicom import Dataset

SUFFIXES = (".dcm", ".dicom", ".ima")
"""File names that promise DICOM. Scanners also write it without any, or with a number in its place."""
_MAGIC = slice(128, 132)

logging.getLogger("pydicom").disabled = True  # it quotes values it finds odd
warnings.filterwarnings("ignore", module=r"pydicom(\.|$)")


def is_dicom(data: bytes) -> bool:
    """Whether bytes begin as a DICOM file does."""
    return data[_MAGIC] == b"DICM"


def is_dicom_file(path: Path) -> bool:
    """The same of a file; an index of others (DICOMDIR) is none."""
    try:
        with path.open("rb") as file:
            return path.name.upper() != "DICOMDIR" and is_dicom(file.read(_MAGIC.stop))
    except (OSError, ValueError):  # ValueError: a NUL in its name
        return False


def promises(path: Path) -> bool:
    """Whether a file is to be taken for DICOM by its name, and where that tells nothing by how it begins."""
    suffix = path.suffix.lower()
    return suffix in SUFFIXES or ((not suffix or suffix[1:].isdigit()) and is_dicom_file(path))


def header(data: bytes | Path, pixels: bool = False) -> Dataset:
    """A file's header, with its pixels or without.

    Raises:
        PictureError: it is no DICOM file, or damaged.
    """
    from pydicom import dcmread

    source: Any = io.BytesIO(data) if isinstance(data, bytes) else data
    try:
        return dcmread(source, stop_before_pixels=not pixels)
    except Exception as error:  # of any kind, and its text may quote the header
        raise PictureError("is no DICOM file that can be read") from _silent(error)


def value(head: Dataset, name: str) -> Any:
    """What a header says of one thing; None where it says nothing, or nothing that can be read."""
    try:
        return head.get(name)
    except Exception:  # values are taken apart only when they are asked for, and may be anything
        return None


def frames(head: Dataset) -> int:
    """How many pictures a file holds."""
    try:
        return max(1, int(value(head, "NumberOfFrames") or 1))
    except (TypeError, ValueError):
        return 1


def frames_in(path: Path) -> int:
    """The same of a file; 1 where it cannot be read, which reading it then says."""
    try:
        return frames(header(path)) if is_dicom_file(path) else 1
    except PictureError:
        return 1


def decode(data: bytes, frame: int | None = None) -> NDArray[np.uint8]:
    """The pixels of a file as (H, W, 3) uint8 RGB, pixels square, as a viewer shows them first.

    Rescaled by slope and intercept (or the modality's table), then by the first window or table of values of
    interest; without either from the least value to the greatest. MONOCHROME1 is inverted.

    Args:
        data: the file's bytes.
        frame: which, from 0 on, of a file of many.

    Raises:
        PictureError: it cannot be read, is packed in a way no decoder is installed for, holds many frames
            and none is named, or says that text is burnt into its pixels.
    """
    head = header(data, pixels=True)
    refuse_unusable(head)
    number = frames(head)
    if frame is None and number > 1:
        raise PictureError(f"holds {number} pictures, of which none is named")
    if frame is not None and frame >= number:
        raise PictureError(f"holds {number} pictures, and no picture {frame}")
    try:
        pixels = _shown(head, stored(head, frame or 0))
    except PictureError:
        raise
    except Exception as error:
        raise PictureError("holds values that cannot be shown") from _silent(error)
    return squared(pixels, *spacing(head))


def refuse_unusable(head: Dataset) -> None:
    """Hold a file to what may become a picture in the cache.

    Raises:
        PictureError: it holds no pixels, or says that text is burnt into them, which may name a patient.
    """
    if not any(name in head for name in ("PixelData", "FloatPixelData", "DoubleFloatPixelData")):
        raise PictureError("holds no picture")
    if str(value(head, "BurnedInAnnotation") or "").strip().upper() == "YES":
        raise PictureError(
            "says that text is burnt into its pixels, which may name a patient: blacken it and set "
            "BurnedInAnnotation to NO"
        )


def stored(head: Dataset, frame: int = 0) -> NDArray[Any]:
    """One frame's pixels as they are stored: (H, W) numbers, or (H, W, 3) RGB.

    Raises:
        PictureError: they are cut short, or packed in a way no decoder is installed for.
    """
    from pydicom.pixels.utils import pixel_array

    refuse_odd_size(_number(value(head, "Columns")), _number(value(head, "Rows")))
    refuse_packed(head)
    try:
        return np.asarray(pixel_array(head, index=frame))
    except Exception as error:
        raise PictureError("is cut short or damaged") from _silent(error)


def refuse_packed(head: Dataset) -> None:
    """Look whether its pixels can be unpacked here.

    Raises:
        PictureError: no decoder for them is installed, or there is none.
    """
    from pydicom.pixels.decoders.base import get_decoder
    from pydicom.uid import UID

    syntax = UID(str(head.file_meta.get("TransferSyntaxUID", "")))
    if not syntax.is_compressed:
        return
    name = syntax.name if not syntax.is_private else "a private format"
    try:
        decoder = get_decoder(syntax)
    except NotImplementedError as error:
        raise PictureError(f"is packed as {name}, which is not read here: save it uncompressed") from error
    if not decoder.is_available:
        raise PictureError(
            f"is packed as {name}, which needs a decoder that is not installed: "
            "pip install pylibjpeg[all], or save it uncompressed"
        )


def spacing(head: Dataset) -> tuple[float, float]:
    """How far rows, and columns, lie from each other, in mm or in any unit; (1, 1) where it is not said."""
    for name in ("PixelSpacing", "ImagerPixelSpacing", "NominalScannedPixelSpacing", "PixelAspectRatio"):
        pair = value(head, name)
        try:
            if pair is not None and len(pair) == 2:
                return float(pair[0]), float(pair[1])
        except (TypeError, ValueError):
            continue
    return 1.0, 1.0


def rescaled(head: Dataset, values: NDArray[Any]) -> NDArray[Any]:
    """Stored values as what was measured: Hounsfield units, for example."""
    from pydicom.pixels.processing import apply_modality_lut

    return np.asarray(apply_modality_lut(values, head))


def window(head: Dataset) -> tuple[float, float] | None:
    """The values that become black and white by the file's first window; None where it has none."""
    centre, width = _first(value(head, "WindowCenter")), _first(value(head, "WindowWidth"))
    if centre is None or width is None or not width >= 1:
        return None
    return centre - width / 2, centre + width / 2


def photometric(head: Dataset) -> str:
    """What its numbers mean: MONOCHROME1 (0 is white), MONOCHROME2, RGB ..."""
    return str(value(head, "PhotometricInterpretation") or "MONOCHROME2").strip().upper()


def _shown(head: Dataset, values: NDArray[Any]) -> NDArray[np.uint8]:
    from pydicom.pixels.processing import apply_color_lut

    kind = photometric(head)
    if kind == "PALETTE COLOR":
        coloured = np.asarray(apply_color_lut(values, head))
        return (coloured >> (8 * (coloured.dtype.itemsize - 1))).astype(np.uint8)
    if values.ndim == 3:
        return shades(values, 0, 2.0 ** int(head.BitsStored) - 1)
    looked_at = rescaled(head, values)
    if "VOILUTSequence" in head or window(head) is not None:
        grey = _windowed(head, looked_at)
    else:
        grey = shades(looked_at, *_ends(head, values, looked_at))
    return rgb(255 - grey if kind == "MONOCHROME1" else grey)


def _windowed(head: Dataset, values: NDArray[Any]) -> NDArray[np.uint8]:
    """By the table or window of interest; where its output ends is told by what lies far outside."""
    from pydicom.pixels.processing import apply_voi_lut

    if "VOILUTSequence" in head:
        bits = int(head.VOILUTSequence[0].LUTDescriptor[2])
        whole = values if values.dtype.kind in "iu" else np.rint(values).astype(np.int64)
        return shades(np.asarray(apply_voi_lut(whole, head)), 0, 2.0**bits - 1)
    far = np.array([-1e9, 1e9])
    low, high = np.asarray(apply_voi_lut(far, head))
    return shades(np.asarray(apply_voi_lut(values, head)), float(low), float(high))


def _ends(head: Dataset, values: NDArray[Any], looked_at: NDArray[Any]) -> tuple[float, float]:
    """Least and greatest value, without what only fills the corners around a round picture."""
    filling = value(head, "PixelPaddingValue")
    real = looked_at[values != filling] if isinstance(filling, int) else looked_at
    real = real[np.isfinite(real)]
    return (float(real.min()), float(real.max())) if real.size else (0.0, 0.0)


def _first(told: Any) -> float | None:
    try:
        return None if told in (None, "") else float(told[0] if hasattr(told, "__iter__") else told)
    except (TypeError, ValueError, IndexError):
        return None


def _number(told: Any) -> float:
    return float(told) if isinstance(told, int) else 0.0


def _silent(error: Exception) -> Exception:
    """Only what kind of error it was, since a log may print where an error came from."""
    return Exception(type(error).__name__)
