"""How long would it take? A few seconds of a real, tiny model tell, and nothing but the pace is kept."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from core import pace, trying
from core.__main__ import app
from core.config import Settings
from core.errors import UserError
from core.estimate import estimate
from core.jobs import asking, work
from core.jobs.meter import Meter
from core.specs import FrameSpec, StudySpec
from core.store import paces
from core.store.jobs import JobStore
from core.store.paces import Pace
from core.study import Study
from core.train_spec import TrainSpec
from core.training import spec_for
from tests.core.test_pipeline import make, run, spec, streets

__all__ = ["spec", "streets"]


@pytest.fixture
def study(tmp_path: Path, streets: Path, spec: StudySpec, monkeypatch: pytest.MonkeyPatch) -> Study:
    monkeypatch.setattr(trying, "SECONDS", 0.2)
    monkeypatch.setenv("TYPISCOPE_DEVICE", "cpu")
    return make(tmp_path / "cache", streets / "streets.csv", spec)


@pytest.fixture
def small(study: Study) -> TrainSpec:
    """A training from scratch, its autoencoder too."""
    return spec_for(study, "small", autoencoder="train", frame=FrameSpec(32), batch=4)


def tried(study: Study, training: TrainSpec | None = None) -> list[str]:
    """The phases, each done to its end."""
    titles = []
    for title, phase in trying.phases(study, training):
        assert len(list(phase)) == len(phase)
        titles.append(title)
    return titles


def files(study: Study) -> set[Path]:
    return {path for path in study.settings.cache.rglob("*") if path.is_file()}


def test_a_model_is_tried__and_the_time_of_a_run_is_known_from_then_on(study: Study) -> None:
    before = files(study)
    assert estimate(study).seconds is None
    assert tried(study) == ["Try the model"]
    each = pace.of_a_pass(study)
    assert each is not None and 0 < each < 1
    whole = estimate(study)
    assert whole.passes and whole.seconds == pytest.approx(whole.passes * each)
    (kept,) = files(study) - before
    assert kept.parent == study.layout.paces
    assert study.state("typicality") == "missing"


def test_a_pace__is_that_of_its_model_at_its_size(study: Study, tmp_path: Path) -> None:
    tried(study)
    assert pace.of_a_pass(study.with_spec(frame=FrameSpec(48))) is None
    elsewhere = dataclasses.replace(study.spec.denoiser, source=str(tmp_path / "other"), fingerprint="")
    assert pace.of_a_pass(study.with_spec(denoiser=elsewhere)) is None
    # Before the first run nobody knows the fingerprint.
    unknown = dataclasses.replace(study.spec.denoiser, fingerprint="")
    assert pace.of_a_pass(study.with_spec(denoiser=unknown)) == pace.of_a_pass(study)


def test_a_pace__the_latest_counts(study: Study) -> None:
    name = pace.a_pass(study.spec.denoiser, study.spec.frame.size)
    run(study, "typicality")
    measured = pace.of_a_pass(study)
    assert measured is not None and measured > 0
    paces.write(study.layout, name, Pace("2020-01-01T00:00:00+00:00", 77.0))
    assert pace.of_a_pass(study) == measured
    paces.write(study.layout, name, Pace("2999-01-01T00:00:00+00:00", 77.0))
    assert pace.of_a_pass(study) == 77.0


def test_what_cannot_be_read_is_no_pace(study: Study) -> None:
    tried(study)
    (kept,) = study.layout.paces.glob("*.json")
    kept.write_text('{"finished": "2026')
    assert pace.of_a_pass(study) is None


def test_a_training_is_tried__and_the_model_it_would_make(study: Study, small: TrainSpec) -> None:
    before = files(study)
    assert pace.of_a_step(study.layout, small) is None
    assert tried(study, small)[-2:] == ["Try the training", "Try the model"]
    step, each = pace.of_a_step(study.layout, small), pace.of_a_pass(study, small)
    assert step and each
    assert estimate(study, training=small).seconds == pytest.approx(estimate(study).passes * each)
    # How many steps does not change the time of one; the size of the batch does.
    assert pace.of_a_step(study.layout, dataclasses.replace(small, steps=9)) == step
    assert pace.of_a_step(study.layout, dataclasses.replace(small, batch=8)) is None
    assert {path.suffix for path in files(study) - before} == {".json"}
    assert all(path.is_file() for path in study.layout.paces.iterdir())


def test_fine_tuning_is_tried__by_its_steps_alone(study: Study) -> None:
    base = study.spec.denoiser.source
    adapting = spec_for(study, "lora", base, frame=FrameSpec(32), batch=4)
    assert tried(study, adapting)[-1] == "Try the training"
    assert pace.of_a_step(study.layout, adapting) is not None
    assert not list(study.layout.paces.glob("*/"))


def test_stopped_on_the_way__leaves_nothing(study: Study, small: TrainSpec) -> None:
    for title, phase in (phases := trying.phases(study, small)):
        if title == "Try the training":
            next(iter(phase))
            break
        list(phase)
    phases.close()
    assert not list(study.layout.paces.iterdir())


def test_pictures_that_are_gone__are_said(study: Study, streets: Path, tmp_path: Path) -> None:
    moved = study.pictures.assign(path=str(tmp_path / "gone.png"))
    study.__dict__["pictures"] = moved
    with pytest.raises(UserError, match="The model cannot be tried"):
        tried(study)
    assert pace.of_a_pass(study) is None


def test_trial_job__is_one_whatever_else_is_asked(study: Study, small: TrainSpec) -> None:
    job = asking.trial_job(study)
    more = dataclasses.replace(study.spec.clusters, clusters=7)
    assert asking.trial_job(study.with_spec(clusters=more)).id == job.id
    assert asking.trial_job(study.with_spec(frame=FrameSpec(48))).id != job.id
    assert asking.trial_job(study, small).id != job.id
    longer = dataclasses.replace(small, steps=9)
    assert asking.trial_job(study, longer).id == asking.trial_job(study, small).id


def test_trial_job__is_done_by_the_worker(study: Study, small: TrainSpec) -> None:
    meter = Meter(JobStore(study.layout), "any")
    for job in (asking.trial_job(study), asking.trial_job(study, small)):
        for _, phase in work._phases(job, study.settings, meter):
            list(phase)
    assert pace.of_a_pass(study) and pace.of_a_step(study.layout, small) and pace.of_a_pass(study, small)


def test_command_cost(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TYPISCOPE_CACHE", str(study.settings.cache))
    shown = CliRunner().invoke(app, ["cost", "streets"])
    assert shown.exit_code == 0 and "--measure tells" in shown.stdout
    told = json.loads(CliRunner().invoke(app, ["cost", "streets", "--json"]).stdout)
    assert told["seconds"] is None and told["passes"] == estimate(study).passes
    told = json.loads(CliRunner().invoke(app, ["cost", "streets", "--measure", "--json"]).stdout)
    assert told["seconds"] > 0
    one = json.loads(CliRunner().invoke(app, ["cost", "streets", "--stage", "trends", "--json"]).stdout)
    assert one["passes"] > told["passes"]


def test_command_cost__tries_nothing_where_it_only_shows(
    study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TYPISCOPE_CACHE", str(study.settings.cache))
    monkeypatch.setenv("TYPISCOPE_READ_ONLY", "1")
    assert CliRunner().invoke(app, ["cost", "streets", "--measure"]).exit_code == 2
    assert not study.layout.paces.exists() and Settings().read_only
