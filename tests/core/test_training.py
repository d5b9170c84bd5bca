"""What a training on a study is shown of pictures that have several labels."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.config import Settings
from core.dataset.prompt import PromptTemplate
from core.specs import DenoiserSpec, FrameSpec, StudySpec
from core.study import Study
from core.training import on_study, spec_for

PICTURES = 24
TOLD = ("Effusion", "Mass", "Mass|Effusion", "Nodule")


@pytest.fixture
def study(tmp_path: Path) -> Study:
    """A chest X-ray set as it is published: a quarter of the pictures have two findings."""
    folder = tmp_path / "xray"
    folder.mkdir()
    lines = ["Image Index,Finding Labels"]
    for number in range(PICTURES):
        pixels = np.random.default_rng(number).integers(0, 255, (32, 32), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"{number:02}.png")
        lines.append(f"{number:02}.png,{TOLD[number % len(TOLD)]}")
    (folder / "Data_Entry_2017.csv").write_text("\n".join(lines) + "\n")
    spec = StudySpec(
        "finding", prompt=PromptTemplate("Chest X-Ray with {label}.", "Chest X-Ray."), frame=FrameSpec(32),
        denoiser=DenoiserSpec(fingerprint="0" * 12),
    )  # fmt: skip
    return Study.create("xray", str(folder), spec, Settings(cache=tmp_path / "cache"))


def test_on_study__a_picture_is_shown_once_under_all_its_labels(study: Study):
    training = on_study(study, "model", spec_for(study, "small", frame=FrameSpec(32), held_out=0.0))
    told = [training.examples.labels(i)["finding"] for i in range(len(training.examples))]
    assert len(study.pictures) == PICTURES + PICTURES // 4 and len(told) == PICTURES
    each = PICTURES // 4
    assert {one: told.count(one) for one in set(told)} == {
        "Effusion": each, "Mass": each, "Effusion, Mass": each, "Nodule": each,
    }  # fmt: skip


def test_on_study__held_out_pictures_have_one_label_and_are_not_trained_on(study: Study):
    training = on_study(study, "model", spec_for(study, "small", frame=FrameSpec(32), held_out=0.5))
    assert training.held is not None
    held = training.held.pictures
    assert set(held["finding"]) <= set(study.labels) and not held["path"].duplicated().any()
    assert not set(held["path"]) & set(training.examples.pictures["path"])
    several = study.pictures.loc[study.pictures["path"].duplicated(keep=False), "path"]
    assert len(several) and not set(held["path"]) & set(several)
