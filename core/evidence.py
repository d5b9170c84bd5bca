"""A study's maps beside what is known to be true: boxes that experts drew, or masks. The stage `evidence`."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.dataset.files import PictureError
from core.dataset.frame import Frame, frame_for
from core.dataset.manifest import boxes_of
from core.dataset.pictures import load_mask
from core.errors import UserError
from core.mining import recall
from core.mining.localisation import Evidence, Measured, Scale, measure, stacked, truth_mask
from core.mining.resampling import BINS
from core.mining.typicality import mean_over_t, upsample
from core.specs import StudySpec
from core.stages import Inputs, Record, Shard, stage
from core.store.artifacts import Artifact
from core.study import Study

SCALE_FROM = 2000
"""Pictures whose maps say where bins and thresholds lie: more would take longer and say the same."""

NO_TRUTH = (
    'The dataset of study "{study}" has neither a "mask" nor a "boxes" column to check the maps against; '
    "add one to its table, or ask --naming how labels are told apart."
)


@dataclass(frozen=True)
class Truth:
    """A study's boxes and masks beside its maps."""

    pictures: pd.DataFrame
    """As of `Study.pictures`; those of which nothing is known are looked over."""
    spec: StudySpec
    elements: pd.DataFrame | None
    """The planted elements of the study's column; None where the dataset names none."""
    typicality: Artifact
    left_out: dict[str, str] = field(default_factory=dict)
    """Why pictures whose truth is known could not be used, as far as they were asked for."""

    @classmethod
    def of(cls, study: Study, among: Sequence[str] | None = None) -> Truth:
        """That of a study, or of some of its pictures.

        Raises:
            UserError: nothing is known to be true, or the maps are not there yet.
        """
        inputs = study.inputs_for(stage("evidence"))
        pictures = study.pictures if among is None else study.pictures.loc[list(among)]
        return cls._of(study.name, pictures, inputs)

    @classmethod
    def of_inputs(cls, inputs: Inputs) -> Truth:
        """The same for the stage."""
        return cls._of("", inputs.pictures, inputs)

    @classmethod
    def _of(cls, name: str, pictures: pd.DataFrame, inputs: Inputs) -> Truth:
        known = is_known(pictures)
        if not known.any():
            raise UserError(
                NO_TRUTH.format(study=name) if name else NO_TRUTH.replace(' of study "{study}"', "")
            )
        own = _elements(inputs.artifacts["dataset"], inputs.spec.label_column)
        return cls(
            pictures[known], inputs.spec, own,
            inputs.artifacts["typicality"],
        )  # fmt: skip

    def scale(self) -> Scale:
        """The bins and thresholds all labels share.

        Raises:
            UserError: no picture whose truth is known has a map.
        """
        maps = self._maps()
        if maps.empty:
            raise UserError(
                "No picture with boxes or a mask has been measured; the failures of stage typicality say why."
            )
        some = np.unique(np.linspace(0, len(maps) - 1, min(len(maps), SCALE_FROM)).astype(int))
        found = [self._map(row)[0] for _, row in maps.iloc[some].iterrows()]
        return Scale.of([one[np.isfinite(one)] for one in found])

    def measured(self, label: str, scale: Scale) -> Measured:
        """One label's pictures, held against the truth; `left_out` grows by those that could not be."""
        return measure(self._evidence(label), scale)

    def _evidence(self, label: str) -> Iterator[Evidence]:
        maps = self._maps()
        for _, row in maps[maps["label"] == label].iterrows():
            picture: pd.Series[Any] = self.pictures.loc[row["picture"]]  # type: ignore[assignment]
            try:
                yield self._one(picture, row)
            except PictureError as problem:
                self.left_out[str(row["picture"])] = f"is left out: its mask {problem.reason}"
            except ArithmeticError:
                self.left_out[str(row["picture"])] = "is left out: its map holds no numbers"

    def _one(self, picture: pd.Series[Any], row: pd.Series[Any]) -> Evidence:
        typicality, change = self._map(row)
        if not (np.isfinite(typicality).all() and np.isfinite(change).all()):
            raise ArithmeticError
        width, height = int(row["frame_width"]), int(row["frame_height"])
        frame = frame_for(
            int(picture["width"]), int(picture["height"]), self.spec.frame, int(row["multiple"])
        )
        return Evidence(
            upsample(typicality, height, width),
            upsample(change, height, width),
            frame.apply_mask(self._positives(picture, str(row["label"])).astype(np.uint16)) > 0,
            str(row["picture"]),
            _framed(boxes_of({"boxes": picture.get("boxes")}), frame),
        )

    def _maps(self) -> pd.DataFrame:
        """The maps of pictures whose truth is known, under their own label.

        In the order of the pictures' bytes: the same in another study of them.
        """
        maps = self.typicality.table("maps")
        if "picture" not in maps:
            return pd.DataFrame(columns=["picture", "label"])
        known = self.pictures[[self.spec.label_column, "sha256"]].reindex(maps["picture"])
        maps = maps.assign(sha256=known["sha256"].to_numpy())
        own = maps[maps["label"].to_numpy() == known[self.spec.label_column].to_numpy()]
        in_order: pd.DataFrame = own.sort_values(["sha256", "picture"], kind="stable")
        return in_order

    def _map(self, row: pd.Series[Any]) -> NDArray[np.float32]:
        """T and the change map, (2, h, w)."""
        return mean_over_t(self.typicality.array("maps", "bins", row), row["counts"])

    def _positives(self, picture: pd.Series[Any], label: str) -> NDArray[np.bool_]:
        path = picture.get("mask")
        mask = load_mask(path, picture["mask_sha256"]) if isinstance(path, str) and path else None
        own = _ids(self.elements, label)
        boxes = boxes_of({"boxes": picture.get("boxes")})
        shown = () if boxes is None else boxes
        return truth_mask(int(picture["width"]), int(picture["height"]), shown, mask, own)


