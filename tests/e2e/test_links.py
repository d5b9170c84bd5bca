"""Every page by its link, by day and by night, wide and narrow: what was asked for, whole, readable."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Visit, Workshop, settled
from tests.serving import drawn

LINKS = {
    "?label=Kyoto": "What does each label look like?",
    "typicality?label=Kyoto&order=Least+typical": "Where does Kyoto show in this picture?",
    "typicality?label=Paris&order=Side+by+side": "Where does Paris show in this picture?",
    "clusters?label=Kyoto&cluster=2": "What makes Kyoto look like Kyoto?",
    "compare?label=Kyoto&other=London": "How do Kyoto and London differ?",
    "translate?label=Prague&to=Kyoto": "What would this picture be in Kyoto?",
    "trends?parallel=1": "What does it become elsewhere?",
    "localisation?label=Kyoto&cases=Best+first": "Do the maps point at what experts marked?",
    "before_after?label=Kyoto": "What did training change?",
    "how_it_works?label=Kyoto&step=2": "Tell the denoiser what it looks at",
    "present?label=Kyoto&step=6": "Sorted by what they look like",
    "studies?from=Zip+file": "Which pictures, and what is asked of them?",
    "train?way=LoRA": "How do I make the model know my labels?",
    "jobs": "What is the machine doing?",
}
OURS = '[data-testid="stMain"]'
STREAMLITS = (
    '[data-testid="stFileUploaderDropzone"]',
    '[data-testid="stDataFrame"]',
    '[data-testid="stCode"]',
)
"""Widgets whose inside nobody here can change."""


@pytest.mark.parametrize(("width", "theme"), [(1440, "light"), (390, "dark")])
@pytest.mark.parametrize("link", LINKS)
def test_a_link_opens_its_view(visit: Visit, demo: str, link: str, width: int, theme: str) -> None:
    page = visit(f"{demo}/{link}", width, theme)
    expect(page.locator("h1").first).to_have_text(LINKS[link])
    assert page.locator('[data-testid="stAlert"]').filter(has_text="damaged").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert not serious(page)


def test_a_link_has_the_slider_of_its_step_alone(visit: Visit, demo: str) -> None:
    page = visit(f"{demo}/how_it_works?step=1")
    slider = "input[type=range]"
    usual = page.locator(slider).first.input_value()
    page.locator(slider).first.fill("1")
    page.wait_for_url("**place=1**")
    again = visit(page.evaluate("location.href"))
    expect(again.locator(slider).first).to_have_value("1")
    again.get_by_role("button", name="Next").click()
    again.wait_for_url("**step=2**")
    settled(again)
    expect(again.locator(slider).first).not_to_have_value("1")
    again.wait_for_url(lambda link: "place" not in link)
    assert usual != "1"


def test_pictures_are_shown_wherever_the_cache_lies(visit: Visit, workshop: Workshop) -> None:
    for page in ("", "clusters", "typicality"):
        drawn(visit(f"{workshop[0]}/{page}?study=demo&label=Prague"))


def serious(page: Page) -> list[str]:
    """What axe finds serious or critical in what the project itself draws."""
    # All of them, there or not: one that is still loaded when it is looked for may be there when axe begins.
    context = {"include": [[OURS]], "exclude": [[part] for part in STREAMLITS]}
    found: list[dict[str, Any]] = (
        Axe().run(page, context, {"resultTypes": ["violations"]}).response["violations"]
    )
    return [
        f"{one['id']}: {node['html']} {node['failureSummary']}"
        for one in found if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]  # fmt: skip
