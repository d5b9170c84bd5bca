"""Typicality over any range of t, for all pictures of a label, and one picture's maps for the browser."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from core.dataset.frame import frame_for
from core.dataset.manifest import among_pictures
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


SCALE_FROM = 64
"""Pictures of a label whose maps say where colours end: more would take longer and say the same."""

_TOGETHER = 256
"""Maps in memory at once."""

_COLUMNS = (
    "picture", "label", "mean", "mean_error", "complete", "multiple", "counts", "shard", "bins_offset",
    "bins_shape", "error_offset", "error_shape",
)  # fmt: skip


def sampled_range(study: Study, label: str) -> Range:
    """First and last t of which a label has samples, in tenths."""
    return _measured(study, label).sampled


@dataclass(frozen=True)
class _Measured:
    """A label's own pictures under that label."""

    rows: pd.DataFrame
    """Of table `maps`, indexed by picture id."""
    sampled: Range


@dataclass(frozen=True)
class Told:
    """One picture as the denoiser sees it when told one of the labels, over one range of t."""

    label: str
    mean: float
    """T averaged over the map, with its 95% interval."""
    low: float
    high: float
    maps: Maps


def complete(study: Study, label: str) -> pd.DataFrame:
    """The rows of table `maps` of a label's own pictures that no first look dismissed, indexed by picture."""
    rows = _measured(study, label).rows
    return rows[rows["complete"].astype(bool)]


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
    row = _measured(study, label).rows.loc[picture]
    return _drawn(study, opened.pictures(study, label).loc[picture], artifact, row, t, shown)


def under_labels(
    study: Study, picture: pd.DataFrame, artifact: Artifact, rows: pd.DataFrame, t: Range, shown: View
) -> list[Told]:
    """One picture under each label it was measured under, highest mean T first, in the colours of a view.

    Args:
        study: whose frame it has.
        picture: its row, with `width` and `height`.
        artifact: what `rows`, of its table `maps`, belong to.
        t: range.
        shown: the view whose colours are taken.
    """
    found = []
    for _, row in rows.iterrows():
        drawn = _drawn(study, picture.iloc[0], artifact, row, t, shown)
        mean, error = float(drawn.typicality.mean()), float(row["mean_error"]) * _fewer(row["counts"], t)
        found.append(Told(str(row["label"]), mean, *interval(mean, error), drawn))
    return sorted(found, key=lambda told: told.mean, reverse=True)


@st.cache_resource(max_entries=2 * opened.LABELS, show_spinner=False)
def _view(_study: Study, _artifact: Artifact, label: str, t: Range, key: str) -> View:
    rows = _measured(_study, label).rows
    parts = [_means(_artifact, label, alike, counts, t, key) for counts, alike in _alike(rows)]
    table = pd.concat(parts).reindex(rows.index).sort_values("mean", ascending=False, kind="stable")
    spread = table.index[np.unique(np.linspace(0, len(table) - 1, min(len(table), SCALE_FROM)).astype(int))]
    return View(table, *opened.reading(_artifact, lambda: _scales(_artifact, rows.loc[spread], t)))


def _alike(rows: pd.DataFrame) -> Iterator[tuple[NDArray[np.int64], pd.DataFrame]]:
    """Rows whose maps have one shape and as many samples a bin, so that they can be read together."""
    kinds = np.column_stack([_array(rows[name]) for name in ("counts", "bins_shape")])
    if (kinds == kinds[0]).all():  # as nearly always, and looking for others takes its time
        yield kinds[0, :T_BINS], rows
        return
    for kind in np.unique(kinds, axis=0):
        yield kind[:T_BINS], rows[(kinds == kind).all(axis=1)]


def _scales(artifact: Artifact, rows: pd.DataFrame, t: Range) -> tuple[float, float]:
    """Where colours end for these pictures: of T and of the change map."""
    found = [mean_over_t(artifact.stacked("maps", "bins", part), counts, t) for counts, part in _alike(rows)]
    return quantile_scale(maps[:, 0] for maps in found), quantile_scale(maps[:, 1] for maps in found)


