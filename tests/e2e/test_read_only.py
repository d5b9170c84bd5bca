"""A Typiscope that only shows: everything that writes or computes is switched off, and says so."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.e2e.conftest import Visit


def test_nothing_can_be_started_or_brought(visit: Visit, shown: str) -> None:
    page = visit(f"{shown}/studies")
    page.get_by_text("A first look", exact=True).click()  # the demo as it is has been computed
    expect(page.get_by_role("button", name="Start")).to_be_disabled()
    page.get_by_text("Bring pictures").click()
    expect(page.get_by_role("alert").filter(has_text="only shows")).to_be_visible()


def test_no_picture_can_be_looked_at_anew(visit: Visit, shown: str, demo_study) -> None:
    # The least typical one, which nobody has looked at under every label while trying the app out.
    page = visit(f"{shown}/typicality?label=Bangkok&order=Least+typical")
    expect(page.get_by_role("button", name="Look at it under every label")).to_be_disabled()
    expect(page.locator("input[type=file]")).to_be_disabled()
    expect(page.locator(".map").first).to_be_visible()
