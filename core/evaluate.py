"""How well do a study's results agree with what is known to be true?

Where a dataset brings boxes or masks: how well maps point at them (`core/mining/localisation.py`), and,
where its masks tell planted elements apart, the share of them that got a cluster of their own. For any
dataset: how often the label with the largest mean T is the right one, on pictures kept from training.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.dataset.pictures import load_mask
from core.errors import UserError
from core.evidence import Truth, is_known
from core.mining import resampling
from core.mining.elements import elements_found, patch_elements
from core.mining.localisation import FIGURES, Measured, best_threshold, estimates
from core.mining.resampling import Estimate
from core.mining.typicality import name_by_mean
from core.specs import ScreenSpec, TypicalitySpec
from core.study import Study

NAMING_SAMPLES = 8
"""Noise samples a picture and label when labels are named: half a dozen already tell ten labels apart."""


@dataclasses.dataclass(frozen=True)
class Evaluation:
    """Labels held against the truth, and what follows for all of them."""

    labels: Mapping[str, Measured]
    figures: Mapping[str, Mapping[str, Estimate]]
    """By label, then by name (`localisation.FIGURES`)."""
    mean: Mapping[str, Estimate]
    """Over the labels that have any positive pixel."""
    threshold: float
    """The T from which on a region counts as found."""

    @classmethod
    def of(cls, labels: Mapping[str, Measured], thresholds: NDArray[np.float32]) -> Evaluation:
        """Of labels measured on one scale."""
        best = best_threshold(labels)
        figures = {label: estimates(label, one, best) for label, one in labels.items()}
        names = next(iter(figures.values()), {})
        mean = {name: resampling.mean(of[name] for of in figures.values()) for name in names}
        return cls(labels, figures, mean, float(thresholds[best]) if len(thresholds) else float("nan"))


@dataclasses.dataclass(frozen=True)
class _Asked:
    """A study with what was found of it."""

    study: Study
    truth: Truth
    found: Evaluation

    @classmethod
    def of(cls, study: Study, labels: Sequence[str], among: Sequence[str] | None) -> _Asked:
        truth = Truth.of(study, among)
        scale = truth.scale()
        measured = {label: truth.measured(label, scale) for label in labels}
        return cls(study, truth, Evaluation.of(measured, scale.thresholds))

    @property
    def pictures(self) -> list[str]:
        """Those that were measured."""
        return [picture for one in self.found.labels.values() for picture in one.pictures]

    def told(self) -> dict[str, Any]:
        """As `evaluate` returns it."""
        labels, found = list(self.found.labels), self.found
        elements = _elements_found(self.study, self.truth, labels)
        change = pd.Series([one.change_map_average_precision for one in found.labels.values()], dtype=float)
        return {
            "study": self.study.name,
            "pictures": len(self.pictures),
            **_figures(found.mean, change.mean()),
            "threshold": _number(found.threshold),
            "elements_found": None if elements is None else float(elements["found"].mean()),
            "left_out": dict(Counter(self.truth.left_out.values())),
            "labels": {label: _label(label, found, elements) for label in labels},
        }


def evaluate(
    study: Study, labels: Sequence[str] | None = None, among: Sequence[str] | None = None
) -> dict[str, Any]:
    """Agreement of maps and clusters with boxes or masks, for some labels or all of them.

    Args:
        among: ids of the only pictures that count; None for all whose truth is known.

    Returns:
        Means over labels: `average_precision` of T over all pixels, its `interval` (bootstrap over pictures)
        and `chance`; `change_map_average_precision`; `pointing_game`, `box_recall` (overlap of half or more)
        and `loose_box_recall` (a quarter), each with `_interval` and `_chance`; the `threshold` of T for
        recall; `elements_found` (share of the planted elements; None where the dataset names none),
        `left_out` (pictures that could not be used, by reason), and `labels`, the same a label.

    Raises:
        UserError: the dataset has neither boxes nor masks, or the maps are not there yet.
    """
    return _Asked.of(study, study.labels if labels is None else labels, among).told()


def against(study: Study, other: Study, among: Sequence[str] | None = None) -> dict[str, Any]:
    """Two studies on the pictures they share, and by how much the first is better.

    Pictures are the same when their bytes and their label are. Both are drawn together in the bootstrap, so
    that what is hard for both widens no interval of the difference.

    Returns:
        As `evaluate` of `study`, with `against` (as `evaluate` of `other`) and `difference`.

    Raises:
        UserError: they share no label, or no picture of one; or as `evaluate`.
    """
    pairs = shared(study, other, among)
    one, two = _both(study, other, pairs)
    ids = set(one.pictures), set(two.pictures)
    both = pairs[pairs["one"].isin(ids[0]) & pairs["other"].isin(ids[1])]
    if len(both) < len(pairs):  # what one could not use says nothing about a difference
        _refuse_none(study, other, both)
        one, two = _both(study, other, both)
    return one.told() | {"against": two.told(), "difference": _told(differences(one.found, two.found))}


def shared(study: Study, other: Study, among: Sequence[str] | None = None) -> pd.DataFrame:
    """Pictures of two studies whose bytes and label are the same: a row each, ids `one` and `other`, `label`.

    Only those whose truth both know.

    Raises:
        UserError: there is none.
    """
    sides = []
    for which in (study, other):
        known = which.pictures[is_known(which.pictures)]
        label = known[which.spec.label_column].to_numpy()
        sides.append(pd.DataFrame({"id": known.index, "label": label, "sha256": known["sha256"].to_numpy()}))
    if among is not None:
        sides[0] = sides[0][sides[0]["id"].isin(among)]
    pairs = sides[0].merge(sides[1], on=["sha256", "label"]).rename(columns={"id_x": "one", "id_y": "other"})
    if pairs.empty and not set(study.labels) & set(other.labels):
        raise UserError(
            f'Studies "{study.name}" and "{other.name}" share no label, so there is nothing to hold against '
            "each other: choose two of the same dataset and label column."
        )
    _refuse_none(study, other, pairs)
    return pairs[["one", "other", "label"]]


def differences(
    one: Evaluation, other: Evaluation
) -> tuple[dict[str, Estimate], dict[str, dict[str, Estimate]]]:
    """By how much `one` is better, on average and a label; both of the same pictures in the same order."""
    labels = {
        label: {
            name: resampling.difference(figure, other.figures[label][name])
            for name, figure in figures.items()
        }
        for label, figures in one.figures.items()
        if label in other.figures
    }
    return {name: resampling.mean(of[name] for of in labels.values()) for name in FIGURES}, labels


def _both(study: Study, other: Study, pairs: pd.DataFrame) -> tuple[_Asked, _Asked]:
    labels = sorted(pairs["label"].unique())
    return (
        _Asked.of(study, labels, pairs["one"].tolist()),
        _Asked.of(other, labels, pairs["other"].tolist()),
    )


def _refuse_none(study: Study, other: Study, pairs: pd.DataFrame) -> None:
    if pairs.empty:
        raise UserError(
            f'Studies "{study.name}" and "{other.name}" share no picture whose truth both know under one '
            "label: choose two of the same pictures."
        )


def naming_study(study: Study) -> Study:
    """The same study asked only what naming needs: every label, few samples, held-out pictures."""
    noise = dataclasses.replace(study.spec.typicality.noise, samples=NAMING_SAMPLES)
    return study.with_spec(pictures="held-out", screen=ScreenSpec(), typicality=TypicalitySpec(noise, "all"))


def naming(study: Study) -> dict[str, Any]:
    """How often the label with the largest mean T is the picture's own, given a finished `naming_study`."""
    maps = study.finished("typicality").table("maps")
    named = name_by_mean(maps.pivot(index="picture", columns="label", values="mean"))
    right = named == study.pictures.loc[named.index, study.spec.label_column]
    own = right.groupby(study.pictures.loc[named.index, study.spec.label_column]).mean()
    return {
        "naming_accuracy": float(right.mean()),
        "naming_chance": 1 / len(study.labels),
        "naming_pictures": len(named),
        "naming_labels": {str(label): float(share) for label, share in own.items()},
    }


