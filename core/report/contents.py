"""What a report shows of each label, as plain values for its template: words, and pictures as data URIs."""

from __future__ import annotations

import base64
import io
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from PIL import Image

from core.dataset.files import PictureError
from core.mining.typicality import interval, quantile_scale
from core.report import elsewhere
from core.report.canvas import cut_out, fitted, square
from core.report.findings import Findings
from core.report.heat import Pixels, layer
from core.words import between, count, signed


@dataclass(frozen=True)
class Amount:
    """How much a report shows of each label."""

    maps: int
    clusters: int
    patches: int
    """Of a cluster."""
    side: int = 300
    """Pixels of a picture's longer side."""
    patch: int = 88
    """Pixels of a patch."""
    places: int = 6
    """Of a parallel cluster, under each label."""

    @property
    def bytes(self) -> int:
        """What a label takes, judged by photographs; a report checks its true size."""
        return 4000 + self.maps * self.side**2 // 3 + self.clusters * self.patches * self.patch**2 // 2


@dataclass(frozen=True)
class Picture:
    """A picture and the map that lies over it."""

    uri: str
    map_uri: str
    width: int
    height: int
    alt: str
    caption: str
    detail: str


@dataclass(frozen=True)
class Cluster:
    """A row of patches with its figures."""

    number: int
    notes: Sequence[str]
    whisker: tuple[float, float, float] | None
    """Low end, median and high end, in percent of the axis all clusters of the report share."""
    patches: Sequence[tuple[str, str]]
    """Data URI and words of each."""


@dataclass(frozen=True)
class Column:
    """A parallel cluster under one label."""

    label: str
    notes: Sequence[str]
    swatches: Sequence[tuple[str, float]]
    """Colours as "#rrggbb" and the share of each."""
    places: Sequence[tuple[str, str]]
    """Data URI and words of each."""


@dataclass(frozen=True)
class Becoming:
    """What the label's best parallel cluster is under every label."""

    number: int
    notes: Sequence[str]
    said: str
    columns: Sequence[Column]


@dataclass(frozen=True)
class Chapter:
    """One label."""

    label: str
    prompt: str
    notes: Sequence[str]
    pictures: Sequence[Picture]
    clusters: Sequence[Cluster]
    more: int
    """Clusters there are beside those shown."""
    figures: Sequence[tuple[str, str]]
    """What a comparison with the truth gave: what, how much."""
    becoming: Becoming | None
    """None where the study has no trends."""


Reader = Callable[[pd.Series], "Pixels | None"]  # type: ignore[type-arg]
"""The picture of a map or a patch; None where it cannot be read any more."""


@dataclass(frozen=True)
class Contents:
    """All chapters, and what they share."""

    chapters: Sequence[Chapter]
    scale: float
    """The |T| at which colours end."""
    zero: float
    """Where T = 0 lies on the axis of the clusters, in percent."""


def contents(found: Findings, labels: Sequence[str], amount: Amount, truth: dict[str, Any]) -> Contents:
    """Read and draw what the chapters of `labels` hold.

    Args:
        found: the study's results.
        labels: in the order of the chapters.
        amount: how much of each.
        truth: `evaluate`'s figures by label; empty where nothing is known to be true.
    """
    maps = {label: found.typical(label, amount.maps) for label in labels}
    clusters = {label: found.top_clusters(label, amount.clusters) for label in labels}
    scale = quantile_scale(found.typicality(row) for table in maps.values() for _, row in table.iterrows())
    percent, zero = _axis(clusters.values())
    chapters = []
    for label in labels:
        read = _reader(found)
        own = found.clusters[found.clusters["label"] == label]
        chapters.append(
            Chapter(
                label,
                found.study.spec.prompt.prompt(label),
                [count(found.pictures(label), "picture"), count(len(own), "cluster")],
                _pictures(found, maps[label], scale, amount.side, read),
                [_cluster(found, row, amount, percent, read) for _, row in clusters[label].iterrows()],
                len(own) - len(clusters[label]),
                _figures(truth.get(label, {})),
                _becoming(found, label, amount.places),
            )
        )
    return Contents(chapters, scale, zero)


def data_uri(pixels: Pixels, quality: int = 80) -> str:
    """A picture, (H, W, 3) or with opacity (H, W, 4), as a WebP inside its own address."""
    content = io.BytesIO()
    Image.fromarray(pixels).save(content, "WEBP", quality=quality, method=4)
    return _webp_uri(content.getvalue())


