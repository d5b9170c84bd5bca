"""Page Before and after: the same pictures, asked of two models."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.evaluate import evaluate
from core.specs import FrameSpec
from core.stages import STAGES, Inputs, Record, Shard
from core.study import Study
from tests.core.marked import make_marked
from tests.pages.conftest import MAKE, PICTURES, Make, finish, is_well, make_study, measure, open_page


def opposite(inputs: Inputs, shard: Shard) -> Iterator[Record]:
    """As `measure`, but the last picture highest."""
    rows = list(measure(inputs, shard))
    means = [record.row["mean"] for record in rows]
    for record, mean in zip(rows, reversed(means), strict=True):
        yield Record(record.table, {**record.row, "mean": mean}, record.arrays)


def faint(inputs: Inputs, shard: Shard) -> Iterator[Record]:
    """As `measure`, but half of it."""
    for record in measure(inputs, shard):
        yield Record(record.table, record.row, {**record.arrays, "bins": record.arrays["bins"] / 2})


def make_before(
    cache: Path, until: str = "evidence", labels: tuple[str, ...] = (), seen: Make = opposite
) -> Study:
    """The same pictures in a study of their own, asked of a model that finds others typical."""
    more = {"labels": labels} if labels else {}
    study = make_study(cache, until="dataset", name="before", **more)
    for row in STAGES[1:]:
        if row.name == until:
            break
        finish(study, row.name, seen if row.name == "typicality" else MAKE[row.name])
    return study


@pytest.fixture
def both(cache: Path) -> tuple[Study, Study]:
    """Both are done but for what experts would have marked."""
    return make_study(cache, until="trends"), make_before(cache)


def given(app: AppTest, component: str) -> list[dict[str, Any]]:
    """What all components of a name were given to draw."""
    protos = [element.proto for element in app.get("bidi_component")]
    return [json.loads(proto.json) for proto in protos if proto.component_name == component]


def test_both_models_side_by_side(both: tuple[Study, Study]) -> None:
    app = open_page("before_after", label="Paris", against="before")
    assert is_well(app), (app.error, app.exception)
    assert app.title[0].value == "What did training change?"
    assert app.selectbox(key="against").options == ["before"]
    one, other = given(app, "overlay")
    assert not one["small"] and other["small"] and one["url"] != other["url"]
    strips = [drawn["groups"][0]["tiles"] for drawn in given(app, "gallery") if drawn["layout"] == "strip"]
    first, second = ([tile["key"] for tile in tiles] for tiles in strips)
    assert len(first) == PICTURES and first == second[::-1]
    said = next(one.value for one in app.markdown if "rank correlation" in one.value)
    assert "\N{MINUS SIGN}1" in said.replace("\\", "") and f"{PICTURES} pictures" in said
    assert "the **4** most typical" in said and "**0** are the same" in said
    stacks = [drawn["groups"] for drawn in given(app, "gallery") if drawn["layout"] == "stack"]
    assert [len(groups) for groups in stacks] == [1, 1]  # small ones are left out
    assert "study=before" in stacks[1][0]["href"]


def test_a_click_shows_the_same_picture_under_both(both: tuple[Study, Study]) -> None:
    study, _ = both
    picture = study.pictures_of("Paris").index[3]
    app = open_page("before_after", label="Paris", picture=str(picture))
    assert is_well(app)
    assert {drawn["chosen"] for drawn in given(app, "gallery") if drawn["layout"] == "strip"} == {picture}
    name = study.pictures.at[picture, "file_name"]
    assert [drawn["alt"] for drawn in given(app, "overlay")] == [f"{name}, demo", f"{name}, before"]


@pytest.mark.parametrize(("alike", "halved"), [("true", 1), ("false", 2)])
def test_both_have_the_same_colours_unless_told_otherwise(cache: Path, alike: str, halved: int) -> None:
    make_study(cache)
    make_before(cache, seen=faint)
    app = open_page("before_after", label="Paris", against="before", alike=alike)
    assert is_well(app)
    one, other = (drawn["maps"]["typicality"]["scale"] for drawn in given(app, "overlay"))
    assert one == pytest.approx(halved * other, rel=0.01)


def test_which_points_better_at_what_experts_marked(cache: Path) -> None:
    sharp, dull = make_marked(cache), make_marked(cache, name="dull", noise=1.5)
    app = open_page("before_after", label="Paris", against="dull")
    assert is_well(app), (app.error, app.exception)
    told = {metric.label.split(", ")[-1]: metric.value for metric in app.metric}
    for study in (sharp, dull):
        found = evaluate(study)
        low, high = found["interval"]
        assert told[study.name] == f"{found['average_precision']:.2f} ({low:.2f} to {high:.2f})"
    assert told["demo"] > told["dull"]


def test_translations_lie_under_one_handle(both: tuple[Study, Study]) -> None:
    app = open_page("before_after", label="Paris", under="Prague")
    (drawn,) = given(app, "swipe")
    assert (drawn["before"]["name"], drawn["after"]["name"]) == ("before", "demo")
    assert app.selectbox(key="under").value == "Prague" and "as Prague" in drawn["after"]["alt"]


@pytest.mark.parametrize("until", ["typicality", "patches", "translate"])
def test_what_only_one_has_is_left_out(cache: Path, until: str) -> None:
    make_study(cache, until="trends")
    make_before(cache, until)
    app = open_page("before_after", label="Paris")
    assert is_well(app)
    assert not given(app, "swipe")
    assert bool(app.info) == (until == "typicality")


def test_one_that_has_not_been_run_is_named(cache: Path) -> None:
    study = make_study(cache, until="typicality")
    other = replace(study, name="waiting", spec=replace(study.spec, frame=FrameSpec(64)))
    Study.create("waiting", study.source, other.spec, study.settings)
    app = open_page("before_after")
    assert is_well(app) and "**waiting**, which has not been run" in app.info[0].value
    assert "Go to waiting" in [button.label for button in app.button] and not app.code


def test_alone__it_says_how_to_bring_the_pictures_again(cache: Path) -> None:
    study = make_study(cache, until="typicality")
    make_before(cache, labels=("cat", "dog", "cow"))
    app = open_page("before_after")
    assert is_well(app)
    assert "no other model" in app.info[0].value
    assert "--name demo-before" in app.code[0].value and study.source in app.code[0].value


@pytest.mark.parametrize(("base", "said"), [("first", "--denoiser first"), ("", "--denoiser MODEL")])
def test_alone__the_model_to_ask_is_the_one_it_was_trained_from(cache: Path, base: str, said: str) -> None:
    study = make_study(cache, until="typicality")
    folder = cache.parent / "model"
    folder.mkdir()
    (folder / "training.json").write_text(json.dumps({"spec": {"base": base}}))
    asked = replace(study.spec.denoiser, source=str(folder))
    study.with_spec(denoiser=asked).save()
    app = open_page("before_after")
    assert is_well(app) and said in app.code[0].value


def test_nonsense_in_the_link_is_ignored(both: tuple[Study, Study]) -> None:
    app = open_page("before_after", picture="../x", against="<b>", under="?", source="?", label="?")
    assert is_well(app)


def test_without_maps_it_says_how_to_get_them(cache: Path) -> None:
    make_study(cache, until="dataset")
    app = open_page("before_after")
    assert is_well(app) and "typicality" in app.info[0].value
