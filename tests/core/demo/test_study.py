"""The demo as a dataset on disk."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from core.config import Settings
from core.dataset.importers import find
from core.dataset.manifest import fingerprint
from core.demo import study as demo
from core.demo.scenes import STUDY_SEED, TRAINING_SEED, TrainingScenes, scene
from core.looking import look_at
from core.stages import STAGES
from core.store.layout import Layout
from core.study import Study

SHIPPED = Layout(Settings().cache)


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "PICTURES", 24)


@pytest.mark.usefixtures("few")
def test_drawing__is_a_dataset_with_labels_masks_and_elements(tmp_path: Path):
    assert [*demo.Drawing(tmp_path)] == list(range(24))
    found = find(tmp_path)
    assert len(found) == 24
    assert set(found.label_columns) == {"place", "decade"}
    assert len(found.elements) == len(demo.ELEMENTS)
    drawn = cv2.imread(str(tmp_path / "pictures" / "Paris_1950s_001.bmp"))[..., ::-1]
    assert np.array_equal(drawn, scene(STUDY_SEED, 1).picture)
    mask = cv2.imread(str(tmp_path / "masks" / "Paris_1950s_001.bmp"), cv2.IMREAD_UNCHANGED)
    assert np.array_equal(mask, scene(STUDY_SEED, 1).mask)


@pytest.mark.usefixtures("few")
def test_drawing__goes_on_where_it_was_and_is_done_once(tmp_path: Path):
    work = iter(demo.Drawing(tmp_path))
    for _ in range(5):
        next(work)
    work.close()
    assert not (tmp_path / "metadata.csv").exists()
    first = next((tmp_path / "pictures").iterdir())
    written = first.stat().st_mtime_ns
    assert len([*demo.Drawing(tmp_path)]) == 24
    assert first.stat().st_mtime_ns == written
    assert len(demo.Drawing(tmp_path)) == 0 and not [*demo.Drawing(tmp_path)]


def test_training_and_study_share_no_scene():
    assert TRAINING_SEED != STUDY_SEED
    assert not np.array_equal(scene(TRAINING_SEED, 0).picture, scene(STUDY_SEED, 0).picture)
    assert TrainingScenes(2).picture(0).shape == (128, 128, 3)


def test_shipped_study__is_the_one_of_this_code_and_small():
    study = Study.open(demo.NAME)
    assert {row.name: row.state for row in study.status()} == {row.name: "done" for row in STAGES}
    assert study.spec.typicality == demo.SPEC.typicality and study.spec.clusters == demo.SPEC.clusters
    dataset = study.finished("dataset")
    pictures, elements = (dataset.table(name).drop(columns="shard") for name in ("pictures", "elements"))
    assert fingerprint(pictures, elements) == study.dataset
    on_demand = sum(_bytes(SHIPPED.stage(demo.NAME, row.name)) for row in STAGES if row.on_demand)
    assert _bytes(SHIPPED.study(demo.NAME)) - on_demand <= 15e6 and on_demand <= 10e6
    assert _bytes(SHIPPED.model(demo.NAME)) <= 30e6


def test_shipped_study__the_most_typical_picture_of_each_place_was_looked_at_under_all():
    study = Study.open(demo.NAME)
    maps = study.finished("typicality").table("maps")
    for picture in maps.loc[maps.groupby("label")["mean"].idxmax(), "picture"]:
        found = look_at(study, picture).artifact
        assert found is not None and set(found.table("maps")["label"]) == set(study.labels)


def _bytes(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def test_shipped_study__pictures_drawn_here_are_those_it_was_made_from(tmp_path: Path):
    import hashlib

    pictures = Study.open(demo.NAME).pictures
    row = pictures[pictures["file_name"] == "pictures/Kyoto_1950s_003.bmp"].iloc[0]
    target = tmp_path / "drawn.bmp"
    cv2.imwrite(str(target), cv2.cvtColor(scene(STUDY_SEED, 3).picture, cv2.COLOR_RGB2BGR))
    assert hashlib.sha256(target.read_bytes()).hexdigest() == row["sha256"]
