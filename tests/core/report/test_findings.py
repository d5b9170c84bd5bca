"""What a study found, as whoever shows it needs it."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd
import pytest

from core.report.findings import Findings
from core.stages import Inputs, Record, Shard
from core.study import Study
from tests.pages import conftest
from tests.pages.conftest import LABELS, PICTURES, make_study, measure


def test_typical__goes_by_mean_and_stays_within_the_label(study: Study) -> None:
    found = Findings(study)
    rows = found.typical("Paris", 5)
    assert len(rows) == 5 and set(rows["label"]) == {"Paris"}
    assert rows["mean"].is_monotonic_decreasing
    assert rows["mean"].iloc[0] == found.maps[found.maps["label"] == "Paris"]["mean"].max()


def test_maps__of_one_label_are_those_of_the_whole_table(study: Study) -> None:
    found = Findings(study)
    whole = found.maps[found.maps["label"] == "Kyoto"]
    assert found.maps_of("Kyoto")["picture"].tolist() == whole["picture"].tolist()
    assert found.maps_of("none of '; DROP TABLE maps; them").empty


def test_maps__under_another_label_and_incomplete_ones_are_left_out(
    cache: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    def more(inputs: Inputs, shard: Shard) -> Iterator[Record]:
        for number, record in enumerate(measure(inputs, shard)):
            yield Record("maps", {**record.row, "complete": number % 2 == 0}, record.arrays)
            yield Record("maps", {**record.row, "label": "Kyoto", "mean": 9.0}, record.arrays)

    monkeypatch.setitem(conftest.MAKE, "typicality", more)
    found = Findings(make_study(cache, until="typicality"))  # type: ignore[arg-type]
    assert set(found.maps_of("Paris")["mean"]) == set(found.maps[found.maps["label"] == "Paris"]["mean"])
    assert len(found.maps_of("Paris")) == PICTURES // 2
    assert (found.maps_of("Kyoto")["mean"] == 9.0).sum() == PICTURES


def test_by_label__is_the_mean_of_means(study: Study) -> None:
    found = Findings(study)
    table = found.by_label()
    assert tuple(table.index) == LABELS
    expected = found.maps[found.maps["label"] == "Paris"]["mean"]
    assert table.loc["Paris", "mean"] == pytest.approx(expected.mean())
    assert table.loc["Paris", "high"] == pytest.approx(expected.mean() + 1.96 * expected.sem())


def test_by_t__puts_every_stored_bin_in_its_place(study: Study) -> None:
    """The maps of the small study are higher where t is small, in six bins from 0.1."""
    table = Findings(study).by_t(Findings(study).maps_of("Prague"))
    assert table["t"].tolist() == pytest.approx([0.15, 0.25, 0.35, 0.45, 0.55, 0.65])
    own = Findings(study).maps_of("Prague")["mean"].mean()
    assert table["mean"].tolist() == pytest.approx(
        [own * factor / 1.5 for factor in (2, 1.8, 1.6, 1.4, 1.2, 1)], rel=0.01
    )


def test_patches__come_from_different_pictures_first(study: Study) -> None:
    found = Findings(study)
    cluster = found.clusters[found.clusters["label"] == "Prague"].iloc[0]["cluster"]
    found.members["picture"] = found.members["picture"].where(
        found.members["position"] != 1, found.members["picture"].shift()
    )
    rows = found.patches(cluster, PICTURES)
    assert len(rows) == PICTURES and rows["again"].tolist() == sorted(rows["again"])


def test_top_clusters__leaves_out_small_ones_while_there_are_others(study: Study) -> None:
    found = Findings(study)
    assert found.top_clusters("Prague", 9)["size"].tolist() == [PICTURES]
    found.clusters["size"] = 3
    assert len(found.top_clusters("Prague", 9)) == 3


def test_findings__of_nothing_are_empty(cache: object) -> None:
    found = Findings(make_study(cache, until="dataset"))  # type: ignore[arg-type]
    assert not found.measured and found.maps.empty and found.members.empty
    assert all(
        isinstance(one, pd.DataFrame) and one.empty for one in (found.by_label(), found.typical("Paris", 3))
    )
