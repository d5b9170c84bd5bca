"""The Compare page: what two labels share, what only one has, what comes and goes."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.config import Settings
from core.jobs import asking
from core.looking import look_at
from core.stages import Inputs, Record, Shard
from core.store.writing import ArtifactWriter
from core.study import Study
from pages.parts import looks
from tests.pages import conftest
from tests.pages.conftest import PICTURES, make_study, open_page
from tests.pages.test_pages import is_well

DECADES = ("1950s", "1970s", "1990s")


def halves(inputs: Inputs, shard: Shard) -> Iterator[Record]:
    """A cluster of best patches, which are a label's own, and one of seconds, which all labels share."""
    kept = list(conftest.group(inputs, shard))
    last = kept[-1].row["cluster"]
    second = f"{last.rpartition('-')[0]}-1"
    for record in kept:
        row = dict(record.row)
        if record.table == "clusters" and row["rank"] == 2:
            continue
        if record.table == "clusters":
            row |= {"size": PICTURES, "pictures": PICTURES, "coverage": 1.0}
        row["cluster"] = second if row["cluster"] == last else row["cluster"]
        yield Record(record.table, row)


@pytest.fixture
def study(cache: Path, monkeypatch: pytest.MonkeyPatch) -> Study:
    monkeypatch.setitem(conftest.MAKE, "clusters", halves)
    return make_study(cache)


def galleries(app: AppTest) -> list[dict[str, Any]]:
    """What each gallery was given, from the top of the page."""
    protos = [one.proto for one in app.get("bidi_component") if one.proto.component_name == "gallery"]
    return [json.loads(proto.json) for proto in protos]


def keys(gallery: dict[str, Any]) -> list[str]:
    return [group["key"] for group in gallery["groups"]]


def test_compare__shared_clusters_are_pairs_and_own_ones_stand_apart(study: Study) -> None:
    app = open_page("compare", other="Kyoto")
    assert is_well(app)
    assert app.title[0].value == "How do Prague and Kyoto differ?"
    first, second, both, only_first, only_second, _ = galleries(app)
    assert [len(one["groups"][0]["tiles"]) for one in (first, second)] == [PICTURES, PICTURES]
    assert keys(both) == ["Prague 2", "Kyoto 2"] and "alike 1.00" in both["groups"][1]["notes"]
    assert keys(only_first) == ["Prague 1"] and keys(only_second) == ["Kyoto 1"]
    shown = [*both["groups"], *only_first["groups"], *only_second["groups"]]
    known = [group for group in shown if group["estimate"][0] is not None]
    assert known and all(
        group["estimate"][0] < group["estimate"][1] < group["estimate"][2] for group in known
    )
    for group in shown:
        assert group["notes"][-1].startswith("95%" if group in known else "no interval")


def test_compare__links_lead_to_the_label_each_patch_is_of(study: Study) -> None:
    app = open_page("compare", label="Paris", other="Kyoto")
    first, second, *_ = galleries(app)
    for gallery, label in ((first, "Paris"), (second, "Kyoto")):
        assert all(f"label={label}&patch=" in tile["href"] for tile in gallery["groups"][0]["tiles"])


@pytest.mark.parametrize("other", ["Prague", "<b>", "../x"])
def test_compare__a_link_to_no_other_label_falls_back(study: Study, other: str) -> None:
    app = open_page("compare", label="Prague", other=other, element="99")
    assert is_well(app)
    assert app.selectbox(key="other").value == "Kyoto"


def test_compare__the_label_at_the_side_may_become_the_other_one(study: Study) -> None:
    app = open_page("compare", label="Prague", other="Paris")
    app.sidebar.selectbox[1].select("Paris").run()
    assert is_well(app)
    assert app.selectbox(key="other").value != "Paris"


def test_compare__labels_without_an_order_have_no_chart(study: Study) -> None:
    assert not open_page("compare").get("plotly_chart")


