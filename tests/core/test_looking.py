"""One picture under every label: the maps a whole run under all labels finds, whoever brought it."""

from __future__ import annotations

import dataclasses
import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from core.config import Settings
from core.errors import UserError
from core.jobs import asking
from core.looking import Look, look_at
from core.specs import StudySpec
from core.store import looks
from core.study import Study
from tests.core.test_pipeline import PLACES, make, run, spec, streets

__all__ = ["spec", "streets"]


@pytest.fixture
def study(tmp_path: Path, streets: Path, spec: StudySpec) -> Study:
    return make(tmp_path / "cache", streets / "streets.csv", spec)


def done(look: Look) -> Look:
    assert len(look) == len(list(look)) == 1
    assert len(look) == len(list(look)) == 0
    return look


def maps(look: Look) -> dict[str, np.ndarray]:
    artifact = look.artifact
    assert artifact is not None
    rows = artifact.table("maps").to_dict("records")
    return {row["label"]: np.array(artifact.array("maps", "bins", row)) for row in rows}


def test_look__is_what_a_run_under_all_labels_finds(study: Study) -> None:
    typicality = dataclasses.replace(study.spec.typicality, labels="all")
    artifact = run(study.with_spec(typicality=typicality), "typicality").artifact("typicality")
    assert artifact is not None
    picture = str(study.pictures.index[2])
    found = maps(done(look_at(study, picture)))
    assert tuple(found) == PLACES
    for row in artifact.rows("maps", "picture", [picture]).to_dict("records"):
        whole = artifact.array("maps", "bins", row)
        np.testing.assert_allclose(found[row["label"]], whole, rtol=2e-3, atol=1e-5)


def test_look_at__of_a_picture_whose_row_is_known_is_the_same_look(study: Study) -> None:
    picture = str(study.pictures.index[0])
    shown = ["file_name", "width", "height", "place"]
    known = study.pictures_of(PLACES[0])[shown]
    look = look_at(study, picture, known.loc[[picture]])
    assert len(look) == 1 and asking.look_job(look).id == asking.look_job(look_at(study, picture)).id
    done(look_at(study, picture))
    assert len(look) == 0 and look.artifact == look_at(study, picture).artifact


def test_look__does_not_ask_where_the_picture_came_from(
    study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture = str(study.pictures.index[0])
    content = Path(study.pictures.loc[picture, "path"]).read_bytes()
    own = maps(done(look_at(study, picture)))
    shutil.rmtree(study.layout.looks(study.name))
    brought = looks.bring(study.name, content, study.settings)
    assert brought.id == picture
    found = looks.find(study.layout, study.name, brought.id)
    assert found is not None and found.path.read_bytes() == content
    monkeypatch.setattr(Study, "pictures_among", lambda study, *_: study.pictures.iloc[:0])
    stranger = look_at(study, picture)
    assert stranger.path == found.path
    for label, bins in maps(done(stranger)).items():
        np.testing.assert_array_equal(bins, own[label])


def test_look__of_nothing_is_one_sentence(study: Study) -> None:
    for nothing in ("0" * 16, "../etc", ""):
        with pytest.raises(UserError, match="bring it again"):
            look_at(study, nothing)


def test_look__of_a_file_that_changed_keeps_nothing(study: Study) -> None:
    picture, other = (str(name) for name in study.pictures.index[:2])
    look = look_at(study, picture)
    changed = look.picture.assign(path=study.pictures.loc[other, "path"])
    look = dataclasses.replace(look, picture=changed)
    with pytest.raises(UserError, match="changed since"):
        list(look)
    assert look.artifact is None


def test_look__asked_differently_is_another(study: Study) -> None:
    picture = str(study.pictures.index[0])
    noise = dataclasses.replace(study.spec.typicality.noise, seed=7)
    other = study.with_spec(typicality=dataclasses.replace(study.spec.typicality, noise=noise))
    done(look_at(study, picture))
    assert len(look_at(other, picture)) == 1
    ids = {asking.look_job(look_at(each, picture)).id for each in (study, other)}
    assert len(ids) == 2


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"no picture", "not a picture"), (b"", "empty"), (b"x" * (looks.MAX_BYTES + 1), "too large")],
)
def test_bring__refuses_and_keeps_nothing(tmp_path: Path, content: bytes, said: str) -> None:
    with pytest.raises(UserError, match=said):
        looks.bring("streets", content, Settings(cache=tmp_path / "cache"))
    assert not (tmp_path / "cache").exists()


def test_bring__read_only(tmp_path: Path, streets: Path) -> None:
    settings = Settings(cache=tmp_path / "cache", read_only=True)
    with pytest.raises(UserError, match="only shows"):
        looks.bring("streets", (streets / "00.png").read_bytes(), settings)
    assert not (tmp_path / "cache").exists()


def test_bring__forgets_the_oldest(tmp_path: Path, streets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looks, "MOST", 2)
    settings, kept = Settings(cache=tmp_path), []
    for number in range(3):
        brought = looks.bring("streets", (streets / f"{number:02}.png").read_bytes(), settings)
        os.utime(brought.path.parent, (number, number))  # as if long ago, one after another
        kept.append(brought.path.exists())
    left = sorted(path.name for path in (tmp_path / "streets" / "looks").iterdir())
    assert kept == [True] * 3 and len(left) == 2 and brought.id in left


def test_look_at__a_corrected_label_is_another_look(study: Study) -> None:
    picture = str(study.pictures.index[0])
    looks_ = []
    for label in PLACES[:2]:
        row = study.pictures.loc[[picture]].assign(place=label)
        looks_.append(look_at(study, picture, row)._folder)
    assert looks_[0] != looks_[1]
