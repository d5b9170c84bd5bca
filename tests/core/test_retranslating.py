"""One picture to one label, more or less strongly: by the stage's own code, and by a real worker."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.config import Settings
from core.dataset.webp import unpacked
from core.diffusion.translating import psnr
from core.errors import UserError
from core.jobs import asking
from core.jobs.worker import serve
from core.retranslating import Retranslation, retranslate
from core.specs import StudySpec
from core.store.artifacts import Artifact
from core.study import Study
from tests.core.test_trends import make, run, small_shards, spec, table_of_streets

__all__ = ["small_shards", "spec", "table_of_streets"]


@pytest.fixture(scope="module")
def study(spec: StudySpec, table_of_streets: Path, tmp_path_factory: pytest.TempPathFactory) -> Study:
    return run(make(tmp_path_factory.mktemp("cache"), table_of_streets, spec), "translate")


def source(study: Study) -> tuple[str, str]:
    """A translated picture and a label it was translated to."""
    artifact = study.artifact("translate")
    assert artifact
    row = artifact.table("translations").iloc[0]
    return str(row["picture"]), str(row["label"])


def pixels(artifact: Artifact | None, table: str, picture: str, label: str) -> np.ndarray:
    assert artifact
    rows = artifact.rows(table, "picture", [picture])
    return unpacked(artifact.array(table, "webp", rows[rows["label"] == label].iloc[0]))


def strengths(study: Study, **changes: float) -> dict[str, float]:
    spec = study.spec.translate
    return {"guidance": spec.guidance, "features": spec.features, "attention": spec.attention} | changes


def done(work: Retranslation) -> Retranslation:
    assert len(work) == len(list(work)) == 1
    assert len(work) == len(list(work)) == 0
    return work


def test_retranslate__as_the_study_asks_is_what_the_stage_found(study: Study) -> None:
    picture, label = source(study)
    work = done(retranslate(study, picture, label, **strengths(study)))
    own = pixels(study.artifact("translate"), "translations", picture, label)
    assert psnr(own, pixels(work.artifact, "translations", picture, label)) > 40
    assert work.passes == 4 * study.spec.translate.steps
    assert set(work.artifact.table("sources")["label"]) == {work.label}  # type: ignore[union-attr]


def test_retranslate__each_strength_is_another(study: Study) -> None:
    picture, label = source(study)
    own = pixels(study.artifact("translate"), "translations", picture, label)
    works = [
        retranslate(study, picture, label, **strengths(study, **{name: value}))
        for name, value in (("guidance", 9.0), ("features", 0.0), ("attention", 0.0))
    ]
    assert len({asking.translation_job(work).id for work in works}) == 3
    shown = pixels(done(works[0]).artifact, "translations", picture, label)
    assert (shown != own).any()
    assert retranslate(study, picture, label, **strengths(study, guidance=9.0)).artifact is not None
    assert works[1].artifact is None


def test_retranslate__which_pictures_a_study_translates_does_not_matter(study: Study) -> None:
    picture, label = source(study)
    more = study.with_spec(translate=type(study.spec.translate)(**vars(study.spec.translate) | {"count": 7}))
    first, second = (retranslate(one, picture, label, **strengths(one)) for one in (study, more))
    assert first._folder == second._folder


def test_retranslate__a_worker_does_it(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "start_worker", lambda settings: None)
    picture, label = source(study)
    work = retranslate(study, picture, label, **strengths(study, guidance=3.0))
    job = asking.submit_translation(work)
    assert job.state == "waiting" and "guidance 3" in job.title
    serve(study.settings, idle=0.5)
    ended = asking.find(job.id, study.settings)
    assert ended and ended.state == "done", ended
    assert work.artifact is not None and len(work) == 0


def test_retranslate__of_nothing_is_one_sentence(study: Study) -> None:
    picture, label = source(study)
    own = str(study.pictures.loc[picture, "place"])
    for wanted, said in (
        (("0" * 16, label), "no picture"),
        ((picture, "Rome"), 'no label "Rome"'),
        ((picture, own), "already"),
    ):
        with pytest.raises(UserError, match=said):
            retranslate(study, *wanted, **strengths(study))
    with pytest.raises(UserError, match="between 0 and 1"):
        retranslate(study, picture, label, **strengths(study, features=1.5))


def test_submit__read_only(study: Study) -> None:
    picture, label = source(study)
    settings = Settings(cache=study.settings.cache, read_only=True)
    shown = Study.open("streets", settings)
    with pytest.raises(UserError, match="only shows"):
        asking.submit_translation(retranslate(shown, picture, label, **strengths(shown, guidance=4.0)))