def _elements_found(study: Study, truth: Truth, labels: Sequence[str]) -> pd.DataFrame | None:
    """One row a planted element of these labels; None where there are none, or no clusters yet."""
    clusters = study.artifact("clusters")
    if truth.elements is None or clusters is None:
        return None
    elements = truth.elements[truth.elements["label"].isin(labels)].reset_index(drop=True)
    members = clusters.table("members")
    members = members[members["label"].isin(labels)]
    patches = study.finished("patches").table("patches")
    own = patches[patches["patch"].isin(members["patch"]) & ~patches["picture"].isin(list(truth.left_out))]
    members = members[members["patch"].isin(own["patch"])]
    kept = elements["id"].to_numpy()

    def mask_of(picture: str) -> NDArray[np.uint16]:
        # Elements of another column (a decade's cars in a study of places) are clutter to this question.
        row: pd.Series[Any] = study.pictures.loc[picture]  # type: ignore[assignment]
        mask = load_mask(str(row["mask"]), str(row["mask_sha256"]))
        return np.where(np.isin(mask, kept), mask, 0).astype(np.uint16)

    return elements_found(clusters.table("clusters"), members, patch_elements(own, mask_of), elements)


def _figures(of: Mapping[str, Estimate], change: float) -> dict[str, Any]:
    """The figures of a label or of all, as JSON has them."""
    told: dict[str, Any] = {}
    for name in FIGURES:
        one = of.get(name, Estimate(np.nan, np.nan, np.empty(0)))
        first = name == FIGURES[0]
        told[name] = _number(one.value)
        told["interval" if first else f"{name}_interval"] = [_number(end) for end in one.interval()]
        told["chance" if first else f"{name}_chance"] = _number(one.chance)
        if first:
            told["change_map_average_precision"] = _number(change)
    return told


def _told(found: tuple[dict[str, Estimate], dict[str, dict[str, Estimate]]]) -> dict[str, Any]:
    """Differences as JSON has them: no chance level, and intervals under the same names."""
    rows = [
        {
            key: value
            for key, value in _figures(of, np.nan).items()
            if "chance" not in key and "change" not in key
        }
        for of in (found[0], *found[1].values())
    ]
    return rows[0] | {"labels": dict(zip(found[1], rows[1:], strict=True))}


def _label(label: str, found: Evaluation, elements: pd.DataFrame | None) -> dict[str, Any]:
    one = found.labels[label]
    result: dict[str, Any] = {
        **_figures(found.figures[label], one.change_map_average_precision),
        "pictures": len(one.pictures),
        "boxes": int(one.boxes.sum()),
    }
    if elements is None:
        return result | {"elements_found": None}
    own = elements[elements["label"] == label]
    each = {
        str(row["name"]): {"found": bool(row["found"]), "purity": _number(row["purity"])}
        for _, row in own.iterrows()
    }
    return result | {"elements_found": _number(own["found"].mean()), "elements": each}


def _number(value: Any) -> float | None:
    return None if pd.isna(value) else round(float(value), 6)
