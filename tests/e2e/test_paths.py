"""From the first page to a cluster, a patch, its picture, and the report taken home."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page, expect

from tests.e2e.conftest import Visit, settled


def heading(page: Page, title: str) -> None:
    expect(page.locator("h1").first).to_have_text(title)
    settled(page)


def test_from_the_first_page_to_the_report(visit: Visit, demo: str, tmp_path: Path) -> None:
    page = visit(demo)
    heading(page, "What does each label look like?")
    page.get_by_text("What makes London look like London?").click()
    heading(page, "What makes London look like London?")
    page.locator(".tile").first.click()
    drawer = page.get_by_role("dialog")
    expect(drawer.locator(".map")).to_be_visible()
    page.wait_for_url("**patch=**")
    drawer.get_by_role("link", name="Open this picture").click()
    heading(page, "Where does London show in this picture?")
    page.wait_for_url("**picture=**")
    page.get_by_role("link", name="Overview").click()
    heading(page, "What does each label look like?")
    with page.expect_download() as started:
        page.get_by_role("button", name="Report").click()
    assert started.value.suggested_filename == "demo-London.html"
    started.value.save_as(tmp_path / "report.html")
    opens_from_disk(page, tmp_path / "report.html")


def opens_from_disk(page: Page, report: Path) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"file://{report}")
    heading_of_report = page.get_by_role("heading", level=1, name="What makes London look like London?")
    expect(heading_of_report).to_be_visible()
    pictures, maps = page.locator("img"), page.locator(".map").first
    assert pictures.count() > 20
    for number in range(10):
        assert pictures.nth(number).evaluate("image => image.decode().then(() => image.naturalWidth > 0)")
    assert not [url for url in asked if url.startswith("http")]
    assert maps.evaluate("map => getComputedStyle(map).visibility") == "visible"
    page.get_by_text("Heat maps over the pictures").click()
    assert maps.evaluate("map => getComputedStyle(map).visibility") == "hidden"


def test_a_link_to_one_picture_shows_it(visit: Visit, demo: str, demo_study) -> None:
    own = demo_study.pictures[demo_study.pictures["place"] == "Paris"]
    page = visit(f"{demo}/typicality?label=Paris&picture={own.index[7]}")
    expect(page.locator(".stage .picture").first).to_have_attribute("alt", own["file_name"].iloc[7])
    expect(page.locator(".strip .tile[aria-current]")).to_have_attribute("data-key", own.index[7])
