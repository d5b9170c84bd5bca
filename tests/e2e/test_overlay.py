"""The heat map in the browser: what it takes from wheel, fingers and keys, without a rerun."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from core.study import Study
from tests.e2e.conftest import Visit, frames_sent, settled


@pytest.fixture
def page(visit: Visit, demo: str) -> Page:
    found = visit(f"{demo}/typicality?label=Prague")
    found.locator(".overlay .map").first.wait_for()
    return found


def scale(page: Page) -> float:
    return float(page.locator(".stage").first.get_attribute("data-scale") or "nan")


def place(page: Page) -> tuple[float, float]:
    box = page.locator(".layer .picture").first.bounding_box()
    assert box
    return box["x"], box["y"]


def test_opacity_and_threshold_change_without_a_rerun(page: Page) -> None:
    map_ = page.locator(".map").first
    drawn = (
        "map => map.getContext('2d').getImageData(0, 0, map.width, map.height).data.filter(Boolean).length"
    )
    before = map_.evaluate(drawn)

    def move() -> None:
        page.locator("input.opacity").first.fill("20")
        page.locator("input.threshold").first.fill("60")

    assert frames_sent(page, move) == 0
    assert map_.evaluate("map => map.style.opacity") == "0.2"
    assert 0 < map_.evaluate(drawn) < before


def test_the_colour_scale_moves_without_a_rerun(page: Page) -> None:
    map_, ends = page.locator(".map").first, page.locator(".legend .most").first
    colours = (
        "map => map.getContext('2d').getImageData(0, 0, map.width, map.height).data.reduce((a, b) => a + b)"
    )
    before, painted = float(ends.inner_text()), map_.evaluate(colours)

    def move() -> None:
        page.locator("input.contrast").first.fill("1")

    assert frames_sent(page, move) == 0
    assert float(ends.inner_text()) == pytest.approx(before / 2, rel=0.01)
    assert map_.evaluate(colours) > painted
    page.locator("input.contrast").first.fill("0")
    assert (float(ends.inner_text()), map_.evaluate(colours)) == (before, painted)


def test_what_was_moved_is_part_of_the_link(page: Page, visit: Visit) -> None:
    def move() -> None:
        page.locator("input.opacity").first.fill("20")
        page.locator("input.contrast").first.fill("-1.5")
        page.get_by_role("radio", name="Change map").first.click()
        page.wait_for_url("**change=true**")

    assert frames_sent(page, move) == 0
    page.get_by_role("button", name="Next").click()
    page.wait_for_url("**picture=**")
    settled(page)
    page.wait_for_url("**opacity=20**")
    again = visit(page.evaluate("location.href"))
    expect(again.locator("input.opacity").first).to_have_value("20")
    expect(again.locator("input.contrast").first).to_have_value("-1.5")
    expect(again.get_by_role("radio", name="Change map").first).to_have_attribute("aria-checked", "true")
    expect(again.locator("input.threshold").first).to_have_value("15")
    again.locator("input.opacity").first.fill("75")
    again.wait_for_url(lambda link: "opacity" not in link and "contrast=-1.5" in link)


@pytest.mark.parametrize(
    ("nonsense", "threshold", "contrast"),
    [("opacity=lots&contrast=1e9&change=maybe", "15", "2"), ("threshold=-4&outlines=2", "0", "0")],
)
def test_a_link_moves_nothing_beyond_its_ends(
    visit: Visit, demo: str, nonsense: str, threshold: str, contrast: str
) -> None:
    page = visit(f"{demo}/typicality?label=Prague&{nonsense}")
    for name, value in (("opacity", "75"), ("threshold", threshold), ("contrast", contrast)):
        expect(page.locator(f"input.{name}").first).to_have_value(value)
    expect(page.get_by_role("radio", name="Change map").first).to_have_attribute("aria-checked", "false")
    expect(page.get_by_label("Patches").first).to_be_checked()


def test_wheel_drag_and_double_click(page: Page) -> None:
    stage = page.locator(".stage").first
    stage.scroll_into_view_if_needed()
    box = stage.bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 3, box["y"] + box["height"] / 3

    def zoom_and_drag() -> None:
        page.mouse.move(x, y)
        page.mouse.wheel(0, -500)
        expect(stage).not_to_have_attribute("data-scale", "1.00")
        left, top = place(page)
        page.mouse.down()
        page.mouse.move(x - 40, y - 30, steps=4)
        page.mouse.up()
        assert (round(place(page)[0] - left), round(place(page)[1] - top)) == (-40, -30)
        page.mouse.dblclick(x, y)
        expect(stage).to_have_attribute("data-scale", "1.00")

    assert frames_sent(page, zoom_and_drag) == 0


def test_two_fingers(visit: Visit, demo: str) -> None:
    page = visit(f"{demo}/typicality?label=Prague", 390, has_touch=True)
    stage = page.locator(".stage").first
    stage.scroll_into_view_if_needed()
    box = stage.bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    session = page.context.new_cdp_session(page)
    for kind, apart in (("touchStart", 20), ("touchMove", 40), ("touchMove", 60)):
        points = [{"x": x - apart, "y": y, "id": 0}, {"x": x + apart, "y": y, "id": 1}]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    expect(stage).not_to_have_attribute("data-scale", "1.00")
    assert scale(page) == pytest.approx(3, abs=0.2)


def test_keys_zoom_move_and_hide(page: Page) -> None:
    stage, map_ = page.locator(".stage").first, page.locator(".map").first

    def press() -> None:
        page.keyboard.press("+")
        page.keyboard.press("+")
        expect(stage).to_have_attribute("data-scale", "1.96")
        left, top = place(page)
        stage.focus()
        page.keyboard.press("ArrowRight")
        page.keyboard.press("ArrowDown")
        assert place(page)[0] < left and place(page)[1] < top
        page.keyboard.press("-")
        expect(stage).to_have_attribute("data-scale", "1.40")
        page.keyboard.press("0")
        expect(stage).to_have_attribute("data-scale", "1.00")
        page.keyboard.press("o")
        assert map_.evaluate("map => map.style.opacity") == "0"
        page.keyboard.press("o")
        assert map_.evaluate("map => map.style.opacity") == "0.75"

    assert frames_sent(page, press) == 0


def test_next_and_previous_by_keys(page: Page) -> None:
    first = page.locator(".stage .picture").first.get_attribute("alt")
    expect(page.get_by_role("button", name="Next")).to_be_enabled()
    page.locator("h1").click()  # keys are nobody's while a field or a slider has the focus
    page.keyboard.press("n")
    page.wait_for_url("**picture=**")
    settled(page)
    expect(page.locator(".stage .picture").first).not_to_have_attribute("alt", first or "")
    page.keyboard.press("p")
    expect(page.locator(".stage .picture").first).to_have_attribute("alt", first or "")


def test_the_range_of_t_is_the_studys_and_has_its_chart(page: Page, demo_study: Study) -> None:
    noise = demo_study.spec.typicality.noise
    for end, (side, value) in enumerate((("min", noise.t_min), ("max", noise.t_max))):
        handle = page.get_by_role("slider", name="Range of t").nth(end)
        expect(handle).to_have_attribute(side, f"{value:g}")
    expect(page.locator(".js-plotly-plot .scatterlayer path.js-line").first).to_be_attached()
    expect(page.get_by_text("Here the label helps most at t =")).to_be_visible()


def test_question_mark_lists_the_keys_of_the_page(page: Page) -> None:
    page.keyboard.press("?")
    keys = page.get_by_role("dialog", name="Keys of this page")
    expect(keys).to_be_visible()
    assert {"Next picture", "Previous picture", "Map on or off", "Zoom out"} <= set(
        keys.locator("dd").all_inner_texts()
    )
    page.keyboard.press("Escape")
    expect(keys).to_be_hidden()
    page.get_by_role("button", name="? Keys").click()
    expect(keys).to_be_visible()
    keys.get_by_role("button", name="Close").click()
    expect(keys).to_be_hidden()


def test_nobody_who_types_is_disturbed(visit: Visit, demo: str) -> None:
    page = visit(f"{demo}/studies")
    field = page.get_by_role("textbox", name="Null prompt")
    field.fill("")
    field.press_sequentially("What? o+0-")
    expect(field).to_have_value("What? o+0-")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.locator("h1").click()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys of this page")).to_be_visible()
