"""Clusters in the browser: a patch in its picture, its look-alikes, and the lasso on the map of patches."""

from __future__ import annotations

import shutil

from playwright.sync_api import Page, expect

from core.store.layout import Layout
from tests.e2e.conftest import Visit, Workshop


def test_a_look_alike_opens_in_place_of_the_patch(visit: Visit, demo: str) -> None:
    page = visit(f"{demo}/clusters?label=Prague")
    page.locator(".tile").first.click()
    alike = page.get_by_role("dialog").locator(".gallery").nth(1).locator(".tile").first
    alike.wait_for()
    wanted = alike.get_attribute("data-key")
    alike.click()
    page.wait_for_url(f"**patch={wanted}**")
    expect(page.locator("h1").first).not_to_contain_text("Prague")


def test_a_patch_of_another_model_opens_in_the_study_it_is_of(visit: Visit, workshop: Workshop) -> None:
    address, settings = workshop
    layout = Layout(settings.cache)
    shutil.copytree(layout.study("demo"), layout.study("before"))
    told = layout.study_file("before")
    told.write_text(told.read_text().replace('"name": "demo"', '"name": "before"'))
    page = visit(f"{address}/before_after?label=Prague&against=before")
    tile = page.locator(".gallery.stack").last.locator(".tile").first
    wanted = tile.get_attribute("data-key")
    tile.click()
    page.wait_for_url(f"**/clusters?**patch={wanted}**")
    page.wait_for_url("**study=before**")
    expect(page.get_by_role("dialog").get_by_text("no. 1 from the centre of its cluster")).to_be_visible()


def test_a_lasso_on_the_map_shows_its_patches(visit: Visit, demo: str) -> None:
    page = visit(f"{demo}/clusters?label=Prague&look=Map")
    box = sized(page)
    corners = [(0.2, 0.05), (0.8, 0.05), (0.8, 0.9), (0.2, 0.9), (0.2, 0.05)]
    at = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in corners]
    page.mouse.move(*at[0])
    page.mouse.down()
    for corner in at[1:]:
        page.mouse.move(*corner, steps=6)
    page.mouse.up()
    page.locator(".tile img").first.wait_for()
    expect(page.get_by_text("selected").first).to_be_visible()


def sized(page: Page) -> dict[str, float]:
    """Where the chart's area is, once it fills its place and has stopped moving."""
    area = page.locator(".js-plotly-plot .nsewdrag").first
    area.wait_for()
    page.wait_for_function(
        """() => {
          const chart = document.querySelector('.js-plotly-plot')
          const at = JSON.stringify(chart.getBoundingClientRect())
          const still = window.lastPlace === at
          window.lastPlace = at
          return still && Math.abs(chart._fullLayout.width - chart.parentElement.clientWidth) < 2
        }""",
        polling=400,
    )
    box = area.bounding_box()
    assert box
    return dict(box)
