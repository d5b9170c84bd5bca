"""Pages Jobs and Studies: with data, empty, damaged, read-only."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from core.config import Settings
from core.diffusion.fetching import Fetching
from core.jobs import asking
from core.jobs import job as jobs
from core.jobs.job import Progress
from core.looking import look_at
from core.store.jobs import JobStore
from pages.parts import jobs as running
from tests.pages.conftest import make_study, open_page


@pytest.fixture(autouse=True)
def no_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "start_worker", lambda settings: None)


@pytest.mark.parametrize("page", ["jobs", "studies"])
def test_empty_store(cache: Path, page: str) -> None:
    app = open_page(page)
    assert not app.exception and not app.error
    assert len(app.title) == 1


def test_jobs__shows_and_cancels_what_waits(cache: Path) -> None:
    job = asking.submit_run(make_study(cache, until="dataset"))
    app = open_page("jobs")
    assert not app.exception and not app.error
    next(button for button in app.button if button.label == "Cancel").click().run()
    found = asking.find(job.id, Settings())
    assert found is not None and found.state == "cancelled"


def test_jobs__a_model_is_fetched_by_megabytes(cache: Path) -> None:
    job = asking.submit_run(make_study(cache, until="dataset"))
    half = Progress(Fetching.title, done=1719, total=3438, rate=10.0, left=171.9)
    said = running._said(dataclasses.replace(job, progress=half))
    assert said == "**Fetch the model**: 1,719 of 3,438 megabytes, 10.0 a second, 2 min 52 s left"


def test_jobs__damaged_record_is_one_sentence(cache: Path) -> None:
    (cache / "jobs" / "aaa").mkdir(parents=True)
    (cache / "jobs" / "aaa" / "job.json").write_text("{")
    app = open_page("jobs")
    assert not app.exception
    assert "damaged" in app.warning[0].value


def test_read_only__shows_and_refuses(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_study(cache, until="dataset")
    monkeypatch.setenv("TYPISCOPE_READ_ONLY", "1")
    app = open_page("studies")
    assert not app.exception
    assert "only shows" in app.error[0].value
    assert next(button for button in app.button if button.label == "Start").disabled


def test_sign_in__who_has_not_is_refused_and_told_how(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_study(cache, until="dataset")
    monkeypatch.setenv("TYPISCOPE_SIGN_IN", "1")
    app = open_page("studies")
    assert not app.exception
    assert "sign in to change that" in app.error[0].value
    assert next(button for button in app.button if button.label == "Start").disabled
    assert "Sign in" in [button.label for button in app.sidebar.button]
    monkeypatch.setenv("TYPISCOPE_READ_ONLY", "1")  # then signing in would change nothing
    app = open_page("studies")
    assert "Sign in" not in [button.label for button in app.sidebar.button]


def test_jobs__one_that_is_done_leads_to_what_came_of_it(cache: Path) -> None:
    study = make_study(cache)
    job = asking.submit_run(study)
    assert "Look at it" not in [button.label for button in open_page("jobs").button]
    jobs.write(JobStore(study.layout), dataclasses.replace(job, state="done"))
    assert "Look at it" in [button.label for button in open_page("jobs").button]


def test_jobs__a_look_leads_to_its_picture(cache: Path) -> None:
    study = make_study(cache)
    wanted = str(study.pictures.index[study.pictures["place"] == "Kyoto"][1])
    job = asking.submit_look(look_at(study, wanted))
    jobs.write(JobStore(study.layout), dataclasses.replace(job, state="done"))
    app = open_page("jobs")
    next(button for button in app.button if button.label == "Look at it").click().run()
    assert app.title[0].value == "Where does Kyoto show in this picture?"
    assert app.query_params["picture"] == wanted and app.session_state["label"] == "Kyoto"


def test_jobs__a_link_to_none_says_so(cache: Path) -> None:
    asking.submit_run(make_study(cache, until="dataset"))
    assert "no job \u201czzz\u201d" in open_page("jobs", job="zzz").warning[0].value
    assert not open_page("jobs").warning


def test_sign_in__where_nobody_can_is_one_sentence(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TYPISCOPE_SIGN_IN", "1")
    make_study(cache)
    app = open_page("overview")
    next(button for button in app.sidebar.button if button.label == "Sign in").click().run()
    assert not app.exception and "name a provider" in app.toast[0].value


def test_jobs__what_comes_first_is_said_to_begin(cache: Path) -> None:
    study = make_study(cache, until="dataset")
    asking.submit_run(study)
    assert [one.value for one in open_page("jobs").caption] == [running.MEANING["waiting"]]
    later = asking.submit_run(study, "typicality")
    jobs.write(JobStore(study.layout), dataclasses.replace(later, submitted="2999-01-01T00:00:00+00:00"))
    said = [one.value for one in open_page("jobs").caption]
    assert said == [running.MEANING["waiting"], "It begins when the jobs before it are done."]


def test_studies__what_is_computed_is_not_started_again(cache: Path) -> None:
    make_study(cache, until="atlas")
    app = open_page("studies")
    assert not app.exception and "has been computed" in app.success[0].value
    assert "Start" not in [button.label for button in app.button]
    template = next(one for one in app.text_input if one.label == "Prompt template")
    template.set_value("A photograph of {label}.").run()
    assert not app.exception and "Start" in [button.label for button in app.button]
