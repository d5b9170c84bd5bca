"""Prompts that name another column: every picture is told its own value, with and without the label."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from core.dataset.frame import frame_for
from core.dataset.pictures import load_picture
from core.dataset.prompt import PromptTemplate
from core.diffusion.asking import ask
from core.diffusion.examples import captions
from core.diffusion.explain import Explaining
from core.diffusion.gain import choose
from core.diffusion.noise import noise_samples
from core.diffusion.stable_diffusion import denoiser
from core.diffusion.told import Told
from core.errors import UserError
from core.looking import look_at
from core.retranslating import retranslate
from core.specs import StudySpec, TranslateSpec
from core.stages import ROUTINE, stage, until
from core.store import explained, looks
from core.study import Study
from core.training import on_study, spec_for
from tests.core.test_pipeline import PLACES, make, maps, run, spec, streets

__all__ = ["spec", "streets"]

DATED = PromptTemplate("A street in {label}, {decade}.", "A street, {decade}.")
UNDATED = 4
"""The picture whose decade nobody knows."""


def decade(i: int) -> str:
    """Of picture `i`; places and decades do not go together."""
    return "" if i == UNDATED else ("1900s", "1950s")[i // 3 % 2]


@pytest.fixture(scope="module")
def dated(streets: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    lines = [f"{streets / f'{i:02}.png'},{PLACES[i % 3]},{decade(i)}" for i in range(12)]
    path = tmp_path_factory.mktemp("dated") / "dated.csv"
    path.write_text("\n".join(["file_name,place,decade", *lines]) + "\n")
    return path


@pytest.fixture(scope="module")
def study(dated: Path, spec: StudySpec, tmp_path_factory: pytest.TempPathFactory) -> Study:
    """All of its routine stages done."""
    asked = dataclasses.replace(spec, prompt=DATED, translate=TranslateSpec(steps=4, up_block=0, count=2))
    return run(make(tmp_path_factory.mktemp("cache"), dated, asked))


def test_a_picture_that_lacks_the_value_is_not_the_studys(study: Study) -> None:
    assert len(study.pictures) == study.size == 11 and study.sizes == {"Kyoto": 4, "Paris": 3, "Prague": 4}
    undated = study.with_spec(prompt=PromptTemplate("A street in {label}.", "A street."))
    gone = set(undated.pictures.index) - set(study.pictures.index)
    assert len(undated.pictures) == 12 and len(gone) == 1
    assert study.pictures_among(list(gone)).empty and study.some_of("Paris", list(gone)).empty
    assert len(study.pictures_of("Paris")) == len(study.pictures_of("Paris", ("file_name",))) == 3


def test_a_column_that_is_not_there(study: Study) -> None:
    with pytest.raises(UserError, match='no label column "season"'):
        study.with_spec(prompt=PromptTemplate("A street in {label}, {season}.", "A street."))


def test_the_label_column_itself(study: Study) -> None:
    with pytest.raises(UserError, match=r"name \{place\}, the label column itself"):
        study.with_spec(prompt=PromptTemplate("{label} in {place}, {decade}.", "{place}, {decade}."))


@pytest.mark.parametrize("labels", ["own", "all"])
def test_maps__are_the_answers_to_the_pictures_own_sentences(
    study: Study, tmp_path: Path, dated: Path, labels: str
) -> None:
    every = dataclasses.replace(study.spec.typicality, labels=labels)
    asked = study if labels == "own" else run(
        make(tmp_path, dated, dataclasses.replace(study.spec, typicality=every)), "typicality"
    )  # fmt: skip
    found, model = maps(asked), denoiser(study.spec.denoiser, study.settings)
    samples = noise_samples(study.spec.typicality.noise)
    assert len(found) == 11 * (1 if labels == "own" else 3)
    for picture, label in [*found][::4]:
        row = study.pictures.loc[picture]
        frame = frame_for(int(row["width"]), int(row["height"]), study.spec.frame, model.multiple)
        latents = model.encode(frame.apply(load_picture(row["path"]))[None])
        told = [f"A street, {row['decade']}.", f"A street in {label}, {row['decade']}."]
        expected = ask(model, latents, model.embed(told), np.array([[0, 1]]), samples, range(6)).typicality
        counts = np.bincount(samples.t * 10 // model.steps)
        mean = np.average(found[picture, label][0], axis=0, weights=counts[counts > 0])
        np.testing.assert_allclose(mean, expected[0, 0].mean(axis=0), rtol=4e-3, atol=4e-4)


def test_told__is_embedded_in_one_order_whatever_the_pictures(study: Study) -> None:
    inputs, model = study.inputs_for(stage("screen")), denoiser(study.spec.denoiser, study.settings)
    told = Told.of(model, inputs)
    again = Told.of(model, dataclasses.replace(inputs, pictures=inputs.pictures.iloc[::-1]))
    assert [*told.rows] == [*again.rows]
    assert [*told.rows][:4] == ["A street, 1900s.", *(f"A street in {place}, 1900s." for place in PLACES)]
    assert len(told.rows) == len(told.text) == 8


def test_features__are_of_the_pictures_own_sentence(study: Study, tmp_path: Path, dated: Path) -> None:
    """Told one decade whatever theirs, pictures of that decade have the same features, others have not."""
    always = PromptTemplate("A street in {label}, 1900s.", "A street, 1900s.")
    other = run(make(tmp_path, dated, dataclasses.replace(study.spec, prompt=always)), "features")
    ours, theirs, decades = features(study), features(other), study.column("decade")["decade"]
    alike: dict[str, set[bool]] = {"1900s": set(), "1950s": set()}
    for patch in ours.keys() & theirs.keys():
        agree = np.allclose(ours[patch], theirs[patch], atol=2e-3)
        alike[decades[patch.split("-")[0]]].add(agree)
    assert alike == {"1900s": {True}, "1950s": {False}}


def features(study: Study) -> dict[str, np.ndarray]:
    artifact = study.artifact("features")
    assert artifact
    rows = artifact.table("features").to_dict("records")
    return {row["patch"]: np.array(artifact.array("features", "vector", row)) for row in rows}


def test_translations_and_trends_go_on_from_there(study: Study) -> None:
    for name in until("trends"):
        if name not in {row.name for row in ROUTINE}:
            list(study.run(name))
    assert study.state("trends") == "done"
    picture = str(study.pictures_of("Paris").index[0])
    one = retranslate(study, picture, "Kyoto", 2.0, 0.5, 0.5)
    assert len(list(one)) == 1


def test_what_is_explained_is_what_was_told(study: Study) -> None:
    picture = str(study.pictures_of("Prague").index[0])
    assert study.pictures.loc[picture, "decade"] == "1900s"
    list(Explaining(study, "Prague", picture))
    found = explained.read(study.layout, study.name)
    assert found and (found.prompt, found.null) == ("A street in Prague, 1900s.", "A street, 1900s.")


def test_a_picture_from_elsewhere_is_refused_in_words(study: Study, streets: Path) -> None:
    own = look_at(study, str(study.pictures.index[0]))
    assert len(list(own)) == 1
    brought = looks.bring(study.name, (streets / f"{UNDATED:02}.png").read_bytes(), study.settings)
    with pytest.raises(UserError, match="every picture's decade too, which nobody knows"):
        look_at(study, brought.id)


def test_training__tells_pictures_their_own_value_and_looks_with_it(study: Study) -> None:
    training_spec = dataclasses.replace(spec_for(study, "small"), held_out=0.5)
    work = on_study(study, "made", training_spec)
    told = captions(work.examples, training_spec.prompts)
    for i in range(len(work.examples)):
        labels = work.examples.labels(i)
        assert told.prompts[told.null[i, 0]] == f"A street, {labels['decade']}."
        assert told.prompts[told.own[i, 0]] == f"A street in {labels['place']}, {labels['decade']}."
    assert len({told.prompts[row] for row in told.null[:, 0]}) == 2
    chosen = choose(Both(), captions(Both(), training_spec.prompts), training_spec)
    assert len(chosen) == 8
    for i, (null, right, *wrong) in enumerate(chosen.conditions):
        about = chosen.labels(i)
        assert chosen.prompts[null] == f"A street, {about['decade']}."
        assert chosen.prompts[right] == DATED.prompt(about["place"], about)
        others = {DATED.prompt(place, about) for place in PLACES[:2] if place != about["place"]}
        assert {chosen.prompts[row] for row in wrong} == others


class Both:
    """Two places in two decades each, as examples."""

    def __len__(self) -> int:
        return 8

    def labels(self, i: int) -> dict[str, str]:
        return {"place": PLACES[i % 2], "decade": ("1900s", "1950s")[i // 2 % 2]}
