"""A study held against boxes: what is stored is what is told, and two studies of the same pictures."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from sklearn.metrics import average_precision_score
from typer.testing import CliRunner

import core.__main__  # noqa: F401 (joins all commands to the app)
from core.cli import app
from core.dataset.frame import frame_for
from core.dataset.split import held_out
from core.dataset.squares import Squares
from core.errors import UserError
from core.evaluate import Evaluation, against, evaluate
from core.evidence import Truth, stored
from core.mining.typicality import mean_over_t, upsample
from core.specs import DenoiserSpec
from core.study import Study
from core.training import held_out_by
from tests.core.marked import LABELS, PICTURES, make_marked

MARKED = PICTURES * len(LABELS) - 1


@pytest.fixture
def study(cache: Path) -> Study:
    return make_marked(cache)


def exact(study: Study, label: str) -> float:
    """Average precision, written down anew."""
    artifact = study.artifact("typicality")
    assert artifact is not None
    scores, truth = [], []
    for _, row in artifact.table("maps").iterrows():
        picture = study.pictures.loc[row["picture"]]
        if picture["place"] != label or picture["boxes"] is None:
            continue
        frame = frame_for(64, 48, study.spec.frame, 8)
        typicality, _ = mean_over_t(artifact.array("maps", "bins", row), row["counts"])
        scores.append(upsample(typicality, frame.height, frame.width).ravel())
        marked = np.zeros((48, 64), bool)
        for x, y, w, h in picture["boxes"].astype(object):
            marked[int(y) : int(y + h), int(x) : int(x + w)] = True
        truth.append(marked.ravel())
    return float(average_precision_score(np.concatenate(truth), np.concatenate(scores)))


def test_every_figure_has_an_interval_and_a_chance_level(study: Study) -> None:
    told = evaluate(study)
    assert told["pictures"] == MARKED  # the one nobody looked at says nothing
    for of in (told, *told["labels"].values()):
        for name, interval, chance in (
            ("average_precision", "interval", "chance"),
            *((name, f"{name}_interval", f"{name}_chance") for name in ("pointing_game", "box_recall")),
        ):
            low, high = of[interval]
            assert 0 <= low <= of[name] <= high + 0.01 <= 1.01, name
            assert of[chance] < of[name], name
        assert of["loose_box_recall"] >= of["box_recall"]
        assert of["elements_found"] is None
    for label in LABELS:
        assert told["labels"][label]["average_precision"] == pytest.approx(exact(study, label), abs=1e-6)
    means = [told["labels"][label]["pointing_game"] for label in LABELS]
    assert told["pointing_game"] == pytest.approx(np.mean(means), abs=1e-5)
    json.dumps(told, allow_nan=False)


def test_what_is_stored_is_what_is_told(study: Study) -> None:
    artifact = study.artifact("evidence")
    assert artifact is not None
    found = Evaluation.of(*stored(artifact, study.labels))
    told = evaluate(study)
    for label in LABELS:
        for name, one in found.figures[label].items():
            assert round(one.value, 6) == told["labels"][label][name]
        interval = found.figures[label]["average_precision"].interval()
        assert list(interval) == pytest.approx(told["labels"][label]["interval"], abs=1e-6)
    assert round(found.threshold, 6) == told["threshold"]


def test_workers_change_nothing(cache: Path, study: Study) -> None:
    other = make_marked(cache, name="other", evidence=False)
    for _ in other.run("evidence", workers=2):
        pass
    one, two = study.artifact("evidence"), other.artifact("evidence")
    assert one is not None and two is not None
    assert one.content_digest() == two.content_digest()


def test_a_better_study_is_better_on_the_pictures_both_know(cache: Path, study: Study) -> None:
    worse = make_marked(cache, name="worse", noise=1.5, unmarked=6)
    told = against(study, worse)
    assert told["pictures"] == told["against"]["pictures"] == PICTURES * len(LABELS) - 6
    gap = told["difference"]
    assert gap["average_precision"] == pytest.approx(
        told["average_precision"] - told["against"]["average_precision"], abs=2e-6
    )
    assert 0 < gap["interval"][0] < gap["average_precision"] < gap["interval"][1]
    assert set(gap["labels"]) == set(LABELS) and gap["labels"]["Paris"]["average_precision"] > 0
    same = against(study, study)["difference"]
    assert same["average_precision"] == 0 and same["interval"] == [0, 0]
    back = against(worse, study)["difference"]
    assert back["average_precision"] == -gap["average_precision"]
    assert back["interval"] == pytest.approx([-end for end in gap["interval"][::-1]], abs=2e-6)


def test_studies_that_share_nothing(cache: Path, study: Study) -> None:
    elsewhere = make_marked(cache, name="elsewhere", labels=("cat", "dog", "cow"), evidence=False)
    with pytest.raises(UserError, match="share no label"):
        against(study, elsewhere)
    moved = make_marked(cache, name="moved", labels=("Prague", "Kyoto", "Paris"), evidence=False)
    with pytest.raises(UserError, match="share no picture"):
        against(study, moved)


def test_without_truth_it_says_what_to_add(cache: Path) -> None:
    blind = make_marked(cache, unmarked=100, evidence=False)
    with pytest.raises(UserError, match='neither a "mask" nor a "boxes" column'):
        evaluate(blind)
    with pytest.raises(UserError, match='neither a "mask" nor a "boxes" column'):
        list(blind.run("evidence"))
    assert blind.artifact("evidence") is None


def test_a_mask_that_cannot_be_read_leaves_its_picture_out(study: Study, tmp_path: Path) -> None:
    Image.fromarray(np.ones((48, 64), np.uint8)).save(tmp_path / "mask.png")
    study.pictures["mask"] = [str(tmp_path / "gone.png")] + [None] * (len(study.pictures) - 1)
    told = evaluate(study)
    assert told["left_out"] == {"is left out: its mask is missing": 1}
    assert told["pictures"] == MARKED
    study.pictures["mask"] = [str(tmp_path / "mask.png")] + [None] * (len(study.pictures) - 1)
    study.pictures["mask_sha256"] = "0" * 64
    assert evaluate(study)["left_out"] == {"is left out: its mask changed since it was imported": 1}


def test_boxes_stand_where_the_frame_shows_them(study: Study) -> None:
    truth = Truth.of(study)
    for one in truth._evidence("Paris"):
        assert one.boxes is not None
        x, y, w, h = (round(edge) for edge in one.boxes[0])
        assert one.positives[y : y + h, x : x + w].all() and one.positives.sum() == w * h


def notes(folder: Path, pictures: int, held: Any = 0.25) -> None:
    folder.mkdir(exist_ok=True)
    spec = {"held_out": held, "frame": {"size": 48, "fit": "crop"}}
    (folder / "training.json").write_text(json.dumps({"spec": spec, "pictures": pictures}))


def test_only_what_the_model_has_not_seen(study: Study, tmp_path: Path) -> None:
    trained = study.with_spec(
        denoiser=DenoiserSpec(str(tmp_path / "model"), fingerprint=study.spec.denoiser.fingerprint)
    )
    unseen = held_out(study.pictures.reset_index(), "place", 0.25)
    left = Squares(study.pictures.drop(index=list(unseen)), ("place",), 48)
    notes(tmp_path / "model", len(left))
    assert held_out_by(trained) == unseen and len(unseen) == 2 * len(LABELS)
    told = evaluate(trained, among=sorted(unseen))
    assert told["pictures"] in (len(unseen), len(unseen) - 1)
    for wrong, said in (
        ((len(left) + 1,), "trained on other pictures"),
        ((len(left), None), "Nothing tells"),
    ):
        notes(tmp_path / "model", *wrong)
        with pytest.raises(UserError, match=said):
            held_out_by(trained)
    notes(tmp_path / "model", len(Squares(study.pictures, ("place",), 48)), 0.0)
    with pytest.raises(UserError, match="all of its pictures"):
        held_out_by(trained)


def test_the_command(cache: Path, study: Study) -> None:
    make_marked(cache, name="worse", noise=1.5)
    told = CliRunner().invoke(app, ["evaluate", "demo", "--against", "worse", "--json"])
    assert told.exit_code == 0, told.output
    assert set(json.loads(told.stdout)) >= {
        "average_precision",
        "interval",
        "chance",
        "against",
        "difference",
    }
    table = CliRunner().invoke(app, ["evaluate", "demo"], env={"COLUMNS": "200"})
    assert all(label in table.stdout for label in LABELS) and "pointing" in table.stdout
    refused = CliRunner().invoke(app, ["evaluate", "demo", "--only", "held-out", "--json"])
    assert refused.exit_code == 2 and "Nothing tells" in refused.stderr and refused.stdout == ""
    assert CliRunner().invoke(app, ["evaluate", "demo", "--naming", "--only", "held-out"]).exit_code == 2
