"""The story told of any study and label."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.study import Study
from tests.pages import conftest
from tests.pages.conftest import LABELS, drawn, is_well, make_study, open_page

STEPS = 8


@pytest.fixture
def study(cache: Path) -> Study:
    return make_study(cache)


@pytest.mark.parametrize("step", range(1, STEPS + 1))
def test_every_step_is_a_link(study: Study, step: int) -> None:
    app = open_page("present", step=str(step))
    assert is_well(app) and len(app.title) == 1
    assert f"{step} of {STEPS}" in app.caption[-1].value
    assert app.button[0].disabled == (step == 1) and app.button[1].disabled == (step == STEPS)


def test_arrow_keys_go_on_and_back(study: Study) -> None:
    app = open_page("present")
    assert [button.proto.shortcut for button in app.button] == ["left", "right"]
    app.button[1].click().run()
    assert f"2 of {STEPS}" in app.caption[-1].value
    app.button[0].click().run()
    assert f"1 of {STEPS}" in app.caption[-1].value


def test_the_story_is_told_of_the_label_that_is_picked(study: Study) -> None:
    app = open_page("present", label="Kyoto")
    assert app.title[0].value == "What makes Kyoto look like Kyoto?"
    shown = {tile["key"] for tile in drawn(app, "gallery")["groups"][0]["tiles"]}
    assert shown == set(study.pictures.index[study.pictures["place"] == "Kyoto"])


def test_the_guess_hides_the_labels(study: Study) -> None:
    app = open_page("present", step="2")
    tiles = drawn(app, "gallery")["groups"][0]["tiles"]
    assert {study.pictures.at[tile["key"], "place"] for tile in tiles} == set(LABELS)
    assert not any(tile["caption"] for tile in tiles)


def test_patches_are_the_best_of_each_picture(study: Study) -> None:
    tiles = drawn(open_page("present", step="5"), "gallery")["groups"][0]["tiles"]
    assert len(tiles) == conftest.PICTURES and all(tile["key"].endswith("-0") for tile in tiles)


def test_the_others_are_all_but_the_one(study: Study) -> None:
    groups = drawn(open_page("present", step="7"), "gallery")["groups"]
    assert [group["title"] for group in groups] == ["Kyoto", "Paris"]


def test_the_map_knows_the_size_of_its_picture(study: Study) -> None:
    assert drawn(open_page("present", step="4"), "overlay")["size"] == [64, 48]


def test_where_pictures_were_translated_a_step_shows_what_they_become(cache: Path) -> None:
    make_study(cache, until="trends")
    app = open_page("present", step="8", label="Prague")
    assert is_well(app) and app.title[0].value == "And what would that be elsewhere?"
    assert f"8 of {STEPS + 1}" in app.caption[-1].value
    assert "these places change colour most" in app.markdown[0].value
    groups = drawn(app, "gallery")["groups"]
    assert groups[0]["title"] == "Prague" and {group["title"] for group in groups} == set(LABELS)
    assert all(len(group["tiles"]) == 6 and group["swatches"] for group in groups)
    assert "redder" in next(group for group in groups if group["title"] == "Kyoto")["notes"][0]
    app = open_page("present", step=str(STEPS + 1), label="Prague")
    assert is_well(app) and "how we know" in app.title[0].value


def test_the_conclusion_is_in_numbers_of_the_study(study: Study) -> None:
    app = open_page("present", step="8")
    assert "**100%** of its pictures, with a median T of +0.200" in app.markdown[0].value


def test_speaker_notes_are_shown_when_asked_for(study: Study) -> None:
    assert not open_page("present").info
    app = open_page("present", notes="true")
    assert len(app.info) == 1 and app.toggle[0].value


def test_names_are_text(cache: Path) -> None:
    evil = "<img src=x onerror=alert(1)> **a** {label}"
    make_study(cache, labels=(evil, "Paris"))
    for step in range(1, STEPS + 1):
        app = open_page("present", label=evil, step=str(step))
        assert is_well(app)
        assert "<img" not in app.title[0].value.replace(r"\<", "")
        assert not any(element.allow_html for element in app.markdown)


@pytest.mark.parametrize("until", ["dataset", "typicality", "patches"])
def test_an_unfinished_study_says_what_is_missing_and_goes_on(cache: Path, until: str) -> None:
    make_study(cache, until=until)
    for step in range(1, STEPS + 1):
        app = open_page("present", step=str(step))
        assert is_well(app) and {"Back", "Next"} <= {button.label for button in app.button}, step
    assert "python -m core run demo" in open_page("present", step="6").code[0].value


def test_a_damaged_study_is_said(study: Study) -> None:
    artifact = study.artifact("clusters")
    assert artifact
    next(artifact.folder.glob("shard-*/members.parquet")).write_bytes(b"no table")
    app = open_page("present", step="6")
    assert not app.exception and "damaged" in app.error[0].value


def test_a_study_that_found_nothing_is_no_traceback(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conftest, "MAKE", dict.fromkeys(conftest.MAKE, conftest.nothing))
    make_study(cache)
    for step in range(1, STEPS + 1):
        assert not open_page("present", step=str(step)).exception
