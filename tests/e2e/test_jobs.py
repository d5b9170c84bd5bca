"""A job from its button to its end, cancelled in between: a real worker, with stages of plain numpy."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from core.jobs import asking
from core.study import Study
from tests.core.tiny import GATED, make_study
from tests.e2e.conftest import PATIENCE, Visit, working
from tests.e2e.test_links import serious
from tests.serving import serving

WORKER = "tests/core/jobs/tiny_worker.py"


@pytest.fixture
def gate(tmp_path: Path) -> Path:
    """The job stops before one of its pictures until this file is there."""
    return tmp_path / "gate"


@pytest.fixture
def tiny(chromium: Browser, tmp_path: Path, gate: Path) -> Iterator[tuple[str, Study]]:
    """The app on a study of mere names, with a worker that knows what to do with them."""
    cache = tmp_path / "cache"
    study = make_study(cache)
    slow = {"TINY_GATE": str(gate), "TINY_SLEEP": "0.01"}  # so that it is seen on its way
    with (
        working(cache, WORKER, "600", **slow),
        serving(PATIENCE / 1000, TYPISCOPE_CACHE=str(cache)) as address,
    ):
        yield address, study


def test_a_job_is_started_watched_cancelled_and_goes_on(
    tiny: tuple[str, Study],
    gate: Path,
    visit: Visit,  # in this order: a page is left before its server
) -> None:
    address, study = tiny
    page = visit(f"{address}/typicality?study=tiny")
    page.get_by_role("button", name="Run what is missing").click()
    expect(page.locator("h1").first).to_have_text("What is the machine doing?")
    expect(page.get_by_text("waiting").or_(page.get_by_text("running")).first).to_be_visible()
    expect(page.get_by_text("typicality: ").filter(has_text="of 300 pictures").first).to_be_visible()

    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("Stopped before their end")).to_be_visible()
    expect(page.get_by_text("Cancelled; everything finished is kept.").first).to_be_visible()
    kept = study.writer("typicality").tally().shards
    assert 0 < kept < len(study.shards(study.run("typicality").stage))
    page.set_viewport_size({"width": 390, "height": 900})
    assert not serious(page)  # with what the job said

    gate.touch()
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_text("Stopped before their end")).to_be_hidden()
    expect(page.get_by_text("Nothing runs, and nothing waits.")).to_be_visible()
    (job,) = asking.listed(study.settings).jobs
    assert job.state == "done"
    done = {over.stage: over.count for over in job.progress.finished}
    # What was finished before is not done again.
    assert 300 - GATED <= done["typicality"] < 300
    assert {row.state for row in study.status()} == {"done"}
    page.get_by_role("button", name="Look at it").click()
    expect(page.locator("h1").first).to_contain_text("look like")
