"""From pictures to trends with a real, tiny model: whole, resumable, the same however it is done."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from core import stages
from core.config import Settings
from core.dataset.webp import unpacked
from core.diffusion.recipe import save_model
from core.diffusion.translating import psnr
from core.mining.boxes import box_means
from core.mining.cotypicality import top_places
from core.specs import (
    CotypicalitySpec,
    DenoiserSpec,
    FeatureSpec,
    FrameSpec,
    NoiseSpec,
    PatchSpec,
    StudySpec,
    TranslateSpec,
    TrendSpec,
    TypicalitySpec,
)
from core.stages import until
from core.study import Study
from tests.core.diffusion.conftest import make_parts

ROOT = Path(__file__).parents[2]
PLACES = ("Kyoto", "Paris", "Prague")
ON_DEMAND = ("translate", "cotypicality", "appearance", "trends")
SHARD = 3

KILLED = f"""
import os, sys
from core import stages, study
from core.config import Settings
stages.SHARD_PICTURES = {SHARD}
settings = Settings(cache=sys.argv[1], device="cpu", dtype="float32", batch=8, threads=1)
for number, _ in enumerate(study.Study.open("streets", settings).run(sys.argv[2])):
    if number == 4:
        os.kill(os.getpid(), 9)
"""


@pytest.fixture(scope="module")
def spec(tmp_path_factory: pytest.TempPathFactory) -> StudySpec:
    folder = tmp_path_factory.mktemp("models") / "tiny"
    save_model(make_parts(), folder, {})
    return StudySpec(
        label_column="place",
        denoiser=DenoiserSpec(str(folder)),
        frame=FrameSpec(24),
        typicality=TypicalitySpec(NoiseSpec(samples=4, antithetic=False)),
        patches=PatchSpec(size=8),
        features=FeatureSpec(noises=2),
        translate=TranslateSpec(steps=4, guidance=2.0, up_block=0, count=2, least_psnr=5.0),
        cotypicality=CotypicalitySpec(per_picture=2, top=9),
        trends=TrendSpec(clusters=2, directions=3),
    )


@pytest.fixture(scope="module", autouse=True)
def small_shards() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stages, "SHARD_PICTURES", SHARD)
        yield


@pytest.fixture(scope="module")
def table_of_streets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Nine pictures of three places, one of them long."""
    folder = tmp_path_factory.mktemp("streets")
    for i in range(9):
        pixels = np.random.default_rng(i).integers(0, 256, (3, 5 if i == 7 else 3, 3), np.uint8)
        Image.fromarray(pixels).resize((40 if i == 7 else 24, 24)).save(folder / f"{i:02}.png")
    rows = [f"{i:02}.png,{PLACES[i % 3]}" for i in range(9)]
    (folder / "streets.csv").write_text("\n".join(["file_name,place", *rows]) + "\n")
    return folder / "streets.csv"


def make(cache: Path, source: Path, spec: StudySpec, batch: int = 8) -> Study:
    settings = Settings(cache=cache, device="cpu", dtype="float32", batch=batch, threads=1, _env_file=None)
    study = Study.create("streets", str(source), spec, settings).identified()
    study.save()
    return study


def run(study: Study, last: str = "trends", workers: int = 1) -> Study:
    for name in until(last):
        for _ in study.run(name, workers if name in ON_DEMAND else 1):
            pass
    return study


def contents(study: Study) -> dict[str, str]:
    found = {name: study.artifact(name) for name in ON_DEMAND}
    return {name: artifact.content_digest() for name, artifact in found.items() if artifact}


def table(study: Study, stage: str, name: str) -> Any:
    artifact = study.artifact(stage)
    assert artifact
    return artifact.table(name)


@pytest.fixture(scope="module")
def undisturbed(spec: StudySpec, table_of_streets: Path, tmp_path_factory: pytest.TempPathFactory) -> Study:
    return run(make(tmp_path_factory.mktemp("cache"), table_of_streets, spec))


def test_translate__the_most_typical_pictures_under_every_other_label(undisturbed: Study) -> None:
    maps = table(undisturbed, "typicality", "maps").sort_values("mean", ascending=False)
    best = maps.groupby("label").head(2)
    sources, found = (table(undisturbed, "translate", name) for name in ("sources", "translations"))
    assert set(sources["picture"]) == set(best["picture"]) and len(sources) == 6
    assert not sources["failed"].any()
    own = undisturbed.pictures["place"]
    for picture, group in found.groupby("picture"):
        assert set(group["label"]) == set(PLACES) - {own[picture]} and set(group["source"]) == {own[picture]}
    artifact = undisturbed.artifact("translate")
    assert artifact
    for _, row in sources.iterrows():
        back = unpacked(artifact.array("sources", "webp", row))
        assert back.shape == (row["frame_height"], row["frame_width"], 3)


