"""Small pictures for the pages: made once, then fetched by the browser as plain files."""

from __future__ import annotations

import io
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from PIL import Image

from core.dataset.files import PictureError
from core.dataset.pictures import load_picture
from core.store.disk import write_bytes

if TYPE_CHECKING:
    from core.study import Study

Kind = Literal["picture", "thumb", "patch"]

LONG_SIDE: dict[Kind, int] = {"picture": 512, "thumb": 160, "patch": 160}
"""Pixels at most. No tile is larger than what it was made from."""

ADDRESS = "tiles"
"""What their addresses begin with."""

_QUALITY = 85

Patch = Mapping[Any, Any] | pd.Series  # type: ignore[type-arg]
"""A row of the table `patches`: `picture`, `left`, `top`, `right` and `bottom` in its pixels."""


def tile(study: Study, picture: str, kind: Kind = "picture") -> Path:
    """The small version of a picture, made if it is not there yet.

    Raises:
        PictureError: the picture cannot be read (any more).
    """
    path = study.layout.tile(study.name, kind, picture)
    if not _is_there(path):
        _write(path, _pixels(study, picture), LONG_SIDE[kind])
    return path


def patch_tile(study: Study, patch: Patch) -> Path:
    """The square a patch cuts out of its picture, made if it is not there yet.

    Raises:
        PictureError: the picture cannot be read (any more).
    """
    path = study.layout.tile(study.name, "patch", _patch_name(patch))
    if not _is_there(path):
        _write(path, _cut(_pixels(study, str(patch["picture"])), patch), LONG_SIDE["patch"])
    return path


def tile_url(study: Study, picture: str, kind: Kind = "picture") -> str:
    """Where a browser finds `tile`, relative to the app's own address."""
    return _url(study, study.layout.tile(study.name, kind, picture))


def patch_url(study: Study, patch: Patch) -> str:
    """Where a browser finds `patch_tile`, relative to the app's own address."""
    return _url(study, study.layout.tile(study.name, "patch", _patch_name(patch)))


def tile_urls(study: Study, pictures: Iterable[str], kind: Kind = "picture") -> dict[str, str]:
    """`tile_url` of many pictures."""
    before, _, after = tile_url(study, _ANY, kind).rpartition(_ANY)
    return {picture: f"{before}{picture}{after}" for picture in pictures}


def without_tiles(study: Study, pictures: Iterable[str]) -> list[str]:
    """Those of the pictures whose tile or thumb is not there yet."""
    paths = [str(study.layout.tile(study.name, kind, _ANY)).rpartition(_ANY) for kind in _WHOLE]
    return [
        picture
        for picture in pictures
        if not all(_is_there(f"{before}{picture}{after}") for before, _, after in paths)
    ]


def make_tiles(study: Study, pictures: Iterable[str], known: pd.DataFrame | None = None) -> Iterator[str]:
    """Make the tile and the thumb of many pictures, yielding the id of each when done.

    A picture that cannot be read is passed over: it is the dataset stage that reports those.

    Args:
        known: `path` and `sha256` of these pictures, indexed by id; None looks among all of the study.
    """
    for picture in pictures:
        paths = {kind: study.layout.tile(study.name, kind, picture) for kind in _WHOLE}
        missing = {kind: path for kind, path in paths.items() if not _is_there(path)}
        try:
            pixels = _pixels(study, picture, known) if missing else None
        except PictureError:
            continue
        for kind, path in missing.items():
            assert pixels is not None
            _write(path, pixels, LONG_SIDE[kind])
        yield picture


def make_patch_tiles(study: Study, patches: pd.DataFrame) -> Iterator[str]:
    """Make the tiles of many rows of the table `patches`, reading each picture once; yields picture ids."""
    for picture, rows in patches.groupby("picture", sort=False):
        cuts = [(study.layout.tile(study.name, "patch", _patch_name(row)), row) for _, row in rows.iterrows()]
        missing = [(path, row) for path, row in cuts if not _is_there(path)]
        try:
            pixels = _pixels(study, str(picture)) if missing else None
        except PictureError:
            continue
        for path, row in missing:
            assert pixels is not None
            _write(path, _cut(pixels, row), LONG_SIDE["patch"])
        yield str(picture)


def encoded(pixels: NDArray[np.uint8], long_side: int) -> bytes:
    """A picture, (H, W, 3), as a WebP file with at most so many pixels a side."""
    image = Image.fromarray(pixels)
    image.thumbnail((long_side, long_side), Image.Resampling.LANCZOS)
    content = io.BytesIO()
    image.save(content, "WEBP", quality=_QUALITY)
    return content.getvalue()


_WHOLE: tuple[Kind, ...] = ("picture", "thumb")

_ANY = "any"
"""Stands for a picture where a path is put together only once for many."""


def _pixels(study: Study, picture: str, known: pd.DataFrame | None = None) -> NDArray[np.uint8]:
    row = (study.pictures if known is None else known).loc[picture]
    return load_picture(str(row["path"]), str(row["sha256"]))


def _patch_name(patch: Patch) -> str:
    """By its square, since another patch size gives another square the same patch id."""
    box = (int(patch[side]) for side in ("left", "top", "right", "bottom"))
    return "-".join(map(str, (patch["picture"], *box)))


def _cut(pixels: NDArray[np.uint8], patch: Patch) -> NDArray[np.uint8]:
    """The part of the square that lies on the picture: padding may reach beyond its edge."""
    left, top = max(0, int(patch["left"])), max(0, int(patch["top"]))
    return pixels[top : int(patch["bottom"]), left : int(patch["right"])]


def _is_there(path: Path | str) -> bool:
    """Whether a tile has been made. A power cut may leave an empty file: tiles are not waited for."""
    try:
        return os.stat(path).st_size > 0  # noqa: PTH116 (a page asks of hundreds)
    except OSError:
        return False


def _write(path: Path, pixels: NDArray[np.uint8], long_side: int) -> None:
    write_bytes(path, encoded(pixels, long_side), lasting=False)


def _url(study: Study, path: Path) -> str:
    return f"{ADDRESS}/{path.relative_to(study.layout.public).as_posix()}"
