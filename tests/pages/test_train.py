"""Page Train: three ways, what they cost, the job they start, and how it goes."""

from __future__ import annotations

import base64
import csv
import dataclasses
import json
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.config import Settings
from core.jobs import asking
from core.jobs import job as jobs
from core.jobs.job import Job
from core.specs import DenoiserSpec
from core.store import drawings
from core.store.jobs import JobStore
from core.store.layout import Layout, partial
from core.study import Study
from core.train_spec import LORA_LAYERS, LoraLayers
from core.training import spec_for
from tests.pages.conftest import is_well, make_study, open_page


@pytest.fixture(autouse=True)
def no_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "start_worker", lambda settings: None)


@pytest.fixture
def study(cache: Path) -> Study:
    """A study that asks a small model trained here."""
    folder = Layout(cache).model("base")
    folder.mkdir(parents=True)
    (folder / "model_index.json").write_text("{}")
    spec = {"base": "", "frame": {"size": 128}, "batch": 32}
    (folder / "training.json").write_text(json.dumps({"spec": spec, "seconds_a_step": 0.5}))
    made = make_study(cache, until="dataset")
    made = made.with_spec(denoiser=DenoiserSpec(str(folder.absolute())))
    made.save()
    return made


def start(app: AppTest) -> AppTest:
    next(button for button in app.button if button.label == "Start training").click().run()
    return app


def submitted() -> Job:
    (job,) = asking.listed(Settings()).jobs
    return job


def text(app: AppTest) -> str:
    return " ".join(element.value for element in app.markdown)


def test_it_opens_on_an_adapter_beside_the_model_the_study_asks(study: Study) -> None:
    app = open_page("train")
    assert is_well(app)
    assert app.title[0].value == "How do I make the model know my labels?"
    assert next(box for box in app.selectbox if box.label.startswith("Base")).value == "base"
    assert "800 steps" in text(app) and "6 min 40 s" in text(app)
    start(app)
    assert is_well(app), (app.error, app.exception)
    job = submitted()
    assert job.kind == "train" and job.ask["model"] == "demo" and job.ask["run"]
    spec = job.ask["spec"]
    assert (spec["base"], spec["lora_rank"], spec["text"]) == ("base", 16, True)
    assert spec["frame"]["size"] == 128 and spec["patience"] > 0
    assert is_well(app) and "How it goes" in [header.value for header in app.header]


@pytest.mark.parametrize(("way", "rank"), [("Small", 0), ("LoRA", 32), ("Full", 0)])
def test_a_link_restores_the_choice_and_the_job_is_what_was_chosen(study: Study, way: str, rank: int) -> None:
    app = open_page("train", way=way, base="base", rank="32", run="false")
    assert is_well(app)
    start(app)
    spec = submitted().ask["spec"]
    assert spec["lora_rank"] == rank and spec["base"] == ("" if way == "Small" else "base")
    assert not submitted().ask["run"]


@pytest.mark.parametrize(("said", "layers"), [("Attention", "attention"), ("All layers", "all")])
def test_where_an_adapter_learns_is_part_of_the_link(study: Study, said: str, layers: LoraLayers) -> None:
    app = open_page("train", layers=said)
    assert is_well(app)
    start(app)
    assert submitted().ask["spec"]["lora_modules"] == list(LORA_LAYERS[layers])


@pytest.mark.parametrize(("source", "said"), [("nowhere", "There is no model"), ("owner/model", "")])
def test_another_base__is_a_folder_or_an_id(study: Study, source: str, said: str) -> None:
    app = open_page("train", base="Another: a diffusers folder, or an id of the Hugging Face hub")
    app.text_input[0].set_value(source).run()
    assert not app.exception
    assert all(said in error.value for error in app.error)
    assert bool(app.error) == bool(said)


def training(study: Study, losses: list[float], gains: list[float], state: jobs.State = "running") -> Job:
    """A training under way: its record and the logs it writes."""
    job = asking.submit_training(study, "mine", spec_for(study, "lora"))
    jobs.write(JobStore(study.layout), dataclasses.replace(job, state=state))
    folder = partial(study.layout.model("mine"))
    folder.mkdir(parents=True)
    with (folder / "loss.csv").open("w", newline="") as file:
        csv.writer(file).writerows((step, loss) for step, loss in enumerate(losses, 1))
        file.write("4")  # being written
    with (folder / "gain.csv").open("w", newline="") as file:
        csv.writer(file).writerows((10 * look, gain, gain / 2) for look, gain in enumerate(gains))
    return job


def test_a_training_is_followed_and_overfitting_is_named(study: Study) -> None:
    job = training(
        study, [1 - 0.01 * step for step in range(50)], [0.0, 0.2, 0.3, 0.2, 0.1, 0.1], "cancelled"
    )
    app = open_page("train", job=job.id)
    assert is_well(app)
    assert len(app.get("plotly_chart")) == 2
    assert "by heart" in app.warning[0].value
    assert any(button.label == "Go on" for button in app.button)


def test_a_training_that_has_only_looked_so_far(study: Study) -> None:
    job = training(study, [], [0.001])
    app = open_page("train", job=job.id)
    assert is_well(app)
    assert len(app.get("plotly_chart")) == 1
    assert any("first step" in caption.value for caption in app.caption)


def test_what_a_training_draws_is_shown_look_by_look(study: Study) -> None:
    job = training(study, [0.5] * 20, [0.1, 0.2])
    for step in range(0, 1300, 100):
        drawn = drawings.Drawn(step, ("<b>Kyoto</b>", "Prague"), (b"k%d" % step, b"p%d" % step))
        drawings.keep(partial(study.layout.model("mine")), drawn)
    app = open_page("train", job=job.id)
    assert is_well(app)
    (shown,) = [json.loads(one.proto.json) for one in app.get("bidi_component") if "reels" in one.proto.json]
    assert [reel["title"] for reel in shown["reels"]] == ["<b>Kyoto</b>", "Prague"]
    assert shown["notes"][0] == "After 0 steps" and shown["notes"][-1] == "After 1,200 steps"
    assert shown["start"] == len(shown["notes"]) - 1 == len(shown["reels"][1]["urls"]) - 1 == 8
    assert base64.b64decode(shown["reels"][1]["urls"][-1].split(",")[1]) == b"p1200"


def test_a_training_that_waits__can_be_cancelled(study: Study) -> None:
    training(study, [], [], "waiting")
    app = open_page("train")
    assert is_well(app)
    next(button for button in app.button if button.label == "Cancel").click().run()
    assert submitted().state == "cancelled"


def test_without_a_training__nothing_is_followed(study: Study) -> None:
    app = open_page("train", job="../x")
    assert is_well(app) and not app.header


def test_read_only__shows_and_refuses(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TYPISCOPE_READ_ONLY", "1")
    app = open_page("train")
    assert is_well(app)
    assert next(button for button in app.button if button.label == "Start training").disabled
