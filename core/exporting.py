"""A study's patches, clusters and maps written for other programs: a new folder, whole or not at all."""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Generator, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from PIL import Image

from core.dataset import exporters, open_in_fiftyone
from core.dataset.files import PictureError, read_bytes
from core.dataset.pictures import load_picture
from core.dataset.slices import is_medical
from core.errors import UserError
from core.mining.patches import top_patches
from core.report.canvas import cut_out
from core.report.findings import Findings
from core.store import tiles
from core.store.disk import full_disk_explained, temporary, unwritable_explained
from core.study import Study

Format = Literal["csv", "parquet", "coco", "fiftyone"]

ZERO = 32_768
"""The grey of T = 0 in a 16-bit picture of a map."""

THUMB = 96
"""Longest side of a patch's small picture, in pixels."""

SIDES = {"x0": "left", "y0": "top", "x1": "right", "y1": "bottom"}
"""Which side of a patch a column of an exported table holds."""

ABOUT = {
    "csv": "patches.csv and clusters.csv",
    "parquet": "patches.parquet and clusters.parquet; to look at: embedding-atlas FOLDER/patches.parquet "
    "--x umap_x --y umap_y --image thumb",
    "coco": "annotations.json, beside the pictures' own folder",
    "fiftyone": "python FOLDER/open_in_fiftyone.py, with FiftyOne installed; --maps: with heat maps",
}
"""What each format leaves, or how it is read."""


@dataclass(frozen=True)
class Export:
    """Writes a study to a new folder as it is iterated over; its length counts pictures.

    Attributes:
        study: whose results.
        format: `csv`, `parquet` (with a small picture of each patch, column `thumb`), `coco` (boxes of
            the top patches) or `fiftyone` (with the pictures).
        out: the folder; it must not be there yet, or be empty.
        maps: also write each map as a 16-bit picture, `maps/<image id>.png`, with what its greys mean in
            `maps.csv`.

    Raises:
        UserError (at iteration): there are no patches, or the folder holds something.
        PictureError: a picture that belongs to the export cannot be read any more.
    """

    study: Study
    format: Format
    out: Path
    maps: bool = False

    def __post_init__(self) -> None:
        if self.format not in get_args(Format):
            raise UserError(f'There is no format "{self.format}" (there is: {", ".join(get_args(Format))}).')

    def __len__(self) -> int:
        copied = self.table["image_id"].nunique() if self.format in ("parquet", "fiftyone") else 0
        return copied + (len(self._found.maps) if self.maps else 0)

    def __iter__(self) -> Iterator[str]:
        table = self.table
        if table.empty:
            raise UserError(
                f'Study "{self.study.name}" has no patches yet; run it first: '
                f"python -m core run {self.study.name}"
            )
        self._refuse_taken()
        draft = temporary(self.out.absolute())
        try:
            with full_disk_explained(_there(draft)):
                shutil.rmtree(draft, ignore_errors=True)
                with unwritable_explained(self.out):
                    draft.mkdir(parents=True)
                if self.format == "parquet":
                    table = table.assign(thumb=(yield from self._thumbs(table)))
                self._write_tables(draft, table)
                if self.format == "fiftyone":
                    yield from self._copy_pictures(draft / "data", table)
                if self.maps:
                    yield from self._write_maps(draft)
                if self.out.is_dir():
                    self.out.rmdir()
                draft.rename(self.out)
        finally:
            shutil.rmtree(draft, ignore_errors=True)

    @cached_property
    def table(self) -> pd.DataFrame:
        """The best patches of each label with their clusters (see `dataset/exporters.py`)."""
        top = top_patches(self._found.all_patches, self.study.spec.patches.top)
        found = self._found
        return exporters.patch_table(self.study.pictures, top, found.members, found.clusters, found.places())

    @cached_property
    def _found(self) -> Findings:
        return Findings(self.study)

    def _refuse_taken(self) -> None:
        if self.out.exists() and (not self.out.is_dir() or any(self.out.iterdir())):
            raise UserError(f'"{self.out}" is there already: name a folder that is new or empty.')

    def _write_tables(self, folder: Path, table: pd.DataFrame) -> None:
        study, clusters = self.study, exporters.cluster_table(self._found.clusters)
        if self.format == "csv":
            (folder / "patches.csv").write_bytes(_csv(table))
            (folder / "clusters.csv").write_bytes(_csv(clusters))
        elif self.format == "parquet":
            table.to_parquet(folder / "patches.parquet", index=False)
            clusters.to_parquet(folder / "clusters.parquet", index=False)
        elif self.format == "coco":
            about = f"The most typical patches of study {study.name}, found by Typiscope."
            _write_json(
                folder / "annotations.json", exporters.coco(study.pictures, table, study.labels, about)
            )
        else:
            _write_json(folder / "labels.json", exporters.fiftyone(study.pictures, table, study.labels))
            shutil.copy(open_in_fiftyone.__file__, folder)

    def _thumbs(self, table: pd.DataFrame) -> Generator[str, None, pd.Series[Any]]:
        """Every patch as a small WebP file; null where its picture cannot be read any more."""
        found: dict[Any, bytes] = {}
        for picture, rows in table.rename(columns=SIDES).groupby("image_id", sort=False):
            path, sha256 = self.study.pictures.loc[picture, ["path", "sha256"]]
            with suppress(PictureError):
                pixels = load_picture(str(path), str(sha256))
                for at, row in rows.iterrows():
                    found[at] = tiles.encoded(cut_out(pixels, row), THUMB)
            yield str(picture)
        return pd.Series(found, dtype=object).reindex(table.index)

    def _copy_pictures(self, folder: Path, table: pd.DataFrame) -> Iterator[str]:
        folder.mkdir()
        for picture in table["image_id"].unique():
            path = Path(str(self.study.pictures.at[picture, "path"]))
            if is_medical(path):  # a scan's own file may name its patient, and no other program knows slices
                (folder / f"{picture}.png").write_bytes(_png(load_picture(path)))
            else:
                (folder / f"{picture}{path.suffix.lower()}").write_bytes(read_bytes(path))
            yield str(picture)

    def _write_maps(self, folder: Path) -> Iterator[str]:
        (folder / "maps").mkdir()
        rows = []
        for _, row in self._found.maps.sort_values("label", kind="stable").iterrows():
            grey, unit = sixteen_bits(self._found.typicality(row))
            name = f"maps/{row['picture']}.png"
            (folder / name).write_bytes(_png(grey))
            left, top, width, height = self._found.bounds(row)
            rows.append(
                {"image_id": row["picture"], "label": row["label"], "map": name, "zero": ZERO, "unit": unit,
                 "mean": row["mean"], "mean_error": row["mean_error"],
                 "left": left, "top": top, "width": width, "height": height}
            )  # fmt: skip
            yield str(row["picture"])
        (folder / "maps.csv").write_bytes(_csv(pd.DataFrame(rows)))


