"""The shipped demo in a real browser: what only a browser can tell."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.serving import CHROMIUM, browser, drawn, serving

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with serving() as found:
        yield found


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as opened:
        yield opened


def look(chromium: Browser, link: str, width: int = 1440) -> tuple[Page, list[str]]:
    """A page once it is drawn, and what went wrong while it was."""
    page = chromium.new_context(viewport={"width": width, "height": 900}).new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(link)
    drawn(page)
    return page, faults


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize(
    ("page", "title"),
    [
        ("", "What does each label look like?"),
        ("typicality", "Where does Kyoto show in this picture?"),
        ("clusters", "What makes Kyoto look like Kyoto?"),
    ],
)
def test_a_link_opens_its_view(chromium, address, page, title, width):
    seen, faults = look(chromium, f"{address}/{page}?study=demo&label=Kyoto", width)
    assert seen.locator("h1").first.inner_text() == title
    assert not faults
    # Nothing sticks out at the side.
    assert seen.evaluate("document.documentElement.scrollWidth") <= width


def test_a_patch_opens_in_its_picture_and_becomes_part_of_the_link(chromium, address):
    seen, faults = look(chromium, f"{address}/clusters?study=demo&label=Prague")
    seen.locator(".tile").first.click()
    seen.wait_for_selector("canvas", timeout=30_000)
    seen.wait_for_url("**patch=**", timeout=10_000)
    assert not faults
