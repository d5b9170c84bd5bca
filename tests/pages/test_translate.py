"""Page Translate: one picture under every other label, how well it came back, and where each label shows."""

from __future__ import annotations

import base64
import io
import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from core.jobs import asking
from core.study import Study
from pages.parts import jobs
from tests.pages import conftest
from tests.pages.conftest import TRANSLATED, make_study, nothing, open_page
from tests.pages.test_pages import drawn, is_well, truncate

OFFER = "Translate and find trends"


@pytest.fixture
def study(cache: Path) -> Study:
    return make_study(cache, until="cotypicality")


def components(app: AppTest, name: str) -> list[dict[str, Any]]:
    """What each component of that name was given, from the top of the page."""
    protos = [element.proto for element in app.get("bidi_component")]
    return [json.loads(proto.json) for proto in protos if proto.component_name == name]


def colour(url: str) -> tuple[int, ...]:
    """The colour in the middle of a picture that is all in its address."""
    head, _, content = url.partition(",")
    assert head == "data:image/webp;base64"
    with Image.open(io.BytesIO(base64.b64decode(content))) as picture:
        return picture.convert("RGB").getpixel((picture.width // 2, picture.height // 2))


def test_a_source_lies_over_the_translation_the_link_names(study: Study) -> None:
    app = open_page("translate", label="Prague", to="Paris")
    assert is_well(app)
    assert app.title[0].value == "What would this picture be in Paris?"
    swipe = drawn(app, "swipe")
    assert (swipe["before"]["name"], swipe["after"]["name"]) == ("Prague", "Paris")
    assert colour(swipe["after"]["url"]) == pytest.approx((190, 40, 60), abs=12)
    assert swipe["size"] == [64, 48]
    # Both went the same way: the picture was led back to itself.
    assert colour(swipe["before"]["url"]) == pytest.approx((130, 40, 120), abs=12)
    assert swipe["crop"] == [0, 0, 1, 1]
    assert any("64 x 48 pixels" in one.value for one in app.caption)


def test_the_picture_itself_can_lie_on_the_left(study: Study) -> None:
    app = open_page("translate", label="Prague", to="Paris", original="true")
    assert is_well(app)
    swipe = drawn(app, "swipe")
    assert swipe["before"]["url"].startswith("tiles/demo/picture/")
    # The picture is 64 x 48 and the frame all of it.
    assert swipe["crop"] == pytest.approx([0, 0, 1, 1], abs=0.05)
    assert not any("pixels:" in one.value for one in app.caption)


def test_every_other_label_has_a_tile_that_leads_to_it(study: Study) -> None:
    strip, everything = components(open_page("translate", label="Prague", to="Paris"), "gallery")
    assert len(strip["groups"][0]["tiles"]) == TRANSLATED
    found = everything["groups"][0]["tiles"]
    assert [(one["key"], one["caption"], one["detail"]) for one in found] == [
        ("Kyoto", "Kyoto", "mean T +0.0100"), ("Paris", "Paris", "mean T +0.0200"),
    ]  # fmt: skip
    assert everything["chosen"] == "Paris"
    assert all(f"label=Prague&picture={strip['chosen']}&to={one['key']}" in one["href"] for one in found)


def test_each_label_has_its_map_in_one_scale__and_how_sure_its_mean_is(study: Study) -> None:
    app = open_page("translate", label="Prague")
    assert "95%: +0.00804 to +0.0120" in [one.value for one in app.caption]
    overlays = components(app, "overlay")
    assert [one["label"] for one in overlays] == ["Prague", "Kyoto", "Paris"]
    assert len({one["maps"]["typicality"]["scale"] for one in overlays}) == 1
    assert all(one["small"] and one["maps"]["change"] is None for one in overlays)
    reds = [colour(one["url"])[0] for one in overlays]
    assert reds == pytest.approx([130, 250, 190], abs=12)


def test_without_maps_translations_are_shown(cache: Path) -> None:
    make_study(cache, until="translate")
    app = open_page("translate", label="Kyoto")
    assert is_well(app)
    assert not components(app, "overlay")
    assert any("not done yet" in caption.value for caption in app.caption)


def test_a_source_that_did_not_come_back_is_warned_of(study: Study) -> None:
    rows = study.artifact("translate").table("sources")
    failed, whole = (
        rows[(rows["label"] == "Paris") & (rows["failed"] == wanted)] for wanted in (True, False)
    )
    app = open_page("translate", label="Paris", picture=failed["picture"].iloc[0])
    assert is_well(app)
    assert len(app.warning) == 1 and "12.5 dB" in app.warning[0].value and "20 dB" in app.warning[0].value
    app = open_page("translate", label="Paris", picture=whole["picture"].iloc[0])
    assert not app.warning
    assert any("no difference can be seen" in caption.value for caption in app.caption)


@pytest.mark.parametrize("link", [{"to": "<b>", "picture": "../x"}, {"to": "Prague", "picture": ""}])
def test_a_link_to_nothing_shows_the_first(study: Study, link: dict[str, str]) -> None:
    app = open_page("translate", label="Prague", **link)
    assert is_well(app)
    assert drawn(app, "swipe")["after"]["name"] == "Kyoto"


@pytest.mark.parametrize("page", ["translate", "trends"])
def test_without_its_stage_a_page_offers_it_with_its_cost(cache: Path, page: str) -> None:
    study = make_study(cache)
    app = open_page(page)
    assert is_well(app)
    assert page in app.info[0].value
    spec = study.spec
    each = 2 * 3 * spec.translate.steps - 1, 4 * spec.typicality.noise.samples, 3 * spec.features.noises
    assert f"**{study.size * sum(each):,} passes**" in app.markdown[-2].value
    assert app.code[0].value == "python -m core run demo --stage trends"
    assert not next(one for one in app.button if one.label == OFFER).disabled


def test_what_is_offered_is_a_job_up_to_trends(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "start_worker", lambda settings: None)
    monkeypatch.setattr(jobs, "go", lambda: None)
    study = make_study(cache)

    def script() -> None:
        from core.study import Study
        from pages.parts import cost

        cost.next_step(Study.open("demo"), "trends")

    app = AppTest.from_function(script).run()
    next(one for one in app.button if one.label == OFFER).click().run()
    (job,) = asking.listed(study.settings).jobs
    assert job.ask["stage"] == "trends"


@pytest.mark.parametrize("page", ["translate", "trends"])
def test_read_only_the_job_cannot_be_asked_for(
    cache: Path, monkeypatch: pytest.MonkeyPatch, page: str
) -> None:
    make_study(cache)
    monkeypatch.setenv("TYPISCOPE_READ_ONLY", "1")
    app = open_page(page)
    assert is_well(app)
    assert next(one for one in app.button if one.label == OFFER).disabled


def test_a_label_without_translations_says_so(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(conftest.MAKE, "translate", nothing)
    make_study(cache, until="translate")
    app = open_page("translate", label="Paris")
    assert is_well(app)
    assert app.info[0].value == "No picture of Paris was translated."


@pytest.mark.parametrize(
    "file",
    [
        "*_translate/*/shard-*/sources.parquet",
        "*_translate/*/shard-*/translations.webp.npy",
        "*_translate/*/manifest.json",
        "*_cotypicality/*/shard-*/maps.typicality.npy",
    ],
)
def test_damaged_translations_are_one_sentence(cache: Path, study: Study, file: str) -> None:
    found = list((cache / "demo").glob(file))
    assert found
    for one in found:
        truncate(one)
    app = open_page("translate")
    assert not app.exception
    assert [("damaged" in error.value, error.value.count("\n")) for error in app.error] == [(True, 0)]
