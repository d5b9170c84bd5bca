"""What stages `translate` and `cotypicality` left of one picture, for the browser."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.dataset.frame import frame_for
from core.mining.typicality import interval, quantile_scale
from core.store.artifacts import Artifact
from core.study import Study
from pages.parts import opened
from pages.parts.frames import uri
from pages.parts.overlay import Maps


@dataclass(frozen=True)
class Seen:
    """A picture under one label, as a model that was told the label sees it."""

    label: str
    mean: float
    """T averaged over the map."""
    low: float
    high: float
    """Its 95% interval; NaN in studies from before it was kept."""
    maps: Maps


def sources(study: Study, label: str) -> pd.DataFrame:
    """The label's pictures that were translated, indexed by id, the most typical first.

    Columns: those of table `translate/sources`, `mean` (of T), and what a page shows of a picture.
    """
    rows = opened.rows(study, "translate", "sources", label)
    if rows.empty:
        return rows
    means = opened.rows(study, "typicality", "maps", label, ("picture", "mean")).set_index("picture")
    found = (
        rows.set_index("picture").join(means, how="inner").join(opened.pictures(study, label), how="inner")
    )
    return found.sort_values("mean", ascending=False, kind="stable")


def translations(study: Study, picture: str) -> dict[str, str]:
    """A picture under every other label, as addresses that hold all of it, sorted by label."""
    artifact = opened.artifact(study, "translate")
    return opened.reading(artifact, lambda: _urls(artifact, "translations", picture))


def reconstruction(study: Study, picture: str) -> str:
    """A picture led there and back under its own label, as such an address."""
    artifact = opened.artifact(study, "translate")
    (url,) = opened.reading(artifact, lambda: _urls(artifact, "sources", picture)).values()
    return url


def seen(study: Study, picture: str) -> dict[str, Seen]:
    """A picture and its translations under their own labels; empty where that was not measured."""
    if study.state("cotypicality") != "done":
        return {}
    artifact = opened.artifact(study, "cotypicality")
    return opened.reading(artifact, lambda: _seen(artifact, picture))


def crop(study: Study, source: pd.Series[float]) -> tuple[float, float, float, float]:
    """Where a source's frame lies on it: left, top, and the picture's size, as shares of the frame."""
    width, height = int(source["width"]), int(source["height"])
    left, top, right, bottom = frame_for(width, height, study.spec.frame, int(source["multiple"])).bounds
    across, down = right - left, bottom - top
    return left / across, top / down, width / across, height / down


def _urls(artifact: Artifact, table: str, picture: str) -> dict[str, str]:
    rows = artifact.rows(table, "picture", [picture])
    rows = rows if rows.empty else rows.sort_values("label")
    return {
        str(row["label"]): uri(artifact.array(table, "webp", row).tobytes()) for _, row in rows.iterrows()
    }


def _seen(artifact: Artifact, picture: str) -> dict[str, Seen]:
    """All in the same colours. Changes and errors of translations are not kept."""
    rows = artifact.rows("maps", "picture", [picture])
    maps = [artifact.array("maps", "typicality", row).astype(np.float32) for _, row in rows.iterrows()]
    if not maps:
        return {}
    scale = quantile_scale(maps)
    drawn = (Maps(one, None, None, scale, 0.0, (0.0, 0.0, 1.0, 1.0)) for one in maps)
    found = {}
    for (_, row), one in zip(rows.iterrows(), drawn, strict=True):
        low, high = interval(row["mean"], row.get("mean_error", np.nan))
        label = str(row["label"])
        found[label] = Seen(label, float(row["mean"]), float(low), float(high), one)
    return found
