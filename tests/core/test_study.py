"""A study knows what it asks, what exists and what is missing."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from core.errors import UserError
from core.specs import (
    AtlasSpec,
    ClusterSpec,
    CotypicalitySpec,
    DenoiserSpec,
    FeatureSpec,
    FrameSpec,
    PatchSpec,
    TranslateSpec,
    TrendSpec,
)
from core.stages import STAGES, last_of, until
from core.study import Study
from tests.core.tiny import LABELS, make_study, use_tiny_stages

MODEL_STAGES = ("screen", "typicality", "features")


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Study:
    use_tiny_stages(monkeypatch)
    return make_study(tmp_path)


def digests(study: Study) -> dict[str, str]:
    return {row.name: study.digest(row.name) for row in STAGES}


def changed(study: Study, **changes: object) -> set[str]:
    before, after = digests(study), digests(study.with_spec(**changes))
    return {name for name in before if before[name] != after[name]}


def test_a_spec_changes_its_stage_and_all_that_build_on_it(study: Study) -> None:
    assert changed(study, clusters=ClusterSpec(clusters=8)) == {"clusters"}
    assert changed(study, atlas=AtlasSpec(neighbours=8)) == {"atlas"}
    assert changed(study, features=FeatureSpec(noises=2)) == {
        "features", "clusters", "atlas", "appearance", "trends",
    }  # fmt: skip
    moved = {"translate", "cotypicality", "appearance", "trends"}
    assert changed(study, translate=TranslateSpec(steps=9)) == moved
    assert changed(study, cotypicality=CotypicalitySpec(top=9)) == {"cotypicality", "appearance", "trends"}
    assert changed(study, trends=TrendSpec(clusters=9)) == {"trends"}
    assert changed(study, frame=FrameSpec(size=256)) == {row.name for row in STAGES} - {"dataset"}


def test_until__what_runs_to_reach_a_stage() -> None:
    assert until() == ["screen", "typicality", "patches", "features", "clusters", "atlas"]
    assert until("patches") == ["screen", "typicality", "patches"]
    assert until("dataset") == []
    assert until("translate") == ["screen", "typicality", "translate"]
    assert until("trends") == ["screen", "typicality", "translate", "cotypicality", "appearance", "trends"]
    assert until("evidence") == ["screen", "typicality", "evidence"]


def test_last_of__what_to_ask_for() -> None:
    assert [last_of(name) for name in ("translate", "trends", "evidence", "typicality")] == [
        "trends", "trends", "evidence", "",
    ]  # fmt: skip


def test_folders_are_numbered_in_the_order_of_stages(study: Study) -> None:
    names = [study.layout.stage("tiny", row.name).name for row in STAGES]
    assert names == sorted(names) and names[5:7] == ["50_clusters", "55_atlas"]


@pytest.mark.parametrize("wrong", [{"steps": 0}, {"count": 0}, {"features": 1.1}, {"attention": -0.1}])
def test_translate_spec__what_cannot_be_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(UserError):
        TranslateSpec(**wrong)  # type: ignore[arg-type]


def test_a_model_moved_is_the_same_model(study: Study) -> None:
    same = study.spec.denoiser.fingerprint
    assert changed(study, denoiser=DenoiserSpec(source="elsewhere", fingerprint=same)) == set()
    assert "typicality" in changed(study, denoiser=DenoiserSpec(fingerprint="1" * 12))


def test_open_gives_back_what_was_saved(study: Study) -> None:
    study.with_spec(patches=PatchSpec(size=50)).save()
    again = Study.open(study.name, study.settings)
    assert again.spec.patches.size == 50
    assert again.labels == tuple(sorted(LABELS))
    assert len(again.pictures) == 300


def test_shards_hold_every_picture_once_in_order(study: Study) -> None:
    shards = study.shards(STAGES[2])
    assert [len(shard.keys) for shard in shards] == [32] * 9 + [12]
    assert [key for shard in shards for key in shard.keys] == study.pictures.index.tolist()
    assert [shard.keys for shard in study.shards(STAGES[5])] == [("Kyoto",), ("Paris",), ("Prague",)]


def test_status_follows_the_work(study: Study) -> None:
    assert study.state("typicality") == "missing"
    list(study.run("screen"))
    run = iter(study.run("typicality"))
    for _ in range(130):
        next(run)
    run.close()  # type: ignore[attr-defined]
    row = {row.name: row for row in study.status()}["typicality"]
    assert (row.state, row.finished, row.shards, row.content) == ("partial", 4, 10, None)
    assert len(study.run("typicality")) == 300 - 128
    assert len(list(study.run("typicality"))) == 300 - 128
    row = {row.name: row for row in study.status()}["typicality"]
    assert (row.state, row.finished, row.records, row.failures) == ("done", 10, 270, 30)
    assert len(study.run("typicality")) == 0
    assert list(study.run("typicality")) == []


def test_every_picture_is_told_of_once(study: Study) -> None:
    assert [done.key for done in study.run("screen")] == study.pictures.index.tolist()
    told = list(study.run("typicality"))
    assert sorted(done.key for done in told) == study.pictures.index.tolist()
    assert sum(done.reason == "is cut short" for done in told) == 30


def test_the_manifest_says_what_was_asked_and_of_what(study: Study) -> None:
    list(study.run("screen"))
    list(study.run("typicality"))
    artifact = study.artifact("typicality")
    assert artifact is not None
    assert artifact.manifest["spec"]["denoiser"] == "0" * 12
    assert artifact.manifest["inputs"] == {
        "dataset": study.digest("dataset"),
        "screen": study.digest("screen"),
    }
    assert artifact.manifest["counts"] == {"failures": 30, "maps": 270}
    assert artifact.manifest["versions"]["numpy"]


def test_a_stage_without_its_inputs_says_what_to_run(study: Study) -> None:
    with pytest.raises(UserError, match="run tiny --stage typicality"):
        study.run("patches")


def test_a_denoiser_nobody_looked_at_has_no_results(study: Study) -> None:
    with pytest.raises(UserError, match="denoiser"):
        study.with_spec(denoiser=DenoiserSpec()).run("screen")


def test_a_column_that_is_not_there_lists_those_that_are(study: Study) -> None:
    with pytest.raises(UserError, match=r'"decade".*\(there is: place, one\)'):
        study.with_spec(label_column="decade")


def test_one_label_is_too_few(study: Study) -> None:
    with pytest.raises(UserError, match='only "same"'):
        study.with_spec(label_column="one")


def test_an_unknown_label_lists_the_known(study: Study) -> None:
    assert study.known_label("Kyoto") == "Kyoto"
    with pytest.raises(UserError, match="Kyoto, Paris, Prague"):
        study.known_label("Atlantis")


def test_failing_mostly_stops_early_and_is_tried_again(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    list(study.run("screen"))
    monkeypatch.setenv("TINY_FAIL_ALL", "1")
    told = []
    with pytest.raises(UserError, match="151 of 300 pictures failed, most of them so: is cut short"):
        for done in study.run("typicality"):
            told.append(done)
    assert len(told) == 150
    monkeypatch.delenv("TINY_FAIL_ALL")
    assert len(study.run("typicality")) == 300
    list(study.run("typicality"))
    assert study.state("typicality") == "done"


def test_a_dataset_that_is_gone_is_to_be_imported_again(study: Study) -> None:
    study.writer("dataset").discard()
    with pytest.raises(UserError, match="import it again"):
        _ = Study.open(study.name, study.settings).pictures


@pytest.mark.parametrize("pictures", ["all", "held-out"])
@pytest.mark.parametrize("many", [0, 32])
def test_a_part_of_the_pictures_is_what_the_whole_has_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, many: int, pictures: str
) -> None:
    monkeypatch.setattr("core.store.whole.MANY", many)
    study = make_study(tmp_path, pictures=40).with_spec(pictures=pictures)
    whole = study.pictures
    assert study.sizes == whole["place"].value_counts().sort_index().to_dict()
    assert study.size == len(whole) == (40 if pictures == "all" else 9)
    assert study.label_columns == ("place", "one")
    pd.testing.assert_frame_equal(study.pictures_of("Paris"), whole[whole["place"] == "Paris"])
    some = study.pictures_of("Kyoto", ("width", "path"))
    assert some["path"].tolist() == whole.loc[whole["place"] == "Kyoto", "path"].tolist()
    chosen = whole.index[[5, 2]].tolist()
    assert set(study.pictures_among(chosen).index) == set(chosen)
    assert study.column("one")["one"].tolist() == whole["one"].tolist()
    assert study.pictures_of("Rome").empty
