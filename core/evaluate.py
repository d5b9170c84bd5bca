"""How well do a study's results agree with what is known to be true?

Where a dataset brings boxes or masks: average precision of the maps, and, where its masks tell planted
elements apart, the share of them that got a cluster of their own. For any dataset: how often the
label with the largest mean T is the right one, on pictures kept from training.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.dataset.frame import frame_for
from core.dataset.pictures import load_mask
from core.errors import UserError
from core.mining.elements import elements_found, patch_elements
from core.mining.localisation import Evidence, Localisation, truth_mask
from core.mining.localisation import evaluate as localisation
from core.mining.typicality import mean_over_t, name_by_mean, upsample
from core.specs import ScreenSpec, TypicalitySpec
from core.store.artifacts import Artifact
from core.study import Study

NAMING_SAMPLES = 8
"""Noise samples a picture and label when labels are named: half a dozen already tell ten labels apart."""


def evaluate(study: Study, labels: Sequence[str] | None = None) -> dict[str, Any]:
    """Agreement of maps and clusters with boxes or masks, for some labels or all of them.

    Returns:
        `average_precision`, `change_map_average_precision`, `chance` (means over labels), `elements_found`
        (share of the planted elements; None where the dataset names none), and `labels`, the same a label.

    Raises:
        UserError: the dataset has neither boxes nor masks, or the maps are not there yet.
    """
    truth = Truth(study)
    labels = study.labels if labels is None else labels
    measured = localisation({label: truth.evidence(label) for label in labels})
    elements = truth.elements_found(labels)
    return {
        "study": study.name,
        **{str(name): _number(value) for name, value in measured.mean.items() if name != "pictures"},
        "elements_found": None if elements is None else float(elements["found"].mean()),
        "labels": {label: _label(label, measured, elements) for label in labels},
    }


def naming_study(study: Study) -> Study:
    """The same study asked only what naming needs: every label, few samples, held-out pictures."""
    noise = dataclasses.replace(study.spec.typicality.noise, samples=NAMING_SAMPLES)
    return study.with_spec(pictures="held-out", screen=ScreenSpec(), typicality=TypicalitySpec(noise, "all"))


def naming(study: Study) -> dict[str, Any]:
    """How often the label with the largest mean T is the picture's own, given a finished `naming_study`."""
    maps = _finished(study, "typicality").table("maps")
    named = name_by_mean(maps.pivot(index="picture", columns="label", values="mean"))
    right = named == study.pictures.loc[named.index, study.spec.label_column]
    own = right.groupby(study.pictures.loc[named.index, study.spec.label_column]).mean()
    return {
        "naming_accuracy": float(right.mean()),
        "naming_chance": 1 / len(study.labels),
        "naming_pictures": len(named),
        "naming_labels": {str(label): float(share) for label, share in own.items()},
    }


@dataclasses.dataclass(frozen=True)
class Truth:
    """A study's boxes and masks beside its maps."""

    study: Study

    def __post_init__(self) -> None:
        known = [column for column in ("mask", "boxes") if column in self.study.pictures]
        if not any(self.study.pictures[column].notna().any() for column in known):
            raise UserError(
                f'The dataset of study "{self.study.name}" has neither a "mask" nor a "boxes" column to '
                "check the maps against; add one to its table, or ask --naming how labels are told apart."
            )

    def evidence(self, label: str) -> Iterator[Evidence]:
        """Maps and truth of each picture of a label, pixel by pixel of the framed picture."""
        artifact = _finished(self.study, "typicality")
        maps = artifact.table("maps")
        for _, row in maps[maps["label"] == label].iterrows():
            picture = self.study.pictures.loc[row["picture"]]
            if picture[self.study.spec.label_column] != label:
                continue
            typicality, change = mean_over_t(artifact.array("maps", "bins", row), row["counts"])
            width, height = int(row["frame_width"]), int(row["frame_height"])
            frame = frame_for(
                int(picture["width"]), int(picture["height"]), self.study.spec.frame, int(row["multiple"])
            )
            positives = frame.apply_mask(self._positives(picture, label).astype(np.uint16)) > 0
            yield Evidence(upsample(typicality, height, width), upsample(change, height, width), positives)

    def elements_found(self, labels: Sequence[str]) -> pd.DataFrame | None:
        """One row a planted element of these labels; None where there are none, or no clusters yet."""
        elements, clusters = self._elements(), self.study.artifact("clusters")
        if elements is None or clusters is None:
            return None
        elements = elements[elements["label"].isin(labels)].reset_index(drop=True)
        members = clusters.table("members")
        members = members[members["label"].isin(labels)]
        patches = _finished(self.study, "patches").table("patches")
        own = patches[patches["patch"].isin(members["patch"])]
        # Elements of another column (a decade's cars in a study of places) are clutter to this question.
        of = patch_elements(own, lambda picture: self._mask(picture, elements["id"].to_numpy()))
        return elements_found(clusters.table("clusters"), members, of, elements)

    def _elements(self) -> pd.DataFrame | None:
        elements = _finished(self.study, "dataset").table("elements")
        if not len(elements):
            return None
        return elements[elements["column"] == self.study.spec.label_column].reset_index(drop=True)

    def _mask(self, picture: str, kept: NDArray[np.int64]) -> NDArray[np.uint16]:
        row: pd.Series[Any] = self.study.pictures.loc[picture]  # type: ignore[assignment]
        mask = load_mask(str(row["mask"]), str(row["mask_sha256"]))
        return np.where(np.isin(mask, kept), mask, 0).astype(np.uint16)

    def _positives(self, picture: pd.Series[Any], label: str) -> NDArray[np.bool_]:
        boxes = picture["boxes"] if "boxes" in picture and picture["boxes"] is not None else ()
        path = picture.get("mask")
        mask = load_mask(path, picture["mask_sha256"]) if isinstance(path, str) and path else None
        elements = self._elements()
        own = None if elements is None else elements.loc[elements["label"] == label, "id"].tolist()
        return truth_mask(int(picture["width"]), int(picture["height"]), boxes, mask, own)


def _label(label: str, measured: Localisation, elements: pd.DataFrame | None) -> dict[str, Any]:
    row = measured.by_label.loc[label]
    result: dict[str, Any] = {str(name): _number(value) for name, value in row.items()}
    if elements is None:
        return result | {"elements_found": None}
    own = elements[elements["label"] == label]
    found = {
        str(row["name"]): {"found": bool(row["found"]), "purity": _number(row["purity"])}
        for _, row in own.iterrows()
    }
    return result | {"elements_found": float(own["found"].mean()), "elements": found}


def _finished(study: Study, stage: str) -> Artifact:
    artifact = study.artifact(stage)
    if artifact is None:
        raise UserError(
            f'Stage "{stage}" of study "{study.name}" is not done; '
            f"run it first: python -m core run {study.name}"
        )
    return artifact


def _number(value: Any) -> float | None:
    return None if pd.isna(value) else round(float(value), 6)
