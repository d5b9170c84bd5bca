"""Clusters in the browser: a patch in its picture, its look-alikes, and the lasso on the map of patches."""

from __future__ import annotations

import shutil

from playwright.sync_api import Page, expect

from core.store.layout import Layout
from tests.e2e.conftest import Visit, Workshop, settled


def test_a_look_alike_opens_in_place_of_the_patch(visit: Visit, demo: str) -> None:
    page = visit(f"{demo}/clusters?label=Prague")
    page.locator(".tile").first.click()
    alike = page.get_by_role("dialog").locator(".gallery").nth(1).locator(".tile").first
    alike.wait_for()
    wanted = alike.get_attribute("data-key")
    alike.click()
    page.wait_for_url(f"**patch={wanted}**")
    expect(page.locator("h1").first).not_to_contain_text("Prague")


def test_the_drawer_leads_to_the_next_patch_and_to_all_of_the_cluster(visit: Visit, demo: str) -> None:
    page = visit(f"{demo}/clusters?label=Prague")
    row = page.locator(".gallery.rows .group").nth(2)
    keys = [row.locator(".tile").nth(at).get_attribute("data-key") for at in range(2)]
    row.locator(".tile").first.click()
    drawer = page.get_by_role("dialog")
    expect(drawer.get_by_role("button", name="Previous")).to_be_disabled()
    drawer.get_by_role("button", name="Next").click()
    page.wait_for_url(f"**patch={keys[1]}**")
    expect(drawer.get_by_role("button", name="Previous")).to_be_enabled()
    drawer.get_by_role("button", name="All of the cluster").click()
    page.wait_for_url("**cluster=3**")
    expect(drawer).to_have_count(0)
    assert "patch=" not in page.url
    expect(page.locator(".gallery").first.locator(".title")).to_have_text(["Cluster 3"])


def test_a_likely_merge_is_decided_beside_both(visit: Visit, workshop: Workshop) -> None:
    page = visit(f"{workshop[0]}/clusters?label=Prague&cluster=2")
    both = page.locator(".gallery .title")
    expect(both).to_have_text(["Cluster 2", "Cluster 3"])
    page.get_by_role("button", name="Merge clusters 2 and 3").click()
    expect(both).to_have_text(["Cluster 2"])
    page.get_by_role("button", name="Undo").click()
    expect(both).to_have_text(["Cluster 2", "Cluster 3"])


def test_another_study_forgets_the_cluster_of_this_one(visit: Visit, workshop: Workshop) -> None:
    address, settings = workshop
    layout = Layout(settings.cache)
    if not layout.study("twin").exists():
        shutil.copytree(layout.study("demo"), layout.study("twin"))
        told = layout.study_file("twin")
        told.write_text(told.read_text().replace('"name": "demo"', '"name": "twin"'))
    page = visit(f"{address}/clusters?study=demo&label=Kyoto&cluster=3")
    page.get_by_role("combobox", name="Study").click()
    page.get_by_role("option", name="twin").click()
    page.wait_for_url("**study=twin**")
    settled(page)
    assert "cluster=" not in page.url and "label=Kyoto" in page.url
    assert page.locator(".gallery.rows .group").count() > 3


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
    expect(page.get_by_role("dialog").get_by_text("from the centre of")).to_be_visible()


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
