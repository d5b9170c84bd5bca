"""What it costs, before it starts; and where its time is not known, the button that finds out."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core import pace
from core.jobs import asking
from core.store import paces
from core.store.paces import Pace
from core.study import Study
from core.training import spec_for
from pages.parts.cost import MEASURE
from tests.pages.conftest import is_well, make_study, open_page

LATER = "2999-01-01T00:00:00+00:00"


@pytest.fixture
def study(cache: Path, monkeypatch: pytest.MonkeyPatch) -> Study:
    monkeypatch.setattr(asking, "start_worker", lambda settings: None)
    return make_study(cache, until="dataset")


def offered(app: AppTest) -> bool:
    assert is_well(app), (app.error, app.exception)
    return MEASURE in [button.label for button in app.button]


def measure(app: AppTest) -> AppTest:
    return next(button for button in app.button if button.label == MEASURE).click().run()


def said(app: AppTest) -> str:
    return " ".join(element.value for element in app.markdown)


def knows_a_pass(study: Study, name: str = "") -> None:
    name = name or pace.a_pass(study.spec.denoiser, study.spec.frame.size)
    paces.write(study.layout, name, Pace(LATER, 0.5))


@pytest.mark.parametrize("page", ["overview", "clusters"])
def test_a_model_nobody_has_run_here_is_tried_first(study: Study, page: str) -> None:
    app = open_page(page)
    assert offered(app) and "on this machine**" not in said(app)
    app = measure(app)
    assert not offered(app) and "waiting" in said(app)
    (job,) = asking.listed(study.settings).jobs
    assert (job.kind, job.ask["training"]) == ("try", None)
    knows_a_pass(study)
    assert not offered(open_page(page)) and "on this machine" in said(open_page(page))


def test_a_training_from_scratch_is_tried_with_the_model_it_makes(study: Study) -> None:
    app = measure(open_page("train", way="Small"))
    assert not offered(app)
    (job,) = asking.listed(study.settings).jobs
    spec = spec_for(study, "small")
    assert job.kind == "try" and job.ask["training"]["frame"]["size"] == spec.frame.size
    paces.write(study.layout, pace.a_step(spec), Pace(LATER, 0.9))
    app = open_page("train", way="Small")
    assert not offered(app) and "**2,000 steps** of 32 pictures, 256 pixels a side: **about 30 min**" in said(
        app
    )


def test_one_who_only_looks_is_offered_nothing(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TYPISCOPE_READ_ONLY", "1")
    app = open_page("overview")
    assert next(button for button in app.button if button.label == MEASURE).disabled