def test_compare__decades_have_a_chart_of_coverage(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(conftest.MAKE, "clusters", halves)
    make_study(cache, labels=DECADES)
    own = open_page("compare", label="1970s", element="1")
    shared = open_page("compare", label="1970s", element="2")
    assert is_well(own) and is_well(shared)
    assert open_page("compare", label="1970s").selectbox(key="element").value == "1"  # it changes most
    for app, coverage in ((own, [0, 1, 0]), (shared, [1, 1, 1])):
        (chart,) = app.get("plotly_chart")
        line = json.loads(chart.proto.spec)["data"][1]
        assert line["x"] == [1950, 1970, 1990]
        assert values(line["y"]) == pytest.approx(coverage, abs=0.3)


def values(column: Any) -> list[float]:
    """A column of a Plotly figure, which may be packed."""
    if isinstance(column, list):
        return column
    return np.frombuffer(base64.b64decode(column["bdata"]), column["dtype"]).tolist()


def packed(text: str) -> list[float]:
    """The values of a map as the overlay is given them."""
    return np.frombuffer(base64.b64decode(text), "<f4").tolist()


def test_compare__hidden_clusters_are_not_compared(study: Study) -> None:
    app = open_page("clusters", cluster="1")
    app.button(key="do hide").click().run()
    *_, only_first, only_second, _ = galleries(open_page("compare"))
    assert keys(only_first) == [] and keys(only_second) == ["Kyoto 1"]


def measure_all(inputs: Inputs, shard: Shard) -> Iterator[Record]:
    """Every picture under every label, each label's T ten times that of the one before."""
    for record in conftest.measure(inputs, shard):
        for number, label in enumerate(inputs.labels):
            factor = 10.0**number
            bins = (record.arrays["bins"] * factor).astype("float16")
            row = dict(record.row) | {"label": label, "mean": record.row["mean"] * factor}
            yield Record("maps", row, dict(record.arrays) | {"bins": bins})


def overlays(app: AppTest) -> list[dict[str, Any]]:
    """What each overlay was given."""
    protos = [one.proto for one in app.get("bidi_component") if one.proto.component_name == "overlay"]
    return [json.loads(proto.json) for proto in protos]


def test_compare__a_picture_measured_under_both_labels_is_shown_under_both(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(conftest.MAKE, "typicality", measure_all)
    study = make_study(cache, asked="all")
    app = open_page("compare", label="Prague", other="Paris")
    assert is_well(app)
    told_prague, told_paris = overlays(app)
    assert told_prague["alt"].endswith("under Prague") and told_paris["alt"].endswith("under Paris")
    assert told_prague["url"] == told_paris["url"]
    assert sum(caption.value.startswith("95%") for caption in app.caption) == 2
    # One scale, and the values differ as they were made to.
    assert told_prague["maps"]["typicality"]["scale"] == told_paris["maps"]["typicality"]["scale"]
    prague, paris = (packed(one["maps"]["typicality"]["values"]) for one in (told_prague, told_paris))
    assert prague == pytest.approx([10 * value for value in paris], rel=0.01)
    wanted = study.pictures.index[study.pictures["place"] == "Paris"][2]
    chosen = open_page("compare", label="Prague", other="Paris", picture=wanted)
    assert overlays(chosen)[0]["alt"].startswith(study.pictures.at[wanted, "file_name"])


def test_compare__a_picture_asked_about_its_own_label_alone_can_be_looked_at(
    study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "start_worker", lambda settings: None)
    wanted = study.pictures.index[study.pictures["place"] == "Kyoto"][1]
    app = open_page("compare", label="Prague", other="Kyoto", picture=wanted)
    assert is_well(app) and not overlays(app)
    next(one for one in app.button if one.label == looks.LOOK).click().run()
    (job,) = asking.listed(Settings()).jobs
    assert job.ask["picture"] == wanted
    look = look_at(study, wanted)
    writer = ArtifactWriter(look._folder)
    inputs = Inputs(study.spec, study.pictures, study.labels, {}, study.settings)
    writer.write_shard(0, measure_all(inputs, Shard(0, (wanted,))))
    writer.finish({})
    shown = overlays(open_page("compare", label="Prague", other="Kyoto", picture=wanted))
    assert [one["label"] for one in shown] == ["Prague", "Kyoto"]


def test_compare__a_link_to_what_is_not_there_says_so(study: Study) -> None:
    app = open_page("compare", label="Prague", other="Atlantis", picture="zzz")
    assert is_well(app)
    assert ["Atlantis" in one.value for one in app.warning] == [True, False]
    assert "zzz" in app.warning[1].value