_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a formula begins with."""


def patches_csv(study: Study, label: str) -> bytes:
    """The patches of one label as `patches.csv`.

    Raises:
        UserError: an artifact is damaged.
    """
    found = Findings(study)
    top = top_patches(found.patches_of(label), study.spec.patches.top)
    members = found.members_of(label)
    table = exporters.patch_table(study.pictures_of(label), top, members, found.clusters, found.places(label))
    return _csv(table)


def _csv(table: pd.DataFrame) -> bytes:
    """A table as CSV. A name that a spreadsheet would take for a formula begins with an apostrophe there."""
    texts = table.select_dtypes(include=["object", "string"]).columns
    harmless = table.assign(**{name: table[name].map(_harmless, na_action="ignore") for name in texts})
    return harmless.to_csv(index=False).encode()


def _harmless(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def sixteen_bits(typicality: NDArray[np.floating[Any]]) -> tuple[NDArray[np.uint16], float]:
    """A map as greys, and what one step of grey is worth: T = (grey - ZERO) * unit.

    Values that are not numbers become T = 0.
    """
    values = np.nan_to_num(typicality.astype(np.float64), posinf=0.0, neginf=0.0)
    unit = float(np.abs(values).max()) / (ZERO - 1) or 1.0
    return (np.rint(values / unit) + ZERO).astype(np.uint16), unit


def _png(pixels: NDArray[np.generic]) -> bytes:
    content = io.BytesIO()
    Image.fromarray(pixels).save(content, "PNG")
    return content.getvalue()


def _write_json(path: Path, content: Any) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False, allow_nan=False), encoding="utf-8")


def _there(path: Path) -> Path:
    """The nearest folder above that exists."""
    return next(folder for folder in path.parents if folder.is_dir())
