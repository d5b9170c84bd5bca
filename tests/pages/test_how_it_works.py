"""The page that explains the method."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.store import explained
from core.store.explained import Explanation, webp
from core.study import Study
from pages.parts.questions import QUESTIONS
from tests.pages import conftest
from tests.pages.conftest import drawn, is_well, make_study, open_page

STEPS = 5


@pytest.fixture
def study(cache: Path) -> Study:
    return make_study(cache)


@pytest.fixture
def explanation(study: Study) -> Explanation:
    """A small one, kept for the study."""
    frames = [webp(np.full((8, 8, 3), 20 * level, np.uint8)) for level in range(4)]
    made = Explanation(
        "a.png", "Prague", "A picture of <b>Prague</b>.", "A picture.", [0.1, 0.4, 0.6, 0.9],
        [0.4, 0.3, 0.2, 0.1], [0.4, 0.25, 0.15, 0.1], [1, 4, 16, 64], 0.05,
        {kind: frames for kind in explained.KINDS},
    )  # fmt: skip
    explained.write(study.layout, study.name, made)
    return made


@pytest.mark.parametrize("step", range(1, STEPS + 1))
def test_every_step_is_a_link(study: Study, explanation: Explanation, step: int) -> None:
    app = open_page("how_it_works", step=str(step))
    assert is_well(app) and len(app.title) == 1
    assert f"{step} of {STEPS}" in app.caption[1].value
    assert app.button[0].disabled == (step == 1) and app.button[1].disabled == (step == STEPS)


@pytest.mark.parametrize("asked", ["x", "-3", "0", "99", "9" * 50])
def test_a_link_to_no_step_shows_the_first_and_says_so(study: Study, asked: str) -> None:
    app = open_page("how_it_works", step=asked)
    assert f"1 of {STEPS}" in app.caption[1].value
    (said,) = app.warning
    assert f"There is no step \u201c{asked}\u201d".replace("-", "\\-") in said.value


def test_next_and_back_walk_through_the_steps(study: Study, explanation: Explanation) -> None:
    app = open_page("how_it_works")
    first = app.title[0].value
    app.button[1].click().run()
    assert is_well(app) and app.title[0].value != first
    assert len(drawn(app, "frames")["reels"]) == 3
    app.button[0].click().run()
    assert app.title[0].value == first and len(drawn(app, "frames")["reels"]) == 2


def test_what_the_hint_is_worth_is_said_at_every_t(study: Study, explanation: Explanation) -> None:
    notes = drawn(open_page("how_it_works", step="2"), "frames")["notes"]
    assert len(notes) == 4
    assert notes[2] == "t = 0.6: the hint lowers the loss by 25.0% (0.2000 without, 0.1500 with it)"


def test_names_are_text(study: Study, explanation: Explanation) -> None:
    app = open_page("how_it_works", step="2")
    assert drawn(app, "frames")["reels"][2]["title"] == "Told \u201cA picture of <b>Prague</b>.\u201d"
    assert not any(element.allow_html for element in app.markdown)


@pytest.mark.parametrize("question", [question.words for question in QUESTIONS])
def test_every_question_has_two_sentences_and_a_figure(
    study: Study, explanation: Explanation, question: str
) -> None:
    app = open_page("how_it_works", step=str(STEPS), question=question)
    assert is_well(app)
    assert app.subheader[0].value == question
    figures = [*app.get("bidi_component"), *app.get("plotly_chart"), *app.metric]
    assert figures or "**Noise samples**" in app.markdown[-1].value


def test_answers_are_two_sentences() -> None:
    import re

    for question in QUESTIONS:
        plain = re.sub(r"\([^)]*\)", "", question.answer)
        assert len(re.findall(r"[.!?](?=\s|$)", plain)) == 2, question.words


@pytest.mark.parametrize("step", ["1", "2", "3"])
def test_without_the_pictures_the_page_says_how_to_make_them(study: Study, step: str) -> None:
    app = open_page("how_it_works", step=step)
    assert is_well(app) and "python -m core demo explain" in app.code[0].value


def test_damaged_pictures_are_said(study: Study, explanation: Explanation) -> None:
    (study.layout.explained(study.name) / "facts.json").write_text("{")
    app = open_page("how_it_works", step="1")
    assert not app.exception and "damaged" in app.error[0].value


@pytest.mark.parametrize("until", ["dataset", "typicality"])
def test_an_unfinished_study_says_what_is_missing(cache: Path, until: str) -> None:
    make_study(cache, until=until)
    app = open_page("how_it_works", step="4")
    assert is_well(app) and "python -m core run demo" in app.code[0].value
    for question in QUESTIONS:
        assert is_well(open_page("how_it_works", step=str(STEPS), question=question.words)), question.words


def test_a_damaged_study_is_said(study: Study) -> None:
    artifact = study.artifact("clusters")
    assert artifact
    next(artifact.folder.glob("shard-*/clusters.parquet")).write_bytes(b"no table")
    app = open_page("how_it_works", step="4")
    assert not app.exception and "damaged" in app.error[0].value


def test_without_a_study_the_app_says_how_to_make_one(cache: Path) -> None:
    assert "python -m core import" in open_page().code[0].value


def test_a_study_that_found_nothing_is_no_traceback(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conftest, "MAKE", dict.fromkeys(conftest.MAKE, conftest.nothing))
    make_study(cache)
    for step in range(1, STEPS + 1):
        assert not open_page("how_it_works", step=str(step)).exception
    for question in QUESTIONS:
        assert not open_page("how_it_works", step=str(STEPS), question=question.words).exception