def _webp_uri(content: bytes) -> str:
    return "data:image/webp;base64," + base64.b64encode(content).decode()


def _reader(found: Findings) -> Reader:
    """Reads each picture once."""
    known: dict[str, Pixels | None] = {}

    def read(row: pd.Series[Any]) -> Pixels | None:
        picture = str(row["picture"])
        if picture not in known:
            try:
                known[picture] = found.pixels(row)
            except PictureError:
                known[picture] = None
        return known[picture]

    return read


def _pictures(found: Findings, maps: pd.DataFrame, scale: float, side: int, read: Reader) -> list[Picture]:
    shown = []
    for _, row in maps.iterrows():
        pixels = read(row)
        if pixels is None:
            continue
        small = fitted(pixels, side, side)
        height, width = small.shape[:2]
        over = layer(found.typicality(row), scale, found.bounds(row), width, height)
        name = str(found.picture(row)["file_name"])
        low, high = interval(row["mean"], row["mean_error"])
        shown.append(
            Picture(
                data_uri(small),
                data_uri(over, 60),
                width,
                height,
                name,
                f"T {signed(row['mean'])}",
                between(low, high),
            )
        )
    return shown


def _cluster(
    found: Findings,
    row: pd.Series[Any],
    amount: Amount,
    percent: Callable[[float], float],
    read: Reader,
) -> Cluster:
    patches = []
    for _, patch in found.patches(row["cluster"], amount.patches).iterrows():
        pixels = read(patch)
        if pixels is not None:
            name = found.picture(patch)["file_name"]
            alt = f"Patch of {name}, T {signed(patch['typicality'])}"
            patches.append((data_uri(square(cut_out(pixels, patch), amount.patch)), alt))
    notes = [
        f"median T {signed(row['median'])}",
        between(row["low"], row["high"]),
        f"{count(row['size'], 'patch', 'patches')} in {row['coverage']:.0%} of the pictures",
    ]
    ends = [float(row[end]) for end in ("low", "median", "high")]
    known = not any(map(math.isnan, ends))
    whisker = (percent(ends[0]), percent(ends[1]), percent(ends[2])) if known else None
    return Cluster(int(row["rank"]) + 1, notes, whisker, patches)


def _becoming(found: Findings, label: str, places: int) -> Becoming | None:
    best = elsewhere.best(found, label)
    if best is None:
        return None
    trend, chosen = best.trend, elsewhere.examples(found, str(best.trend["trend"]), places).to_dict("records")
    cut = [elsewhere.cut_out(found, place) for place in chosen]
    columns = []
    for view in best.views.reset_index().to_dict("records"):
        other = str(view["label"])
        shown = [
            (_webp_uri(one[other]), f"A place of {place['label']} as {other}")
            for one, place in zip(cut, chosen, strict=True)
            if other in one
        ]
        notes = [view["note"], f"median T {signed(view['median'])}", between(view["low"], view["high"])]
        columns.append(Column(other, notes, elsewhere.swatches(view), shown))
    notes = [
        f"{count(int(trend['size']), 'place')} in {count(int(trend['pictures']), 'picture')}",
        f"median co-typicality {signed(trend['median'])} ({between(trend['low'], trend['high'])})",
    ]
    return Becoming(int(trend["number"]), notes, elsewhere.said(best.views), columns)


def _axis(tables: Iterable[pd.DataFrame]) -> tuple[Callable[[float], float], float]:
    """Where a T lies between the lowest and the highest end of all clusters, zero included, in percent."""
    ends = [value for table in tables for end in ("low", "median", "high") for value in table[end].dropna()]
    low, high = float(min([0.0, *ends])), float(max([0.0, *ends]))
    length = (high - low) or 1.0

    def percent(value: float) -> float:
        return round(100 * float(value - low) / length, 2)

    return percent, percent(0.0)


def _figures(truth: dict[str, Any]) -> list[tuple[str, str]]:
    """What `evaluate` says of a label, in words."""
    named = {
        "average_precision": "Average precision of T",
        "change_map_average_precision": "of the change map",
        "chance": "of a map that knows nothing",
    }
    figures = [(words, f"{truth[name]:.3f}") for name, words in named.items() if truth.get(name) is not None]
    elements = truth.get("elements") or {}
    if elements:
        lost = [name for name, element in elements.items() if not element["found"]]
        said = f"{len(elements) - len(lost)} of {len(elements)}"
        figures.append(
            (
                "Planted elements with a cluster of their own",
                said + (f" (not: {', '.join(lost)})" if lost else ""),
            )
        )
    return figures