def _means(
    artifact: Artifact, label: str, rows: pd.DataFrame, counts: NDArray[np.int64], t: Range, key: str
) -> pd.DataFrame:
    """The mean T of each picture over a range of t, `mean` with `low` and `high`; over the whole range, that
    is what is stored. All rows have `counts` samples a bin."""
    means, fewer = rows["mean"].to_numpy(np.float64), _fewer(counts, t)
    if fewer != 1:
        bins = _by_bin(artifact, rows, label, f"{counts} {rows['bins_shape'].iloc[0]} {key}")
        means = mean_over_t(bins, counts, t)[:, 0, 0]
    low, high = interval(means, rows["mean_error"] * fewer)
    return pd.DataFrame({"mean": means, "low": low, "high": high}, index=rows.index)


@st.cache_resource(max_entries=opened.LABELS, show_spinner=False)
def _own(_study: Study, _artifact: Artifact, label: str, key: str) -> _Measured:
    rows = opened.reading(_artifact, lambda: _artifact.rows("maps", "label", [label], _COLUMNS))
    rows = rows[among_pictures(opened.pictures(_study, label), rows["picture"])].set_index("picture")
    if rows.empty:
        return _Measured(rows, (0.0, 1 / T_BINS))
    lists = {name: _array(rows[name]) for name in ("counts", "bins_shape")}
    used = np.flatnonzero(lists["counts"].sum(axis=0))
    rows = rows.assign(**{name: _once(found) for name, found in lists.items()})
    return _Measured(rows, (float(used[0]) / T_BINS, float(used[-1] + 1) / T_BINS))


def _array(lists: pd.Series[Any]) -> NDArray[Any]:
    """Lists of one length as one array, (n, length)."""
    return np.concatenate(lists.to_numpy()).reshape(len(lists), -1)


def _once(found: NDArray[Any]) -> list[NDArray[Any]]:
    """Its rows, one array where all say the same: nearly always, and most of a label's memory."""
    return [found[0].copy()] * len(found) if (found == found[0]).all() else list(found)


def _measured(study: Study, label: str) -> _Measured:
    """The maps of the label's own pictures under that label.

    Raises:
        UserError: there is none.
    """
    artifact = opened.artifact(study, "typicality")
    if "maps" not in opened.reading(artifact, lambda: artifact.tables):
        raise UserError("No picture of this study could be measured; its failures say why.")
    key = f"{study.spec.told} {study.spec.pictures} {opened.content(artifact)}"
    found = _own(study, artifact, label, key)
    if found.rows.empty:
        raise UserError(f'No picture has been measured under "{label}".')
    return found


def _drawn(
    study: Study, picture: pd.Series[Any], artifact: Artifact, row: pd.Series[Any], t: Range, shown: View
) -> Maps:
    typicality, change, error = opened.reading(artifact, lambda: _maps(artifact, row, t))
    width, height = int(picture["width"]), int(picture["height"])
    left, top, right, bottom = frame_for(width, height, study.spec.frame, int(row["multiple"])).bounds
    bounds = (left / width, top / height, (right - left) / width, (bottom - top) / height)
    return Maps(typicality, change, error, shown.scale, shown.change_scale, bounds)


def _maps(
    artifact: Artifact, row: Mapping[Any, Any] | pd.Series[Any], t: Range
) -> tuple[NDArray[np.float32], ...]:
    """Typicality, change map and standard error of one row.

    The error is kept over all samples; that of fewer grows with the root of their share.
    """
    counts = np.asarray(row["counts"])
    typicality, change = mean_over_t(artifact.array("maps", "bins", row), counts, t)
    error = artifact.array("maps", "error", row).astype(np.float32) * _fewer(counts, t)
    return typicality, change, error


@st.cache_resource(max_entries=opened.LABELS, show_spinner="Averaging the maps over t\u2026")
def _by_bin(_artifact: Artifact, _rows: pd.DataFrame, label: str, key: str) -> NDArray[np.float32]:
    """The mean T of each picture in each bin of t that holds samples: (n, b, 1, 1)."""
    return opened.reading(
        _artifact,
        lambda: np.concatenate([
            _artifact.stacked("maps", "bins", _rows[start : start + _TOGETHER], 0)
            .mean(axis=(2, 3), keepdims=True, dtype=np.float32)
            for start in range(0, len(_rows), _TOGETHER)
        ]),
    )  # fmt: skip


def _fewer(counts: NDArray[np.int64], t: Range) -> float:
    """By how much an error grows when only the samples within a range of t are averaged."""
    inside = np.asarray(counts)[round(t[0] * T_BINS) : round(t[1] * T_BINS)].sum()
    return float(np.sqrt(np.sum(counts) / inside))
