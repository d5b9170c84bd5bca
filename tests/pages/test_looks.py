"""Page Typicality: one picture under every label, from the store, as a job, and as it is said."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from core.config import Settings
from core.dataset.prompt import PromptTemplate
from core.jobs import asking
from core.looking import look_at
from core.specs import DenoiserSpec, StudySpec
from core.stages import Inputs, Record, Shard
from core.store.writing import ArtifactWriter
from core.study import Study
from pages.parts import looks, maps
from tests.pages.conftest import LABELS, draw, finish, is_well, make_study, measure, nothing, open_page


@pytest.fixture(autouse=True)
def no_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "start_worker", lambda settings: None)


def overlays(app: AppTest) -> list[dict[str, Any]]:
    protos = [element.proto for element in app.get("bidi_component")]
    return [json.loads(proto.json) for proto in protos if proto.component_name == "overlay"]


def button(app: AppTest):
    return next(one for one in app.button if one.label == looks.LOOK)


def measure_all(inputs: Inputs, shard: Shard) -> Iterator[Record]:
    """The maps of `measure` under all labels, the own one above the others."""
    for record in measure(inputs, shard):
        for lower, label in enumerate(LABELS):
            own = label == record.row["label"]
            bins = record.arrays["bins"] - np.float16(0 if own else 0.01 * (1 + lower))
            yield Record("maps", {**record.row, "label": label}, {**record.arrays, "bins": bins})


def test_maps_under_all_labels_are_shown_from_the_store(cache: Path) -> None:
    study = make_study(cache, until="dataset")
    study = study.with_spec(typicality=dataclasses.replace(study.spec.typicality, labels="all"))
    study.save()
    finish(study, "screen", nothing)
    finish(study, "typicality", measure_all)
    app = open_page("typicality")
    assert not app.exception and not app.error
    small = [one for one in overlays(app) if one["small"]]
    assert [one["label"] for one in small] == ["Prague", "Kyoto", "Paris"]
    assert any("Most like **Prague**" in one.value for one in app.markdown)
    assert not [one for one in app.button if one.label == looks.LOOK]


def test_where_they_are_not_a_button_asks_for_them(cache: Path) -> None:
    study = make_study(cache)
    app = open_page("typicality")
    button(app).click().run()
    assert not app.exception and not app.error
    (job,) = asking.listed(Settings()).jobs
    picture = str(study.pictures.index[study.pictures["place"] == "Prague"][0])
    assert (job.kind, job.state, job.ask["picture"]) == ("look", "waiting", picture)
    assert not [one for one in app.button if one.label == looks.LOOK]


def test_what_was_looked_at_is_shown(cache: Path) -> None:
    study = make_study(cache)
    picture = str(study.pictures.index[study.pictures["place"] == "Prague"][0])
    look = look_at(study, picture)
    inputs = Inputs(look.study.spec, study.pictures, study.labels, {}, study.settings)
    writer = ArtifactWriter(look._folder)
    writer.write_shard(0, measure_all(inputs, Shard(0, (picture,))))
    writer.finish({})
    for link in ({}, {"look": picture}, {"label": "Paris", "look": picture}):
        app = open_page("typicality", **link)
        assert not app.exception and not app.error
        assert len([one for one in overlays(app) if one["small"]]) == len(LABELS)


def test_a_link_to_no_picture_says_so(cache: Path) -> None:
    make_study(cache)
    for wanted in ("0" * 16, "../demo", "<b>"):
        app = open_page("typicality", look=wanted)
        assert not app.exception and not app.error
        assert "bring it again" in app.info[0].value


def test_read_only__looks_at_nothing_new(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_study(cache)
    monkeypatch.setenv("TYPISCOPE_READ_ONLY", "1")
    app = open_page("typicality")
    assert not app.exception and button(app).disabled


def told(**means: float) -> list[maps.Told]:
    found = [maps.Told(label, mean, mean - 1, mean + 1, None) for label, mean in means.items()]  # type: ignore[arg-type]
    return sorted(found, key=lambda one: -one.mean)


@pytest.mark.parametrize(
    ("means", "label", "said"),
    [
        ({"A": 5, "B": 1}, "A", "Most like **A**."),
        ({"A": 5, "B": 1}, "B", "Most like **A**. It would not pass for B, no. 2 of 2."),
        ({"A": 5, "B": 4, "C": 0}, "B", "intervals of B reach its own. It might pass for B, no. 2 of 3."),
        ({"A": -5, "B": -9}, "A", "Unlike all of them, and least unlike **A**."),
        ({"*A*": 5, "B": 1}, "*A*", r"Most like **\*A\***."),
    ],
)
def test_verdict(means: dict[str, float], label: str, said: str) -> None:
    assert said in looks.verdict(told(**means), label)


def test_the_study_is_what_it_was(cache: Path) -> None:
    make_study(cache)
    open_page("typicality")
    assert Study.open("demo").spec.typicality.labels == "own"


def test_a_study_that_tells_pictures_more_than_a_label__takes_none_from_elsewhere(cache: Path) -> None:
    folder = draw(cache.parent / "dated")
    table = pd.read_csv(folder / "metadata.csv").assign(decade=["1900s", "1950s"] * 12)
    table.to_csv(folder / "metadata.csv", index=False)
    told = PromptTemplate("A street in {label}, {decade}.", "A street, {decade}.")
    spec = StudySpec("place", prompt=told, denoiser=DenoiserSpec(fingerprint="0" * 12))
    study = Study.create("demo", str(folder), spec, Settings(cache=cache))
    finish(study, "screen", nothing)
    finish(study, "typicality", measure)
    app = open_page("typicality")
    assert is_well(app) and not app.get("file_uploader")
    said = next(one.value for one in app.markdown if "Told" in one.value)
    assert "A street in Prague, 1900s" in said and "A street, 1900s" in said
    assert any("every picture's decade too, which nobody knows" in one.value for one in app.caption)
    app = open_page("studies")
    assert is_well(app) and any("with each picture's own decade" in one.value for one in app.caption)
    assert any(r"A street in Kyoto, \{decade\}" in one.value for one in app.markdown)
