"""Page Translate: a translation asked more or less strongly, as a job, shown beside the stored one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.config import Settings
from core.jobs import asking
from core.retranslating import retranslate
from core.stages import Inputs, Shard
from core.store.writing import ArtifactWriter
from core.study import Study
from pages.parts.strength import TRANSLATE
from tests.pages.conftest import is_well, make_study, open_page, translate
from tests.pages.test_translate import colour, components


@pytest.fixture(autouse=True)
def no_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "start_worker", lambda settings: None)


@pytest.fixture
def study(cache: Path) -> Study:
    return make_study(cache, until="cotypicality")


def buttons(app: AppTest) -> list[Any]:
    return [one for one in app.button if one.label == TRANSLATE]


def test_as_the_study_asks_there_is_nothing_to_do(study: Study) -> None:
    app = open_page("translate", label="Prague", to="Paris")
    assert is_well(app) and not buttons(app)
    assert (app.slider(key="guidance").value, app.slider(key="features").value) == (7.5, 80)


def test_another_strength_is_a_job_whose_cost_is_said_before(study: Study) -> None:
    app = open_page("translate", label="Prague", to="Paris")
    app.slider(key="guidance").set_value(12.0).run()
    assert is_well(app)
    assert f"It takes {4 * study.spec.translate.steps} passes of the denoiser" in [
        one.value.partition(",")[0].rstrip(".") for one in app.caption
    ]
    (button,) = buttons(app)
    button.click().run()
    assert is_well(app) and not buttons(app)
    (job,) = asking.listed(Settings()).jobs
    assert (job.kind, job.state, job.ask["target"]) == ("translate", "waiting", "Paris")
    assert job.ask["spec"]["translate"]["guidance"] == 12.0
    assert Study.open("demo").spec == study.spec


def test_a_link_brings_back_what_was_translated(study: Study) -> None:
    artifact = study.artifact("translate")
    assert artifact
    sources = artifact.table("sources")
    picture = str(sources[sources["label"] == "Prague"]["picture"].iloc[0])
    work = retranslate(study, picture, "Paris", 12.0, 0.5, 0.2)
    inputs = Inputs(work.study.spec, work.picture, ("Paris", "Prague"), {}, study.settings)
    writer = ArtifactWriter(work._folder)
    writer.write_shard(0, translate(inputs, Shard(0, (picture,))))
    writer.finish({})
    link = {"guidance": "12.0", "features": "50", "attention": "20"}
    app = open_page("translate", label="Prague", to="Paris", picture=picture, **link)
    assert is_well(app) and not buttons(app)
    tiles = components(app, "gallery")[-1]["groups"][0]["tiles"]
    assert [tile["caption"] for tile in tiles] == ["Prague", "Stored", "So"]
    assert tiles[2]["detail"] == "guidance 12, features 50%, attention 20%"
    assert colour(tiles[1]["url"]) == pytest.approx((190, 40, 60), abs=12)
    assert tiles[2]["url"] != tiles[1]["url"]


@pytest.mark.parametrize("link", [{"guidance": "much"}, {"guidance": "99"}, {"features": "-5"}])
def test_a_link_to_no_strength_is_the_studys_own(study: Study, link: dict[str, str]) -> None:
    app = open_page("translate", label="Prague", to="Paris", **link)
    assert is_well(app)


def test_read_only_nothing_new_is_translated(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TYPISCOPE_READ_ONLY", "1")
    app = open_page("translate", label="Prague", to="Paris", guidance="12.0")
    assert is_well(app)
    (button,) = buttons(app)
    assert button.disabled and "only shows" in button.help
