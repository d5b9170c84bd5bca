"""The story: walked through with the arrow keys, and left again."""

from __future__ import annotations

from contextlib import suppress

from playwright.sync_api import Page, expect

from tests.e2e.conftest import Visit, settled


def heading(page: Page, title: str) -> None:
    expect(page.locator("h1").first).to_have_text(title)


def press(page: Page, key: str, title: str) -> None:
    """A key is lost while the page is being drawn anew: then it is pressed again, as people do."""
    for _ in range(4):
        page.keyboard.press(key)
        with suppress(AssertionError):
            expect(page.locator("h1").first).to_have_text(title, timeout=20_000)
            return
    heading(page, title)


def test_present_is_walked_through_with_the_arrow_keys(visit: Visit, demo: str) -> None:
    page = visit(f"{demo}/present?label=Kyoto")
    heading(page, "What makes Kyoto look like Kyoto?")
    expect(page.locator('[data-testid="stSidebar"]')).to_be_hidden()
    expect(page.get_by_role("button", name="Next")).to_be_enabled()  # the keys are its and Back's
    settled(page)
    press(page, "ArrowRight", "What would you look for?")
    page.wait_for_url("**step=2**")
    press(page, "ArrowLeft", "What makes Kyoto look like Kyoto?")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys of this page")).to_be_visible()
    page.keyboard.press("Escape")
    assert page.evaluate("document.documentElement.scrollWidth") == 1440


def test_leaving_the_story_brings_the_sidebar_back(visit: Visit, demo: str) -> None:
    page = visit(f"{demo}/present?label=Kyoto&step=9")
    heading(page, "What Kyoto looks like, and how we know")
    page.get_by_role("link", name="Leave").click()
    heading(page, "What does each label look like?")
    expect(page.locator('[data-testid="stSidebar"]')).to_be_visible()
