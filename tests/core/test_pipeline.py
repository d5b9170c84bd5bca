"""From pictures to clusters with a real, tiny model: the same result however the work is done."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from core import stages
from core.config import Settings
from core.dataset.pictures import load_picture
from core.diffusion.asking import ask
from core.diffusion.noise import noise_samples
from core.diffusion.recipe import save_model
from core.diffusion.stable_diffusion import denoiser
from core.errors import UserError
from core.specs import (
    ClusterSpec,
    DenoiserSpec,
    FeatureSpec,
    FrameSpec,
    NoiseSpec,
    PatchSpec,
    ScreenSpec,
    StudySpec,
    TypicalitySpec,
)
from core.stages import ROUTINE, STAGES
from core.study import Study
from tests.core.diffusion.conftest import make_parts

ROOT = Path(__file__).parents[2]
Maps = dict[tuple[str, str], np.ndarray]
PLACES = ("Kyoto", "Paris", "Prague")
SHARD = 4
"""Pictures a shard, so that twelve make three."""

KILLED = f"""
import os, sys
from core import stages, study
from core.config import Settings
stages.SHARD_PICTURES = {SHARD}
settings = Settings(cache=sys.argv[1], device="cpu", dtype="float32", batch=8, threads=1)
for number, _ in enumerate(study.Study.open("streets", settings).run("typicality")):
    if number == 5:
        os.kill(os.getpid(), 9)
"""


@pytest.fixture(scope="module")
def streets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve pictures of three places, one grey and one long, a file that is none, and a table of all."""
    folder = tmp_path_factory.mktemp("streets")
    for i in range(12):
        pixels = np.random.default_rng(i).integers(0, 256, (3, 5 if i == 7 else 3, 3), np.uint8)
        picture = Image.fromarray(pixels).resize((40 if i == 7 else 24, 24))
        picture.convert("L" if i == 3 else "RGB").save(folder / f"{i:02}.png")
    (folder / "broken.png").write_bytes(b"no picture")
    lines = [f"{i:02}.png,{PLACES[i % 3]}" for i in range(12)] + ["broken.png,Paris"]
    (folder / "streets.csv").write_text("\n".join(["file_name,place", *lines]) + "\n")
    return folder


@pytest.fixture(scope="module")
def spec(tmp_path_factory: pytest.TempPathFactory) -> StudySpec:
    folder = tmp_path_factory.mktemp("models") / "tiny"
    save_model(make_parts(), folder, {})
    return StudySpec(
        label_column="place",
        denoiser=DenoiserSpec(str(folder)),
        frame=FrameSpec(24),
        typicality=TypicalitySpec(NoiseSpec(samples=6, antithetic=False)),
        patches=PatchSpec(size=8, per_picture=2, top=6),
        features=FeatureSpec(noises=2),
        clusters=ClusterSpec(clusters=2),
    )


@pytest.fixture(scope="module", autouse=True)
def small_shards():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stages, "SHARD_PICTURES", SHARD)
        yield


def make(cache: Path, table: Path, spec: StudySpec, batch: int = 8) -> Study:
    settings = Settings(cache=cache, device="cpu", dtype="float32", batch=batch, threads=1, _env_file=None)
    study = Study.create("streets", str(table), spec, settings).identified()
    study.save()
    return study


def run(study: Study, last: str = "atlas", workers: int = 1) -> Study:
    """All stages up to `last`; `typicality` by so many workers."""
    for row in ROUTINE[1:]:
        for _ in study.run(row.name, workers if row.name == "typicality" else 1):
            pass
        if row.name == last:
            break
    return study


def contents(study: Study) -> dict[str, str]:
    found = {row.name: study.artifact(row.name) for row in STAGES[1:]}
    return {name: artifact.content_digest() for name, artifact in found.items() if artifact}


def table(study: Study, stage: str, name: str) -> Any:
    artifact = study.artifact(stage)
    assert artifact
    return artifact.table(name)


def maps(study: Study) -> Maps:
    artifact = study.artifact("typicality")
    assert artifact
    rows = artifact.table("maps")
    return {(row["picture"], row["label"]): artifact.array("maps", "bins", row) for _, row in rows.iterrows()}


def assert_maps_agree(some: Maps, others: Maps) -> None:
    """Within the rounding of float16."""
    assert len(some)
    for key, one in some.items():
        np.testing.assert_allclose(one, others[key], rtol=2e-3, atol=1e-4)
        assert np.abs(one).max() > 1e-3


