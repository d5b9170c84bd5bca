"""A contact sheet of trends: whole pictures and their best places, a column a label."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from core.dataset.ordered import ordered
from core.dataset.webp import unpacked
from core.errors import UserError
from core.mining.colours import srgb
from core.report import elsewhere
from core.report.canvas import FAINT, Canvas, fitted, square
from core.report.findings import Findings
from core.report.heat import Pixels
from core.store.artifacts import Artifact
from core.store.reading import reading
from core.study import Study
from core.words import count, signed

_EDGE, _GAP, _CELL, _WORDS = 24, 8, 112, 196
_HEAD, _TITLE, _SWATCH = 104, 44, 12


@dataclass(frozen=True)
class TrendSheet:
    """How much a sheet shows of a study's trends."""

    study: Study
    labels: Sequence[str] = ()
    """Which columns, in this order; none means all, in their own order where they have one."""
    pictures: int = 1
    """Whole pictures of each label, the most typical first."""
    trends: int = 6
    """Parallel clusters, the highest co-typicality first."""
    places: int = 3
    """Of a parallel cluster, those nearest to its centre first."""

    def draw(self) -> Pixels:
        """The sheet, (height, width, 3) uint8.

        Raises:
            UserError: there are no trends yet, or a label is unknown.
        """
        trends, shown = self._found.table("trends", "trends"), self._sources
        if trends.empty or self._translations is None:
            raise UserError(
                f'There are no trends of study "{self.study.name}" yet; '
                f"run them first: python -m core run {self.study.name} --stage trends"
            )
        rows = trends.sort_values("rank").head(self.trends).to_dict("records")
        band = _TITLE + self.places * (_CELL + _GAP) + _SWATCH + _EDGE
        first = _TITLE + len(shown) * (_CELL + _GAP) + _EDGE
        canvas = Canvas(self._left(len(self._columns)) + _EDGE, _HEAD + first + len(rows) * band)
        self._head(canvas)
        self._whole(canvas, shown, _HEAD)
        for number, trend in enumerate(rows):
            self._trend(canvas, trend, _HEAD + first + number * band)
        return canvas.pixels

    @cached_property
    def _found(self) -> Findings:
        return Findings(self.study)

    @cached_property
    def _columns(self) -> list[str]:
        return [self.study.known_label(label) for label in self.labels] or list(
            ordered(self.study.labels) or self.study.labels
        )

    @property
    def _translations(self) -> Artifact | None:
        return self.study.artifact("translate")

    @cached_property
    def _sources(self) -> pd.DataFrame:
        """The first sources of each label that came back from the noise."""
        sources, maps = self._found.table("translate", "sources"), self._found.maps
        if sources.empty:
            return sources
        own = maps[["picture", "label", "mean"]]
        whole = sources[~sources["failed"].astype(bool)].merge(own, on=["picture", "label"])
        first = whole.sort_values("mean", ascending=False, kind="stable").groupby("label").head(self.pictures)
        place = {label: at for at, label in enumerate(self._columns)}
        kept = first[first["label"].isin(place)]
        return kept.sort_values("label", key=lambda labels: labels.map(place), kind="stable")

    @staticmethod
    def _left(column: int) -> int:
        return _EDGE + _WORDS + column * (_CELL + _GAP)

    def _head(self, canvas: Canvas) -> None:
        study, wide = self.study, self._left(len(self._columns)) - _EDGE
        canvas.write(f"{study.name}: what it becomes elsewhere", _EDGE, _EDGE, 26, wide, bold=True)
        translated = count(len(self._found.table("translate", "sources")), "picture")
        canvas.write(
            f"{translated} under {count(len(study.labels), 'label')}, told "
            f"\u201c{study.spec.prompt.template}\u201d; {study.spec.translate.steps} steps, guidance "
            f"{study.spec.translate.guidance:g}",
            _EDGE, _EDGE + 40, 14, wide, colour=FAINT,
        )  # fmt: skip

    def _names(self, canvas: Canvas, top: int) -> None:
        canvas.rule(top)
        for column, label in enumerate(self._columns):
            canvas.write(label, self._left(column), top + 16, 14, _CELL, bold=True)

    def _whole(self, canvas: Canvas, sources: pd.DataFrame, top: int) -> None:
        """Whole pictures: each under all labels; under its own it is the reconstruction."""
        self._names(canvas, top)
        canvas.write("Whole pictures", _EDGE, top + 14, 16, _WORDS - _GAP, bold=True)
        for number, source in enumerate(sources.to_dict("records")):
            y = top + _TITLE + number * (_CELL + _GAP)
            canvas.write(f"{source['label']}", _EDGE, y + 4, 15, _WORDS - _GAP, bold=True)
            canvas.write(f"mean T {signed(source['mean'])}", _EDGE, y + 26, 13, colour=FAINT)
            canvas.write(f"came back: {source['psnr']:.1f} dB", _EDGE, y + 46, 13, colour=FAINT)
            self._cells(canvas, self._pictures(str(source["picture"])), y)

    def _trend(self, canvas: Canvas, trend: Mapping[Any, Any], top: int) -> None:
        """A parallel cluster: its places under all labels, and the colours they have there."""
        self._names(canvas, top)
        canvas.write(f"Places {trend['rank'] + 1}", _EDGE, top + 14, 16, _WORDS - _GAP, bold=True)
        lines = (
            f"co-typicality {signed(trend['median'])}",
            f"{count(trend['size'], 'place')} in {count(trend['pictures'], 'picture')}",
        )
        for number, line in enumerate(lines):
            canvas.write(line, _EDGE, top + _TITLE + 20 * number, 13, _WORDS - _GAP, colour=FAINT)
        places = elsewhere.examples(self._found, str(trend["trend"]), self.places).to_dict("records")
        for number, place in enumerate(places):
            cut = elsewhere.cut_out(self._found, place)
            cells = {label: _read(content) for label, content in cut.items()}
            self._cells(canvas, cells, top + _TITLE + number * (_CELL + _GAP))
        views = self._found.table("trends", "views")
        own = views[views["trend"] == trend["trend"]].set_index("label").to_dict("index")
        y = top + _TITLE + self.places * (_CELL + _GAP)
        for column, label in enumerate(self._columns):
            if label in own:
                canvas.put(_swatch(own[label]), self._left(column), y)

    def _cells(self, canvas: Canvas, cells: Mapping[str, Pixels], y: int) -> None:
        for column, label in enumerate(self._columns):
            if label in cells:
                canvas.put(square(fitted(cells[label], _CELL, _CELL), _CELL), self._left(column), y)

    def _pictures(self, picture: str) -> dict[str, Pixels]:
        artifact = self._translations
        assert artifact is not None
        return reading(
            artifact,
            lambda: {
                str(row["label"]): unpacked(artifact.array(table, "webp", row))
                for table in ("sources", "translations")
                for _, row in artifact.rows(table, "picture", [picture]).iterrows()
            },
        )


def _read(content: bytes) -> Pixels:
    return unpacked(np.frombuffer(content, np.uint8))


def _swatch(view: Mapping[str, Any]) -> Pixels:
    """Dominant colours side by side, as wide as their shares."""
    colours, shares = srgb(np.stack(list(view["colours"]))), np.asarray(view["shares"], float)
    ends = np.rint(np.cumsum(shares) / shares.sum() * _CELL).astype(int)
    bar = np.repeat(colours, np.diff(ends, prepend=0), axis=0)
    return np.broadcast_to(bar, (_SWATCH, _CELL, 3)).astype(np.uint8)