def test_cotypicality__is_the_median_of_what_was_measured(undisturbed: Study) -> None:
    places, views, maps = (table(undisturbed, "cotypicality", name) for name in ("places", "views", "maps"))
    assert len(places) == 12 and len(views) == 36 and len(maps) == 18
    artifact = undisturbed.artifact("cotypicality")
    assert artifact
    frames = table(undisturbed, "translate", "sources").set_index("picture")
    for _, place in places.iterrows():
        seen = views[views["place"] == place["place"]].set_index("label")["typicality"]
        assert set(seen.index) == set(PLACES)
        assert place["cotypicality"] == pytest.approx(seen.median(), abs=1e-6)
        frame = tuple(int(frames.loc[place["picture"], side]) for side in ("frame_width", "frame_height"))
        for _, row in maps[maps["picture"] == place["picture"]].iterrows():
            means = box_means(artifact.array("maps", "typicality", row), 8, frame)
            assert means[place["y"], place["x"]] == pytest.approx(seen[row["label"]], abs=2e-3)


def test_cotypicality__takes_the_sources_own_map(undisturbed: Study) -> None:
    own = table(undisturbed, "typicality", "maps").set_index(["picture", "label"])
    maps = table(undisturbed, "cotypicality", "maps")
    for row in maps[maps["label"] == maps["source"]].to_dict("records"):
        known = own.loc[(row["picture"], row["label"])]
        assert row["mean"] == pytest.approx(known["mean"], abs=1e-3)
        assert row["mean_error"] == known["mean_error"]
    assert (maps["mean_error"] > 0).all()


def test_appearance_and_trends__hold_the_studys_best_places(undisturbed: Study) -> None:
    best = top_places(table(undisturbed, "cotypicality", "places"), 9)
    views = table(undisturbed, "appearance", "views")
    assert set(views["place"]) == set(best["place"]) and len(views) == 27
    trends, members, seen = (table(undisturbed, "trends", name) for name in ("trends", "members", "views"))
    assert set(members["place"]) == set(best["place"]) and len(members) == 9
    assert trends["median"].is_monotonic_decreasing and trends["size"].sum() == 9
    assert len(seen) == len(trends) * 3
    assert seen["change"].dropna().between(0, 2).all()
    assert all(
        len(colours) == len(shares) for colours, shares in zip(seen["colours"], seen["shares"], strict=True)
    )


def test_two_workers(undisturbed: Study, table_of_streets: Path, spec: StudySpec, tmp_path: Path) -> None:
    assert contents(run(make(tmp_path, table_of_streets, spec), workers=2)) == contents(undisturbed)


def test_killed_and_resumed(
    undisturbed: Study, table_of_streets: Path, spec: StudySpec, tmp_path: Path
) -> None:
    study = run(make(tmp_path, table_of_streets, spec), "typicality")
    for stage in ("translate", "cotypicality"):
        killed = subprocess.run(
            [sys.executable, "-c", KILLED, str(tmp_path), stage], cwd=ROOT, capture_output=True, text=True
        )
        assert killed.returncode == -9, killed.stderr
        assert study.state(stage) == "partial" and len(study.run(stage)) == 6
        list(study.run(stage))
    assert contents(run(study)) == contents(undisturbed)


@pytest.mark.parametrize("batch", [1, 32])
def test_any_batch_size_agrees_within_rounding(
    undisturbed: Study, table_of_streets: Path, spec: StudySpec, tmp_path: Path, batch: int
) -> None:
    study = run(make(tmp_path, table_of_streets, spec, batch), "translate")
    assert study.digest("translate") == undisturbed.digest("translate")
    ours, theirs = study.artifact("translate"), undisturbed.artifact("translate")
    assert ours and theirs
    rows = [one.table("translations").sort_values(["picture", "label"]) for one in (ours, theirs)]
    for (_, mine), (_, other) in zip(*(one.iterrows() for one in rows), strict=True):
        assert (mine["picture"], mine["label"]) == (other["picture"], other["label"])
        pixels = (
            unpacked(a.array("translations", "webp", row)) for a, row in ((ours, mine), (theirs, other))
        )
        assert psnr(*pixels) > 40


def test_a_picture_whose_reconstruction_failed__is_flagged_and_left_out(
    table_of_streets: Path, spec: StudySpec, tmp_path: Path
) -> None:
    strict = dataclasses.replace(spec, translate=dataclasses.replace(spec.translate, least_psnr=1e6, count=1))
    study = run(make(tmp_path, table_of_streets, strict))
    assert table(study, "translate", "sources")["failed"].all()
    assert len(table(study, "translate", "translations")) == 6
    assert all(table(study, "cotypicality", name).empty for name in ("places", "views", "maps"))
    assert table(study, "trends", "trends").empty


def test_psnr__of_known_pictures() -> None:
    black, one = np.zeros((4, 4, 3), np.uint8), np.ones((4, 4, 3), np.uint8)
    assert psnr(black, one) == pytest.approx(48.13, abs=0.01)
    assert psnr(black, black) == float("inf")
