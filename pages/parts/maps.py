"""Typicality over any range of t, for all pictures of a label, and one picture's maps for the browser."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from core.dataset.frame import frame_for
from core.errors import UserError
from core.mining.typicality import T_BINS, interval, mean_over_t, quantile_scale
from core.store.artifacts import Artifact
from core.study import Study
from pages.parts import opened
from pages.parts.overlay import Maps

Range = tuple[float, float]


@dataclass(frozen=True)
class View:
    """All pictures that have a map under one label, over one range of t."""

    pictures: pd.DataFrame
    """Indexed by picture id, highest mean T first: `mean` with the 95% interval `low`, `high`."""
    scale: float
    """The |T| at which colours end, the same for every picture of the view."""
    change_scale: float


def sampled_range(study: Study) -> Range:
    """First and last t of which a study has samples, in tenths."""
    counts = np.stack(_measured(study)["counts"].to_numpy()).sum(axis=0)
    used = np.flatnonzero(counts)
    return used[0] / T_BINS, (used[-1] + 1) / T_BINS


def view(study: Study, label: str, t: Range) -> View:
    """The pictures of a label, measured under that label.

    Raises:
        UserError: there is none, or no noise sample within the range.
    """
    artifact = opened.artifact(study, "typicality")
    return _view(study, artifact, label, t, opened.content(artifact))


def of_picture(study: Study, label: str, picture: str, t: Range, shown: View) -> Maps:
    """What the overlay draws over one picture."""
    artifact = opened.artifact(study, "typicality")
    row = _rows(study, label).loc[picture]
    typicality, change, error = opened.reading(artifact, lambda: _maps(artifact, row, t))
    width, height = study.pictures.loc[picture, ["width", "height"]]
    frame = frame_for(int(width), int(height), study.spec.frame, int(row["multiple"]))
    left, top, right, bottom = frame.bounds
    return Maps(
        typicality, change, error, shown.scale, shown.change_scale,
        (left / width, top / height, (right - left) / width, (bottom - top) / height),
    )  # fmt: skip


@st.cache_resource(max_entries=32, show_spinner="Averaging the maps over t\u2026")
def _view(_study: Study, _artifact: Artifact, label: str, t: Range, key: str) -> View:
    rows = _rows(_study, label)
    if rows.empty:
        raise UserError(f'No picture has been measured under "{label}".')
    found = {
        picture: opened.reading(_artifact, lambda row=row: _maps(_artifact, row, t))
        for picture, row in rows.iterrows()
    }
    means = {
        picture: (
            float(maps[0].mean()),
            float(rows.at[picture, "mean_error"]) * _fewer(rows.at[picture, "counts"], t),
        )
        for picture, maps in found.items()
    }
    table = pd.DataFrame.from_dict(means, orient="index", columns=["mean", "error"])
    table["low"], table["high"] = interval(table["mean"], table["error"])
    return View(
        table.sort_values("mean", ascending=False),
        quantile_scale(maps[0] for maps in found.values()),
        quantile_scale(maps[1] for maps in found.values()),
    )


def _measured(study: Study) -> pd.DataFrame:
    maps = opened.table(study, "typicality", "maps")
    if maps.empty:
        raise UserError("No picture of this study could be measured; its failures say why.")
    return maps


def _rows(study: Study, label: str) -> pd.DataFrame:
    """The maps of the label's own pictures under that label, indexed by picture id."""
    maps = _measured(study)
    own = maps["picture"].map(study.pictures[study.spec.label_column]) == label
    return maps[own & (maps["label"] == label)].set_index("picture")


def _maps(artifact: Artifact, row: pd.Series[Any], t: Range) -> tuple[NDArray[np.float32], ...]:
    """Typicality, change map and standard error of one row.

    The error is kept over all samples; that of fewer grows with the root of their share.
    """
    counts = np.asarray(row["counts"])
    typicality, change = mean_over_t(artifact.array("maps", "bins", row), counts, t)
    error = artifact.array("maps", "error", row).astype(np.float32) * _fewer(counts, t)
    return typicality, change, error


def _fewer(counts: NDArray[np.int64], t: Range) -> float:
    """By how much an error grows when only the samples within a range of t are averaged."""
    inside = np.asarray(counts)[round(t[0] * T_BINS) : round(t[1] * T_BINS)].sum()
    return float(np.sqrt(np.sum(counts) / inside))
