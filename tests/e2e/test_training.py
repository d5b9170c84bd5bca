"""A training from its button to its end: a real worker, a real adapter, on a few of the demo's pictures."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import expect

from core.config import Settings
from core.store import adapters
from core.store.layout import Layout
from core.study import Study
from tests.e2e.conftest import Visit, settled

PICTURES = 12
"""A label."""


@pytest.fixture
def towns(workshop: tuple[str, Settings], tmp_path: Path) -> Study:
    """A study of few pictures of two places, asked of the demo's model."""
    _, settings = workshop
    demo = Study.open("demo", settings)
    table = tmp_path / "towns.csv"
    with table.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["file_name", "place"])
        for label in ("Kyoto", "Prague"):
            rows.writerows((path, label) for path in demo.pictures_of(label)["path"].head(PICTURES))
    return Study.create("towns", str(table), replace(demo.spec, pictures="all"), settings)


def test_an_adapter_is_trained_and_watched(
    workshop: tuple[str, Settings], towns: Study, visit: Visit
) -> None:
    address, settings = workshop
    page = visit(f"{address}/train?study=towns&way=LoRA&base=demo&run=false")
    page.get_by_role("button", name="Measure how long it takes").click()
    expect(page.get_by_text("pixels a side: about")).to_be_visible()
    steps = page.get_by_role("spinbutton", name="Steps at most")
    steps.fill("2")
    steps.press("Enter")
    expect(page.get_by_text("2 steps").first).to_be_visible()
    settled(page)
    page.get_by_role("button", name="Start training").click()
    expect(page.get_by_text("How it goes")).to_be_visible()
    expect(page.get_by_text("Done after 2 steps", exact=False)).to_be_visible()
    expect(page.get_by_text("What it draws")).to_be_visible()
    drawn = page.locator(".reels img")
    expect(drawn).to_have_count(2)
    first = drawn.nth(1).get_attribute("src")
    page.get_by_role("slider", name="Steps made").press("Home")
    expect(page.get_by_text("After 0 steps")).to_be_visible()
    assert drawn.nth(1).get_attribute("src") != first
    assert adapters.is_adapter(Layout(settings.cache).model("towns"))
