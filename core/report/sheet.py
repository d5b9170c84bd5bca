"""A contact sheet: every label's pictures with their maps and its clusters' patches, on one picture."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import pandas as pd
from PIL import Image

from core.dataset.files import PictureError
from core.errors import UserError
from core.mining.typicality import quantile_scale
from core.report.canvas import FAINT, Canvas, cut_out, fitted, square
from core.report.findings import Findings
from core.report.heat import Pixels, laid_over, ramp
from core.store.disk import unwritable_explained, write_bytes
from core.study import Study
from core.words import between, count, signed

FORMATS = {".jpg": "JPEG", ".jpeg": "JPEG", ".png": "PNG", ".pdf": "PDF"}
TALLEST = 65_000
"""Pixels; a JPEG cannot be taller than 65,535."""

_EDGE, _GAP = 24, 8
_HEAD, _TITLE = 104, 58
_PICTURE = (208, 156)
_PATCH = 96
_WORDS = 196


@dataclass(frozen=True)
class Sheet:
    """How much a contact sheet shows of each label."""

    study: Study
    labels: Sequence[str] = ()
    """Which labels, in this order; none means all."""
    clusters: int = 6
    patches: int = 6
    """Of a cluster."""
    maps: int = 4
    """Pictures with their map, the most typical first."""
    _pictures: dict[str, Pixels] = field(default_factory=dict, repr=False, compare=False)

    def draw(self) -> Pixels:
        """The sheet, (height, width, 3) uint8.

        Raises:
            UserError: there are no maps yet, a label is unknown, or the sheet would be too tall.
        """
        found = Findings(self.study)
        labels = [self.study.known_label(label) for label in self.labels] or list(self.study.labels)
        if not found.measured:
            raise UserError(
                f'Nothing of study "{self.study.name}" has been measured yet; '
                f"run it first: python -m core run {self.study.name}"
            )
        height = _HEAD + len(labels) * self._band_height + _EDGE
        if height > TALLEST:
            raise UserError(
                f"A sheet of {count(len(labels), 'label')} would be {height:,} pixels tall, more than a "
                "picture can be: name some of them with --labels."
            )
        shown = {label: found.typical(label, self.maps) for label in labels}
        rows = [row for table in shown.values() for _, row in table.iterrows()]
        scale = quantile_scale(found.typicality(row) for row in rows)
        canvas = Canvas(self._width, height)
        self._head(canvas, scale)
        for number, label in enumerate(labels):
            self._pictures.clear()
            self._band(canvas, found, label, shown[label], scale, _HEAD + number * self._band_height)
        return canvas.pixels

    @property
    def _left(self) -> int:
        """Width of the pictures beside their maps."""
        return 2 * (_PICTURE[0] + _GAP) if self.maps else 0

    @property
    def _width(self) -> int:
        clusters = _WORDS + self.patches * (_PATCH + _GAP) if self.clusters else 0
        return max(2 * _EDGE + self._left + _EDGE + clusters, 760)

    @property
    def _band_height(self) -> int:
        return _TITLE + max(self.maps * (_PICTURE[1] + _GAP), self.clusters * (_PATCH + _GAP)) + _EDGE

    def _head(self, canvas: Canvas, scale: float) -> None:
        study, wide = self.study, 260
        canvas.write(study.name, _EDGE, _EDGE, 28, self._width - wide - 3 * _EDGE, bold=True)
        counted = f"{count(study.size, 'picture')}, {count(len(study.labels), 'label')}"
        canvas.write(
            f"{counted}. Told \u201c{study.spec.prompt.template}\u201d, compared with "
            f"\u201c{study.spec.prompt.null}\u201d",
            _EDGE, _EDGE + 40, 14, self._width - wide - 3 * _EDGE, colour=FAINT,
        )  # fmt: skip
        left = self._width - _EDGE - wide
        canvas.put(ramp(wide, 12), left, _EDGE + 10)
        canvas.write(signed(-scale), left, _EDGE + 28, 13)
        canvas.write("T", left + wide // 2 - 4, _EDGE + 28, 13)
        canvas.write(signed(scale), left + wide - 52, _EDGE + 28, 13)
        canvas.write("atypical", left, _EDGE + 46, 13, colour=FAINT)
        canvas.write("typical", left + wide - 46, _EDGE + 46, 13, colour=FAINT)

    def _band(
        self, canvas: Canvas, found: Findings, label: str, maps: pd.DataFrame, scale: float, top: int
    ) -> None:
        canvas.rule(top)
        canvas.write(label, _EDGE, top + 14, 22, self._width // 2, bold=True)
        clusters = found.top_clusters(label, self.clusters)
        total = int((found.clusters["label"] == label).sum())
        counted = f"{count(found.pictures(label), 'picture')}, {count(total, 'cluster')}"
        x = 2 * _EDGE + self._left
        canvas.write(counted, x, top + 20, 14, self._width - x - _EDGE, colour=FAINT)
        for number, (_, row) in enumerate(maps.iterrows()):
            self._picture(canvas, found, row, scale, top + _TITLE + number * (_PICTURE[1] + _GAP))
        for number, (_, row) in enumerate(clusters.iterrows()):
            self._cluster(canvas, found, row, x, top + _TITLE + number * (_PATCH + _GAP))

    def _picture(self, canvas: Canvas, found: Findings, row: pd.Series[Any], scale: float, y: int) -> None:
        """A picture, and beside it the same with its map."""
        pixels = self._pixels(found, row)
        if pixels is None:
            canvas.write("This picture cannot be read any more.", _EDGE, y, 13, _PICTURE[0], colour=FAINT)
            return
        plain = fitted(pixels, *_PICTURE)
        canvas.put(plain, _EDGE, y)
        mapped = laid_over(plain, found.typicality(row), scale, found.bounds(row))
        canvas.put(mapped, _EDGE + plain.shape[1] + _GAP, y)

    def _cluster(self, canvas: Canvas, found: Findings, row: pd.Series[Any], x: int, y: int) -> None:
        """A cluster's figures, and beside them its patches."""
        lines = (
            f"median T {signed(row['median'])}",
            between(row["low"], row["high"]),
            f"{count(row['size'], 'patch', 'patches')} in {row['coverage']:.0%}",
        )
        canvas.write(f"Cluster {row['rank'] + 1}", x, y + 4, 15, bold=True)
        for number, line in enumerate(lines):
            canvas.write(line, x, y + 26 + 20 * number, 13, _WORDS - _GAP, colour=FAINT)
        for number, (_, patch) in enumerate(found.patches(row["cluster"], self.patches).iterrows()):
            pixels = self._pixels(found, patch)
            if pixels is not None:
                left = x + _WORDS + number * (_PATCH + _GAP)
                canvas.put(square(cut_out(pixels, patch), _PATCH), left, y)

    def _pixels(self, found: Findings, row: pd.Series[Any]) -> Pixels | None:
        """The picture of a map or a patch, read once a label; None where it cannot be read any more."""
        picture = str(row["picture"])
        if picture not in self._pictures:
            try:
                self._pictures[picture] = found.pixels(row)
            except PictureError:
                return None
        return self._pictures[picture]


class Drawable(Protocol):
    """What can be drawn on one picture."""

    def draw(self) -> Pixels:
        """The picture, (height, width, 3) uint8."""
        ...


def encoded(sheet: Drawable, kind: str) -> bytes:
    """A sheet, drawn, as a file of one of `FORMATS`."""
    content = io.BytesIO()
    Image.fromarray(sheet.draw()).save(content, kind, quality=88)
    return content.getvalue()


def save(sheet: Drawable, path: Path) -> None:
    """Draw a sheet and put it, whole, in place of what is at `path`.

    Raises:
        UserError: the file's name ends in none of `FORMATS`, or it is a folder; or as `Sheet.draw`.
    """
    kind = FORMATS.get(path.suffix.lower())
    if kind is None or path.is_dir():
        raise UserError(
            f'A contact sheet cannot be written to "{path}": name a file ending in .jpg, .png or .pdf.'
        )
    content = encoded(sheet, kind)
    with unwritable_explained(path):
        write_bytes(path, content)