@pytest.fixture(scope="module")
def undisturbed(streets: Path, spec: StudySpec, tmp_path_factory: pytest.TempPathFactory) -> Study:
    return run(make(tmp_path_factory.mktemp("cache"), streets / "streets.csv", spec))


def test_every_stage_leaves_what_it_should(undisturbed: Study) -> None:
    assert [row.state for row in undisturbed.status()] == ["done"] * len(ROUTINE)
    assert [row.shards for row in undisturbed.status()][2] == 3
    failed = table(undisturbed, "dataset", "failures")
    assert failed["file_name"].tolist() == ["broken.png"]
    found = table(undisturbed, "typicality", "maps").set_index("picture")
    assert set(found.index) == set(undisturbed.pictures.index) and len(found) == 12
    assert found["complete"].all() and (found["samples"] == 6).all()
    long = undisturbed.pictures.index[undisturbed.pictures["width"] == 40][0]
    assert found.loc[long, ["height", "width"]].tolist() == [12, 20]
    patches = table(undisturbed, "patches", "patches")
    assert len(patches) == 24 and set(patches["label"]) == set(PLACES)
    features = table(undisturbed, "features", "features")
    best = patches.sort_values(["score", "patch"], ascending=[False, True]).groupby("label").head(6)
    assert set(features["patch"]) == set(best["patch"]) and len(features) == 18
    clusters, members = (table(undisturbed, "clusters", name) for name in ("clusters", "members"))
    assert set(clusters["label"]) == set(PLACES) and sorted(members["patch"]) == sorted(features["patch"])
    for name in ("points", "together"):
        places = table(undisturbed, "atlas", name)
        assert sorted(places["patch"]) == sorted(features["patch"])
        assert places[["x", "y"]].abs().max().max() <= 1


def test_a_map_is_the_answer_to_its_own_labels_prompt(undisturbed: Study) -> None:
    study, spec = undisturbed, undisturbed.spec
    model = denoiser(spec.denoiser, study.settings)
    for _, row in table(study, "typicality", "maps").iloc[:3].iterrows():
        picture = load_picture(study.pictures.loc[row["picture"], "path"])
        text = model.embed([spec.prompt.null, spec.prompt.prompt(row["label"])])
        samples = noise_samples(spec.typicality.noise)
        answers = ask(model, model.encode(picture[None]), text, np.array([[0, 1]]), samples, range(6))
        assert row["mean"] == pytest.approx(answers.typicality.mean(), rel=1e-3)


def test_two_workers(undisturbed: Study, streets: Path, spec: StudySpec, tmp_path: Path) -> None:
    study = run(make(tmp_path, streets / "streets.csv", spec), workers=2)
    assert contents(study) == contents(undisturbed)


def test_killed_and_resumed(undisturbed: Study, streets: Path, spec: StudySpec, tmp_path: Path) -> None:
    study = run(make(tmp_path, streets / "streets.csv", spec), "screen")
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path)], cwd=ROOT, capture_output=True, text=True
    )
    assert killed.returncode == -9, killed.stderr
    assert len(study.run("typicality")) == 12 - SHARD  # the second of three shards was open
    assert contents(run(study)) == contents(undisturbed)


def test_pictures_in_another_order(
    undisturbed: Study, streets: Path, spec: StudySpec, tmp_path: Path
) -> None:
    head, *lines = (streets / "streets.csv").read_text().splitlines()
    other = streets / "backwards.csv"
    other.write_text("\n".join([head, *reversed(lines)]) + "\n")
    study = run(make(tmp_path, other, spec))
    assert study.digest("clusters") == undisturbed.digest("clusters")
    assert contents(study) == contents(undisturbed)


@pytest.mark.parametrize("batch", [2, 32])
def test_any_batch_size_agrees_within_rounding(
    undisturbed: Study, streets: Path, spec: StudySpec, tmp_path: Path, batch: int
) -> None:
    study = run(make(tmp_path, streets / "streets.csv", spec, batch), "features")
    assert study.digest("features") == undisturbed.digest("features")
    assert_maps_agree(maps(study), maps(undisturbed))
    found, expected = (table(one, "patches", "patches").set_index("patch") for one in (study, undisturbed))
    assert found.index.tolist() == expected.index.tolist()
    np.testing.assert_allclose(found["score"], expected["score"], rtol=2e-3, atol=1e-4)
    np.testing.assert_allclose(vectors(study), vectors(undisturbed), atol=2e-3)


