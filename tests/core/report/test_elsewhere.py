"""What a label's places become: which parallel cluster is told of, in which words, and in the report."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from core.report import elsewhere
from core.report.findings import Findings
from core.report.html import report
from core.study import Study
from tests.core.report.test_report import EVIL, Seen
from tests.pages.conftest import LABELS, make_study


@pytest.fixture
def translated(cache: Path) -> Study:
    return make_study(cache, until="trends")


def test_best__is_where_the_labels_own_places_are_most_typical(translated: Study) -> None:
    best = elsewhere.best(Findings(translated), "Prague")
    assert best and best.trend["number"] == 1 and best.views.index[0] == "Prague"
    assert set(best.views.index) == set(LABELS)
    assert best.views["distance"].iloc[1:].is_monotonic_decreasing
    assert best.views.at["Prague", "words"] == ""
    assert "redder" in best.views.at["Kyoto", "words"]  # its colour is a strong red, Prague's a purple


def test_best__of_a_study_without_trends_is_none(study: Study) -> None:
    assert elsewhere.best(Findings(study), "Prague") is None


def views(**colours: list[float]) -> pd.DataFrame:
    rows = [{"label": label, "colours": [colour], "shares": [1.0]} for label, colour in colours.items()]
    return pd.DataFrame(rows).set_index("label")


def test_said__names_the_greatest_change_the_darkest_and_the_lightest() -> None:
    told = elsewhere.told_from(views(A=[47, 44, 36], B=[30, 0, 0], C=[70, 40, 36]), "A")
    assert list(told.index) == ["A", "B", "C"]
    assert elsewhere.said(told, lambda label: f"*{label}*") == (
        "As *B* these places change colour most: darker and greyer (lightness L 47 to 30, chroma 57 to 0). "
        "They are darkest as *B* (L 30), lightest as *C* (L 70)."
    )


def test_said__of_places_that_stay_as_they_are() -> None:
    told = elsewhere.told_from(views(A=[47, 44, 36], B=[47, 43, 36]), "A")
    assert "Under no other label" in elsewhere.said(told)


def test_told__of_many_labels_are_the_own_and_those_that_change_most() -> None:
    told = elsewhere.told_from(views(**{f"L{i:02}": [50 + i, 0, 0] for i in range(20)}), "L00")
    assert list(told.index) == ["L00", *(f"L{i:02}" for i in range(19, 10, -1))]


def test_report__shows_them_under_every_label(translated: Study) -> None:
    seen = Seen(report(translated))
    assert seen.words.count("What its places become elsewhere") == len(LABELS)
    assert "these places change colour most" in seen.words
    assert all(image["src"].startswith("data:image/webp;base64,") for image in seen.of("img"))
    places = [image["alt"] for image in seen.of("img") if image["alt"].startswith("A place of ")]
    assert len(places) == 6 * len(LABELS) ** 2
    bars = [one["aria-label"] for one in seen.of("div") if one.get("class") == "swatches"]
    assert len(bars) == len(LABELS) ** 2 and "100% #" in bars[0]


def test_report__without_trends_does_not_speak_of_them(study: Study) -> None:
    assert "its places become elsewhere" not in Seen(report(study)).words


def test_report__labels_are_text(cache: Path) -> None:
    seen = Seen(report(make_study(cache, until="trends", labels=(EVIL, "Paris"))))
    assert not seen.of("script") and EVIL in seen.words
    assert not any("http" in image["src"] or "onerror" in image for image in seen.of("img"))
