"""Pages Translate and Trends in the browser: the handle, and the ways from one to the other."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import parse_qs, urlparse

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.e2e.conftest import PATIENCE, Visit, frames_sent
from tests.e2e.test_links import serious
from tests.pages.conftest import make_study
from tests.serving import serving


@pytest.fixture(scope="module")
def translated(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the app with a small study that has translations and trends."""
    cache = tmp_path_factory.mktemp("translated") / "cache"
    make_study(cache, until="trends")
    with serving(PATIENCE / 1000, TYPISCOPE_CACHE=str(cache)) as address:
        yield address


def seen(handle: Locator) -> float:
    return float(handle.get_attribute("aria-valuenow") or "nan")


def asked(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlparse(page.url).query)


def test_the_handle_follows_pointer_and_keys_without_a_rerun(visit: Visit, translated: str) -> None:
    page = visit(f"{translated}/translate?label=Prague&to=Kyoto")
    handle = page.get_by_role("slider", name="How much of Prague is seen")
    area = page.locator(".swipe .stage").bounding_box()
    assert area and seen(handle) == 50

    def drag() -> None:
        page.mouse.move(area["x"] + area["width"] / 2, area["y"] + 40)
        page.mouse.down()
        page.mouse.move(area["x"] + area["width"] / 5, area["y"] + 60)
        page.mouse.up()
        page.mouse.move(area["x"] + area["width"] * 0.9, area["y"] + 40)

    assert frames_sent(page, drag) == 0
    assert seen(handle) == pytest.approx(20, abs=1)
    assert frames_sent(page, lambda: page.keyboard.press("ArrowRight")) == 0
    assert seen(handle) == pytest.approx(25, abs=1)
    page.keyboard.press("End")
    assert seen(handle) == 100
    line = page.locator(".swipe .handle").bounding_box()
    assert line and line["x"] == pytest.approx(area["x"] + area["width"], abs=3)
    page.wait_for_url("**seen=100**")
    again = visit(page.evaluate("location.href"))
    assert seen(again.get_by_role("slider", name="How much of Prague is seen")) == 100


def test_a_translation_is_chosen_by_a_click_and_part_of_the_link(visit: Visit, translated: str) -> None:
    page = visit(f"{translated}/translate?label=Prague&to=Kyoto", 390, "dark")
    page.locator(".wall .tile", has_text="Paris").click()
    expect(page.locator("h1").first).to_have_text("What would this picture be in Paris?")
    expect(page.locator(".swipe .right")).to_have_text("Paris")
    assert asked(page)["to"] == ["Paris"]
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert not serious(page)


def test_a_tile_of_a_trend_opens_its_picture(visit: Visit, translated: str) -> None:
    page = visit(f"{translated}/trends?parallel=1")
    assert not serious(page)
    tile = page.locator(".columns .group", has_text="Kyoto").locator(".tile").first
    link = parse_qs(urlparse(tile.get_attribute("href") or "").query)
    tile.click()
    expect(page.locator(".swipe .stage")).to_be_visible()
    assert asked(page)["picture"] == link["picture"]
    expect(page.locator(".swipe .left")).to_have_text(link["label"][0])
