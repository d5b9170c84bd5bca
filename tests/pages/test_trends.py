"""Page Trends: parallel clusters in their order, what each is under every label, and its charts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.mining.colours import lab
from core.study import Study
from tests.pages import conftest
from tests.pages.conftest import LABELS, TRANSLATED, make_study, nothing, open_page
from tests.pages.test_compare import galleries, values
from tests.pages.test_pages import is_well, truncate
from tests.pages.test_translate import colour

CAME_BACK = len(LABELS) * (TRANSLATED - 1)


@pytest.fixture
def study(cache: Path) -> Study:
    return make_study(cache, until="trends")


def charts(app: AppTest) -> list[dict[str, Any]]:
    """What each chart was given."""
    return [json.loads(chart.proto.spec) for chart in app.get("plotly_chart")]


def test_the_most_cotypical_comes_first_with_a_column_a_label(study: Study) -> None:
    app = open_page("trends")
    assert is_well(app)
    assert [one.value for one in app.subheader] == ["Parallel cluster 1", "Parallel cluster 2"]
    said = [one.value for one in app.markdown if "median co-typicality" in one.value][1:]
    assert ["+0.200" in one for one in said] == [True, False]
    assert all(f"{CAME_BACK} places in {CAME_BACK} pictures" in one for one in said)
    first, second = galleries(app)
    assert [group["title"] for group in first["groups"]] == list(LABELS)
    assert [group["notes"][0] for group in first["groups"]] == [
        "median T +0.150", "median T +0.200", "median T +0.250",
    ]  # fmt: skip
    assert all(group["notes"][2] == "change 1.00" for one in (first, second) for group in one["groups"])


def test_examples_are_the_same_places_under_each_label(study: Study) -> None:
    (first, _) = galleries(open_page("trends"))
    places = [[tile["key"].split(" ")[0] for tile in group["tiles"]] for group in first["groups"]]
    assert places[0] == places[1] == places[2] and len(set(places[0])) == 3
    for number, group in enumerate(first["groups"]):
        wanted = (250 - 60 * number, 40, 60 * number)
        for tile in group["tiles"]:
            assert colour(tile["url"]) == pytest.approx(wanted, abs=14)
        ((shown, share),) = group["swatches"]
        found = lab(np.array([list(bytes.fromhex(shown[1:]))], np.uint8))
        np.testing.assert_allclose(found, lab(np.array([wanted], np.uint8)), atol=1)
        assert share == 1


def test_a_tile_leads_to_its_picture_translated(study: Study) -> None:
    (first, _) = galleries(open_page("trends"))
    pictures = study.pictures["place"]
    for group in first["groups"]:
        for tile in group["tiles"]:
            picture = tile["key"].rpartition("-")[0]
            own = pictures[picture]
            assert tile["href"].startswith(f"translate?study=demo&label={own}&picture={picture}")
            assert ("&to=" in tile["href"]) == (own != group["title"])


def test_one_has_charts_over_the_labels(study: Study) -> None:
    app = open_page("trends", parallel="2")
    assert is_well(app)
    assert app.selectbox(key="parallel").value == "2"
    assert app.header[0].value == "Parallel cluster 2"
    typicality, change, colours, moves = charts(app)
    (bars,) = typicality["data"]
    assert bars["type"] == "bar"
    assert values(bars["y"]) == pytest.approx([0.05, 0.1, 0.15], abs=0.001)
    assert typicality["layout"]["xaxis"]["ticktext"] == list(LABELS)
    assert values(change["data"][0]["y"]) == pytest.approx([1, 1, 1], abs=0.001)
    assert len(colours["data"][0]["marker"]["color"]) == len(LABELS)
    assert moves["data"][0]["type"] == "heatmap" and moves["data"][0]["x"] == list(LABELS)
    assert values(moves["data"][0]["z"]) == pytest.approx(1 - np.eye(len(LABELS)).ravel(), abs=0.001)
    assert len(galleries(app)[0]["groups"][0]["tiles"]) == CAME_BACK
    assert any(one.value.startswith("Seen from Prague: As ") for one in app.markdown)


def test_choosing_one_opens_it_and_a_button_leads_back(study: Study) -> None:
    app = open_page("trends")
    app.button(key="open 2").click().run()
    assert app.header[0].value == "Parallel cluster 2" and len(charts(app)) == 4
    next(one for one in app.button if one.label == "All parallel clusters").click().run()
    assert len(app.subheader) == 2 and not charts(app)


def test_labels_with_an_order_have_a_line_at_their_years(cache: Path) -> None:
    make_study(cache, until="trends", labels=("1950s", "1970s", "1990s"))
    app = open_page("trends", parallel="1")
    assert is_well(app)
    (line,) = charts(app)[0]["data"]
    assert (line["type"], values(line["x"])) == ("scatter", [1950, 1970, 1990])


def test_labels_are_text(cache: Path) -> None:
    make_study(cache, until="trends", labels=("<b>x</b>", "[y](z)"))
    app = open_page("trends", parallel="1")
    assert is_well(app)
    assert charts(app)[0]["layout"]["xaxis"]["ticktext"] == ["&lt;b&gt;x&lt;/b&gt;", "[y](z)"]
    assert charts(app)[3]["data"][0]["y"] == ["&lt;b&gt;x&lt;/b&gt;", "[y](z)"]
    assert not any("<b>" in one.value for one in (*app.markdown, *app.caption))
    app = open_page("translate", label="[y](z)")
    assert is_well(app)
    assert "\\<b\\>" in app.title[0].value


@pytest.mark.parametrize("number", ["99", "0", "<b>", "all"])
def test_a_link_to_no_such_cluster_shows_all(study: Study, number: str) -> None:
    app = open_page("trends", parallel=number, every="?")
    assert is_well(app)
    assert len(app.subheader) == 2


def test_where_nothing_came_back_it_says_so(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(conftest.MAKE, "translate", nothing)
    monkeypatch.setitem(conftest.MAKE, "cotypicality", nothing)
    monkeypatch.setitem(conftest.MAKE, "appearance", nothing)
    make_study(cache, until="trends")
    app = open_page("trends")
    assert is_well(app)
    assert "No place" in app.info[0].value


@pytest.mark.parametrize(
    "file",
    [
        "*_trends/*/shard-*/views.parquet",
        "*_trends/*/shard-*/members.parquet",
        "*_trends/*/manifest.json",
        "*_cotypicality/*/shard-*/places.parquet",
        "*_translate/*/shard-*/translations.webp.npy",
    ],
)
def test_damaged_trends_are_one_sentence(cache: Path, study: Study, file: str) -> None:
    found = list((cache / "demo").glob(file))
    assert found
    for one in found:
        truncate(one)
    app = open_page("trends")
    assert not app.exception
    assert [("damaged" in error.value, error.value.count("\n")) for error in app.error] == [(True, 0)]