def test_features__one_look_at_a_picture_serves_all_its_patches(
    streets: Path, spec: StudySpec, tmp_path: Path
) -> None:
    study = run(make(tmp_path, streets / "streets.csv", spec), "patches")
    looks: list[int] = []
    unet = denoiser(study.spec.denoiser, study.settings).unet
    handle = unet.conv_in.register_forward_hook(lambda module, args, output: looks.append(len(output)))
    list(study.run("features"))
    handle.remove()
    features = table(study, "features", "features")
    assert sum(looks) == features["picture"].nunique() * spec.features.noises
    assert len(features) > features["picture"].nunique()


def vectors(study: Study) -> np.ndarray:
    artifact = study.artifact("features")
    assert artifact
    rows = artifact.table("features").sort_values("patch")
    return np.stack([artifact.array("features", "vector", row) for _, row in rows.iterrows()])


def all_labels(spec: StudySpec) -> StudySpec:
    return dataclasses.replace(spec, typicality=dataclasses.replace(spec.typicality, labels="all"))


def screened(spec: StudySpec, samples: int = 3) -> StudySpec:
    """So strict that a label's two best patches leave little else."""
    best = dataclasses.replace(spec.patches, top=2)
    return dataclasses.replace(spec, screen=ScreenSpec(samples, sigmas=0.0), patches=best)


def test_all_labels__hold_the_own_ones_maps(
    undisturbed: Study, streets: Path, spec: StudySpec, tmp_path: Path
) -> None:
    study = run(make(tmp_path, streets / "streets.csv", all_labels(spec)), "patches")
    found = maps(study)
    assert {label for _, label in found} == set(PLACES) and len(found) == 36
    assert_maps_agree(maps(undisturbed), found)
    ours, theirs = (table(one, "patches", "patches")["patch"].tolist() for one in (study, undisturbed))
    assert ours == theirs


@pytest.mark.parametrize("labels", ["own", "all"])
def test_screening__dismisses_pictures_and_changes_nothing_for_the_others(
    undisturbed: Study, streets: Path, spec: StudySpec, tmp_path: Path, labels: str
) -> None:
    asked = screened(all_labels(spec) if labels == "all" else spec)
    study = run(make(tmp_path, streets / "streets.csv", asked))
    rows = table(study, "typicality", "maps").set_index(["picture", "label"])
    dismissed, kept = rows[~rows["complete"]], rows[rows["complete"]]
    pictures = set(kept.index.get_level_values("picture"))
    assert len(pictures) + len(dismissed) == 12 and 3 <= len(pictures) < 12
    assert len(kept) == len(pictures) * (3 if labels == "all" else 1)
    assert set(dismissed["samples"]) == {3} and set(kept["samples"]) == {6}
    assert set(table(study, "patches", "patches")["picture"]) == pictures
    known, own = maps(undisturbed), maps(study)
    assert_maps_agree({key: own[key] for key in kept.index if key in known}, known)


@pytest.mark.parametrize(("samples", "antithetic"), [(6, False), (9, False), (3, True)])
def test_screening__by_a_number_that_cannot_be(
    streets: Path, spec: StudySpec, tmp_path: Path, samples: int, antithetic: bool
) -> None:
    noise = NoiseSpec(samples=6, antithetic=antithetic)
    asked = dataclasses.replace(screened(spec, samples), typicality=TypicalitySpec(noise))
    with pytest.raises(UserError, match=f"cannot take {samples} of 6"):
        run(make(tmp_path, streets / "streets.csv", asked), "screen")


@pytest.mark.parametrize("screening", [False, True])
def test_a_picture_that_is_gone__is_a_failure_with_a_reason(
    streets: Path, spec: StudySpec, tmp_path: Path, screening: bool
) -> None:
    study = make(tmp_path, streets / "streets.csv", screened(spec) if screening else spec)
    gone = study.pictures.index[5]
    path = Path(study.pictures.loc[gone, "path"])
    away = path.rename(path.with_suffix(".away"))
    try:
        run(study)
    finally:
        away.rename(path)
    failed = table(study, "screen" if screening else "typicality", "failures")
    assert failed["picture"].tolist() == [gone] and failed["reason"][0]
    assert gone not in {picture for picture, _ in maps(study)}
