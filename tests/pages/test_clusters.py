"""The Clusters page: look-alikes, doubts, other methods, and what people change."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.study import Study
from tests.pages import conftest
from tests.pages.conftest import MAKE, PICTURES, finish, make_study, open_page
from tests.pages.test_pages import drawn, is_well


@pytest.fixture
def study(cache: Path) -> Study:
    """The study `demo`: cluster 1 of 8 look-alikes, 2 and 3 of 5 and 3 that look like one another."""
    return make_study(cache)


def titles(app: AppTest) -> list[str]:
    """The titles of all clusters shown."""
    return [group["title"] for group in drawn(app, "gallery", 0)["groups"]]


def sizes(app: AppTest) -> list[int]:
    """How many tiles each shows."""
    return [len(group["tiles"]) for group in drawn(app, "gallery", 0)["groups"]]


def press(app: AppTest, key: str) -> AppTest:
    """Press a button."""
    app.button(key=key).click().run()
    assert is_well(app)
    return app


def galleries(app: AppTest) -> dict[str, list[dict[str, Any]]]:
    """The tiles of each one-group gallery, by the key of its group."""
    protos = [one.proto for one in app.get("bidi_component") if one.proto.component_name == "gallery"]
    return {group["key"]: group["tiles"] for one in protos for group in json.loads(one.json)["groups"]}


def patches(app: AppTest) -> list[str]:
    """The patches of the first cluster shown."""
    return [tile["key"] for tile in drawn(app, "gallery")["groups"][0]["tiles"]]


def test_a_patch_opens_with_its_look_alikes(study: Study) -> None:
    patch = patches(open_page("clusters"))[2]
    app = open_page("clusters", patch=patch)
    assert is_well(app)
    found = galleries(app)
    own, other = found["own"], found["other"]
    assert len(own) == 12 and len(other) == 12
    assert patch not in [tile["key"] for tile in own]
    # Best patches of a label look alike, and no other label's look like them.
    assert all(tile["key"].endswith("-0") and float(tile["caption"]) > 0.9 for tile in own[: PICTURES - 1])
    assert all(float(tile["caption"]) < 0.5 for tile in other)
    assert {tile["detail"] for tile in other} <= {"Kyoto", "Paris"}


def test_a_study_whose_patches_are_not_described_shows_its_clusters(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(conftest.MAKE, "features", conftest.nothing)
    make_study(cache)
    app = open_page("clusters", small="true", method="k-means")
    assert is_well(app)
    assert sizes(app) == [8, 5, 3]
    assert is_well(open_page("clusters", patch=patches(app)[0]))


def test_clusters_that_look_alike_offer_to_be_merged(study: Study) -> None:
    groups = drawn(open_page("clusters", small="true"), "gallery")["groups"]
    assert [group["more"] for group in groups] == [
        "", "Much like cluster 3 (1.00): merge them?", "Much like cluster 2 (1.00): merge them?",
    ]  # fmt: skip
    scores = [group["notes"][-1] for group in groups[:2]]
    assert scores == ["mixedness 0.00", "mixedness 0.00"]
    assert not any("mixedness" in note for note in groups[2]["notes"])  # too few patches to say


def test_another_method_is_a_view_that_a_link_restores(study: Study) -> None:
    app = open_page("clusters", method="k-means", number="2", small="true")
    assert is_well(app)
    assert sizes(app) == [PICTURES, PICTURES]
    assert not app.text_input and "k-means" in app.caption[0].value
    assert sizes(open_page("clusters", method="agglomerative", number="2")) == [PICTURES, PICTURES]
    assert is_well(open_page("clusters", method="HDBSCAN", fewest="30"))


@pytest.mark.parametrize(
    "link",
    [{"method": "k-middling"}, {"method": "k-means", "number": "1e9"}, {"method": "HDBSCAN", "fewest": "x"}],
)
def test_nonsense_about_a_method_falls_back(study: Study, link: dict[str, str]) -> None:
    app = open_page("clusters", **link, which="<b>")
    assert is_well(app)
    assert app.selectbox(key="method").value in ("as computed", link["method"])


def test_a_name_is_kept_and_shown_as_text(study: Study) -> None:
    app = open_page("clusters", cluster="1")
    app.text_input[0].input("<b>*red*</b> roofs").run()
    assert is_well(app)
    assert titles(app) == ["1. <b>*red*</b> roofs"]
    assert titles(open_page("clusters")) == ["1. <b>*red*</b> roofs"]
    assert titles(open_page("clusters", label="Kyoto")) == ["Cluster 1"]


def test_merge_undo_and_redo(study: Study) -> None:
    app = press(open_page("clusters", cluster="2"), "do merge")  # with the one it looks like
    assert sizes(app) == [PICTURES]
    assert titles(open_page("clusters", small="true")) == ["Cluster 1", "Cluster 2"]
    assert sizes(press(app, "Undo")) == [5]
    assert sizes(press(app, "Redo")) == [PICTURES]
    assert app.button(key="Redo").disabled


def test_split_gives_the_smaller_half_a_new_number(study: Study) -> None:
    app = press(open_page("clusters", cluster="2"), "do merge")
    press(app, "split")
    assert titles(open_page("clusters", small="true")) == ["Cluster 1", "Cluster 2", "Cluster 4"]
    assert sum(sizes(open_page("clusters", small="true"))) == 2 * PICTURES
    assert is_well(open_page("clusters", cluster="4"))


def test_hidden_clusters_are_out_of_sight_and_starred_ones_marked(study: Study) -> None:
    press(open_page("clusters", cluster="1"), "do star")
    press(open_page("clusters", cluster="2"), "do hide")
    assert titles(open_page("clusters", small="true")) == ["\u2605 Cluster 1", "Cluster 3"]
    assert titles(open_page("clusters", which="Starred")) == ["\u2605 Cluster 1"]
    assert titles(open_page("clusters", which="Hidden")) == ["Cluster 2"]
    assert titles(open_page("clusters", cluster="2")) == ["Cluster 2"]


def test_changes_of_other_clusters_are_not_applied_and_said(study: Study) -> None:
    press(open_page("clusters", cluster="2"), "do merge")
    file = study.layout.curation_file("demo")
    content = json.loads(file.read_text())
    file.write_text(json.dumps({"clusters": {"of before": next(iter(content["clusters"].values()))}}))
    app = open_page("clusters", small="true")
    assert is_well(app)
    assert len(titles(app)) == 3
    assert "other clusters" in app.caption[0].value


def test_damaged_changes_are_one_sentence(study: Study) -> None:
    study.layout.curation_file("demo").write_text("{")
    app = open_page("clusters")
    assert not app.exception
    assert [("damaged" in error.value, error.value.count("\n")) for error in app.error] == [(True, 0)]


def test_where_nothing_may_be_written_nothing_can_be_changed(
    study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    press(open_page("clusters", cluster="1"), "do star")
    monkeypatch.setattr("core.store.curation.writable", lambda settings: False)
    app = open_page("clusters", cluster="2")
    assert is_well(app)
    assert not app.text_input and [button.label for button in app.button] == ["All clusters"]
    assert titles(open_page("clusters")) == ["\u2605 Cluster 1"]


@pytest.mark.parametrize(("scope", "points"), [("this label", 2 * PICTURES), ("all labels", 6 * PICTURES)])
def test_the_map_shows_every_patch_once(study: Study, scope: str, points: int) -> None:
    finish(study, "atlas", MAKE["atlas"])
    app = open_page("clusters", look="Map", scope=scope)
    assert is_well(app)
    (chart,) = app.get("plotly_chart")
    traces = json.loads(chart.proto.spec)["data"]
    assert {trace["type"] for trace in traces} == {"scattergl"}
    patches = [point[0] for trace in traces for point in trace["customdata"]]
    assert len(patches) == len(set(patches)) == points
    names = ["Cluster 1", "Cluster 2", "Cluster 3"] if scope == "this label" else ["Kyoto", "Paris", "Prague"]
    assert [trace["name"] for trace in traces] == names


def test_of_many_labels_the_one_in_view_stands_out_on_the_map(cache: Path) -> None:
    names = tuple(f"place {number}" for number in range(9))
    make_study(cache, until="atlas", labels=names)
    app = open_page("clusters", label="place 4", look="Map", scope="all labels")
    assert is_well(app)
    (chart,) = app.get("plotly_chart")
    below, above = json.loads(chart.proto.spec)["data"]
    assert [below["name"], above["name"]] == ["other labels", "place 4"]
    assert len(below["customdata"]) == 8 * len(above["customdata"]) == 16 * PICTURES
    assert below["marker"]["color"] != above["marker"]["color"]


def test_a_map_that_is_not_laid_out_yet_says_so(study: Study) -> None:
    app = open_page("clusters", look="Map")
    assert is_well(app)
    assert "stage **atlas** finds" in app.info[0].value
    assert not app.get("plotly_chart")


def test_nonsense_about_the_map_falls_back(study: Study) -> None:
    assert drawn(open_page("clusters", look="<b>", scope="x"), "gallery")["groups"]