def outlines(study: Study, picture: str) -> list[list[tuple[float, float]]]:
    """What is marked in a picture of the study, as closed polygons: corners as shares of width and height.

    Raises:
        UserError: its mask cannot be read any more.
    """
    row: pd.Series[Any] = study.pictures_among([picture]).iloc[0]  # type: ignore[assignment]
    size = np.array([row["width"], row["height"]], dtype=np.float64)
    boxes = boxes_of({"boxes": row.get("boxes")})
    found = [
        np.array([[x, y], [x + w, y], [x + w, y + h], [x, y + h]])
        for x, y, w, h in (() if boxes is None else boxes)
    ]
    path = row.get("mask")
    if isinstance(path, str) and path:
        dataset, column = study.artifact("dataset"), study.spec.label_column
        mask = load_mask(path, row["mask_sha256"])
        own = _ids(_elements(dataset, column) if dataset else None, str(row[column]))
        found += recall.contours(truth_mask(mask.shape[1], mask.shape[0], (), mask, own))
    return [[(float(x), float(y)) for x, y in corners / size] for corners in found]


def _elements(dataset: Artifact, column: str) -> pd.DataFrame | None:
    """The planted elements of a label column; None where the dataset names none at all."""
    elements = dataset.table("elements")
    return elements[elements["column"] == column].reset_index(drop=True) if len(elements) else None


def _ids(elements: pd.DataFrame | None, label: str) -> list[int] | None:
    """Which ids of a mask count for a label; None where all do."""
    return None if elements is None else elements.loc[elements["label"] == label, "id"].tolist()


def is_known(pictures: pd.DataFrame) -> pd.Series[bool]:
    """Of which pictures somebody said where the label shows. Empty boxes say: nowhere."""
    known = pd.Series(False, index=pictures.index)
    for column in ("mask", "boxes"):
        if column in pictures:
            known |= pictures[column].notna()
    return known


def work(inputs: Inputs, shard: Shard) -> Iterator[Record]:
    """The stage's work: a label's figures, and what they are made of, picture by picture."""
    truth = Truth.of_inputs(inputs)
    (label,) = shard.keys
    scale = truth.scale()
    measured = truth.measured(label, scale)
    yield Record(
        "labels",
        {
            "label": label,
            "pictures": len(measured.pictures),
            "average_precision": measured.average_precision,
            "change_map_average_precision": measured.change_map_average_precision,
            "thresholds": scale.thresholds.tolist(),
        },
    )
    for number, picture in enumerate(measured.pictures):
        row = {name: getattr(measured, name)[number].item() for name in _PLAIN}
        arrays = {name: getattr(measured, name)[number] for name in ("found", "by_chance")}
        packed = zlib.compress(measured.histograms[number].astype("<u4").tobytes(), 6)
        yield Record(
            "pictures",
            {"picture": picture, "label": label, **row},
            {**arrays, "histogram": np.frombuffer(packed, np.uint8)},
        )
    for picture, reason in truth.left_out.items():
        yield Record("failures", {"picture": picture, "reason": reason})


_PLAIN = ("own", "size", "positive", "hit", "boxes")


def stored(artifact: Artifact, labels: Sequence[str]) -> tuple[dict[str, Measured], NDArray[np.float32]]:
    """What the stage left, label by label, and the thresholds it tried."""
    table = artifact.table("labels")
    rows = {str(row["label"]): row for row in table.to_dict("records")}
    pictures = artifact.table("pictures")
    found = {label: _unpacked(artifact, label, rows[label], pictures) for label in labels if label in rows}
    thresholds = table["thresholds"].iloc[0] if len(table) else []
    return found, np.asarray(thresholds, np.float32)


def _unpacked(artifact: Artifact, label: str, facts: Mapping[Any, Any], pictures: pd.DataFrame) -> Measured:
    own = pictures[pictures["label"] == label].to_dict("records") if len(pictures) else []
    filled = [
        {
            **{name: row[name] for name in _PLAIN},
            "found": artifact.array("pictures", "found", row),
            "by_chance": artifact.array("pictures", "by_chance", row),
            "histograms": _histogram(artifact.array("pictures", "histogram", row)),
        }
        for row in own
    ]
    return Measured(
        tuple(str(row["picture"]) for row in own),
        float(facts["average_precision"]),
        float(facts["change_map_average_precision"]),
        **stacked(filled),
    )


def _histogram(packed: NDArray[np.uint8]) -> NDArray[np.uint32]:
    try:
        return np.frombuffer(zlib.decompress(packed.tobytes()), "<u4").reshape(2, BINS)
    except zlib.error as problem:
        raise ValueError(str(problem)) from problem  # what a damaged array raises, for `reading`


def _framed(boxes: NDArray[np.float64] | None, frame: Frame) -> NDArray[np.float64] | None:
    """Boxes in pixels of the frame; those it does not show are left out."""
    if boxes is None:
        return None
    framed = np.array([frame.to_frame(x, y, x + w, y + h) for x, y, w, h in boxes]).reshape(-1, 4)
    return framed[(framed[:, 2:] >= 1).all(axis=1)]
