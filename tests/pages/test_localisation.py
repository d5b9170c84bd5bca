"""Page Localisation: figures with intervals, single pictures, another study of them, no truth, damage."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.evaluate import against, evaluate
from core.study import Study
from tests.core.marked import LABELS, PICTURES, make_marked
from tests.pages.conftest import drawn, is_well, make_study, open_page
from tests.pages.test_pages import truncate


@pytest.fixture
def study(cache: Path) -> Study:
    return make_marked(cache)


def overlays(app: AppTest) -> list[dict[str, Any]]:
    protos = [element.proto for element in app.get("bidi_component")]
    return [json.loads(proto.json) for proto in protos if proto.component_name == "overlay"]


def test_figures_with_intervals_and_chance(study: Study) -> None:
    app = open_page("localisation")
    assert is_well(app)
    told = evaluate(study)
    assert [one.value for one in app.metric][:3] == [
        f"{told[name]:.2f}" for name in ("average_precision", "pointing_game", "box_recall")
    ]
    assert app.caption[0].value == "Research use, no diagnosis."
    table = app.dataframe[0].value
    assert table["Label"].tolist() == ["All labels", *LABELS]
    low, high = told["labels"]["Paris"]["interval"]
    expected = f"{told['labels']['Paris']['average_precision']:.2f} ({low:.2f} to {high:.2f})"
    assert table.loc[2, "Average precision"] == expected
    (chart,) = (json.loads(one.proto.spec) for one in app.get("plotly_chart"))
    assert chart["layout"]["xaxis"]["ticktext"] == list(LABELS)
    assert len(chart["data"]) == 2  # the study and the chance level


def test_worst_pictures_come_first_with_what_is_marked(study: Study) -> None:
    app = open_page("localisation", label="Paris")
    assert is_well(app)
    shown = drawn(app, "gallery")["groups"][0]["tiles"]
    values = [float(tile["caption"].split()[1]) for tile in shown]
    assert values == sorted(values) and len(shown) == PICTURES
    assert f"picture={shown[0]['key']}" in shown[0]["href"]
    (seen,) = overlays(app)
    (box,) = study.pictures.loc[shown[0]["key"], "boxes"]
    (corners,) = seen["marks"]
    assert corners[0] == [box[0] / 64, box[1] / 48] and len(corners) == 4
    app = open_page("localisation", label="Paris", cases="Best first", picture=shown[2]["key"])
    assert is_well(app)
    best = [tile["key"] for tile in drawn(app, "gallery")["groups"][0]["tiles"]]
    assert best[0] == shown[-1]["key"] and drawn(app, "gallery")["chosen"] == shown[2]["key"]


def test_another_study_of_the_same_pictures_side_by_side(cache: Path, study: Study) -> None:
    worse = make_marked(cache, name="worse", noise=1.5, unmarked=6)
    make_marked(cache, name="elsewhere", labels=("cat", "dog", "cow"))
    make_marked(cache, name="unheld", evidence=False)
    app = open_page("localisation", against="worse", label="Kyoto")
    assert is_well(app)
    assert app.selectbox(key="against").options == ["No other study", "worse"]
    said = next(one.value for one in app.markdown if "both have" in one.value)
    gap = against(study, worse)["difference"]["average_precision"]
    assert "surely better" in said and f"{PICTURES * 3 - 6} pictures" in said
    assert f"{gap:.2f}"[:4] in said.replace("\\", "")
    table = app.dataframe[0].value
    assert table["Study"].tolist() == ["demo", "worse"] * 4
    one, other = overlays(app)
    assert one["marks"] == other["marks"] and other["small"] and not one["small"]
    assert len(json.loads(app.get("plotly_chart")[0].proto.spec)["data"]) == 3


def test_studies_of_other_pictures_are_one_sentence(cache: Path, study: Study) -> None:
    make_marked(cache, name="moved", labels=("Prague", "Kyoto", "Paris"))
    app = open_page("localisation", against="moved")
    assert not app.exception
    assert "share no picture" in app.error[0].value


def test_without_truth_it_says_what_to_add(cache: Path) -> None:
    make_study(cache, until="typicality")
    app = open_page("localisation")
    assert is_well(app)
    assert "cannot be checked" in app.info[0].value
    assert "boxes" in app.markdown[-1].value and "file_name,label,boxes" in app.code[0].value


def test_with_truth_and_without_the_stage_it_says_how_to_go_on(cache: Path) -> None:
    make_marked(cache, evidence=False)
    app = open_page("localisation")
    assert is_well(app)
    assert "evidence" in app.info[0].value
    assert app.code[0].value == "python -m core run demo --stage evidence"
    assert any(button.label == "Hold the maps against the truth" for button in app.button)


def test_a_label_nobody_marked(cache: Path) -> None:
    make_marked(cache, unmarked=3 * PICTURES - 2)  # only the last two, of Paris and Prague
    app = open_page("localisation", label="Kyoto")
    assert is_well(app)
    assert "Nothing is marked" in app.info[0].value
    assert app.dataframe[0].value.loc[1, "Average precision"] == "unknown"


def test_a_link_to_nothing(study: Study) -> None:
    app = open_page("localisation", picture="../x", against="<b>", cases="?", label="?")
    assert is_well(app)


def test_names_are_text(cache: Path) -> None:
    make_marked(cache, labels=("<b>x</b>", "[y](z)"))
    app = open_page("localisation", label="[y](z)")
    assert is_well(app)
    chart = json.loads(app.get("plotly_chart")[0].proto.spec)
    assert chart["layout"]["xaxis"]["ticktext"] == ["&lt;b&gt;x&lt;/b&gt;", "[y](z)"]


@pytest.mark.parametrize(
    "file",
    [
        "*_evidence/*/shard-*/pictures.parquet",
        "*_evidence/*/shard-*/pictures.histogram.npy",
        "*_evidence/*/manifest.json",
        "*_typicality/*/shard-*/maps.bins.npy",
    ],
)
def test_damaged_results_are_one_sentence(cache: Path, study: Study, file: str) -> None:
    found = list((cache / "demo").glob(file))
    assert found
    for one in found:
        truncate(one)
    app = open_page("localisation")
    assert not app.exception
    assert [("damaged" in error.value, error.value.count("\n")) for error in app.error] == [(True, 0)]
