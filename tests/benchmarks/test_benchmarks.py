"""Both benchmarks on a tiny random model: procedures agree, passes are counted, JSON is one object."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest

from benchmarks import against_paper_procedure, estimators, racing
from benchmarks.counting import counted
from benchmarks.curve import ANTITHETIC, Bench, Plan, noise_spec, questions
from benchmarks.demo import draw, study_inputs
from benchmarks.judging import WORTH, Drawing, enough, equal_quality, pruned
from benchmarks.side_by_side import Paper, our_maps, ours, papers
from core.config import Settings
from core.diffusion.recipe import save_model
from core.diffusion.stable_diffusion import denoiser
from core.specs import FrameSpec, PatchSpec
from tests.core.diffusion.conftest import make_parts

TINY = Plan(6, {"iid": (4, 8), ANTITHETIC: (4, 8)}, reference=8)
TINY_PLANS = {
    estimators: estimators.Plans(TINY, (6, 48)),
    against_paper_procedure: against_paper_procedure.Plan(6, 2, 48),
}


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models") / "tiny"
    save_model(make_parts(), folder, {"made": "by a test"})
    return str(folder)


@pytest.fixture
def small_demo(monkeypatch):
    """The demo's study at a quarter of its size, in float32."""
    small = dataclasses.replace(
        study_inputs.__globals__["SPEC"], frame=FrameSpec(32), patches=PatchSpec(size=8)
    )
    monkeypatch.setattr("benchmarks.demo.SPEC", small)
    monkeypatch.setenv("TYPISCOPE_DEVICE", "cpu")
    monkeypatch.setenv("TYPISCOPE_DTYPE", "float32")


@pytest.fixture
def inputs(small_demo, model, tmp_path):
    return study_inputs(model, draw(tmp_path, 6), (0.1, 0.7))


def test_paper_procedure__sees_the_same_maps_and_patches(inputs, monkeypatch):
    monkeypatch.setattr("benchmarks.side_by_side.PAPERS", 20)
    done = ours(inputs, papers(inputs))
    paper = Paper.of(inputs)
    for theirs, mine in zip(paper.maps(), our_maps(done), strict=True):
        assert np.corrcoef(theirs.ravel(), mine.ravel())[0, 1] > 0.999
    found = against_paper_procedure._features(paper, done)
    assert found["dift_patches"] == 30
    assert found["dift_cosine"] > 0.99


def test_questions__passes_are_what_was_sent(inputs):
    bench = Bench.of(inputs)
    asked = list(questions(bench, TINY))
    assert [question.passes for question in asked] == [8, 16, 8, 16]
    assert [question.samples for question in asked] == [4, 8, 4, 8]
    whole, _ = bench.ask(noise_spec(bench.noise, "iid", 8), range(8))
    np.testing.assert_array_equal(asked[1].answers.t, whole.t)
    np.testing.assert_allclose(asked[1].answers.typicality, whole.typicality, atol=1e-4)


def test_counted__leaves_the_model_as_it_was(inputs):
    model = denoiser(inputs.spec.denoiser, Settings())
    with counted(model):
        assert "predict" in vars(model)
    assert "predict" not in vars(model)


JUDGED = [
    {"way": "iid", "samples": 100, "passes": 200, "overlap": 0.80, "error": 0.01},
    {"samples": 32, "screen_samples": 0, "passes": 64, "overlap": 0.75, "error": 0.01},
    {"samples": 32, "screen_samples": 8, "passes": 40, "overlap": 0.745, "error": 0.01},
    {"samples": 48, "screen_samples": 0, "passes": 96, "overlap": 0.81, "error": 0.01},
    {"samples": 48, "screen_samples": 8, "passes": 70, "overlap": 0.795, "error": 0.01},
    {"samples": 48, "screen_samples": 16, "passes": 60, "overlap": 0.78, "error": 0.01},
]


def test_judged__what_is_enough_as_good_and_worth_it():
    assert enough(JUDGED, 0.755) == 32 and enough(JUDGED, 0.8) == 48 and enough(JUDGED, 0.9) is None
    assert equal_quality(JUDGED)["passes"] == 70  # within its error of the paper's; 60 is not
    assert equal_quality(JUDGED)["against"]["samples"] == 100
    assert pruned(JUDGED, 32)["passes"] == 40
    assert pruned(JUDGED[:-2], 48)["passes"] == 96
    cheap = {**JUDGED[0], "samples": 48, "passes": 10, "overlap": 0.9}
    assert pruned([cheap, *JUDGED[1:-1]], 48)["passes"] == 96  # the paper's own is none of ours
    assert equal_quality(JUDGED[:3]) is None


@pytest.mark.parametrize("benchmark", TINY_PLANS)
def test_json__is_one_object(benchmark, small_demo, model, monkeypatch, capsys):
    monkeypatch.setattr(benchmark, "QUICK", TINY_PLANS[benchmark])
    benchmark.main(as_json=True, quick=True, model=model)
    found = json.loads(capsys.readouterr().out)
    benchmark.show(dict(found))
    assert capsys.readouterr().out
    if benchmark is estimators:
        assert len(found["curve"]) == 4
        assert {"default_samples", "passes_per_picture", "overlap", "drawn", "equal_quality"} <= set(found)
    else:
        assert {"map_correlation", "speedup_equal_samples", "speedup_equal_quality", "dift_speedup"} <= set(
            found
        )
        assert sum(found["breakdown"].values()) == pytest.approx(1)


def test_racing__tells_of_both_halves(small_demo, model, monkeypatch, capsys):
    monkeypatch.setattr(racing, "QUICK", racing.Plan(6, 32, Drawing(2, (8, 16), 16)))
    racing.main(as_json=True, quick=True, model=model)
    found = json.loads(capsys.readouterr().out)
    racing.show(found)
    assert capsys.readouterr().out
    assert found["papers"]["held_out"]["passes"] == 32
    assert {"overlap", "error"} <= set(found["papers"]["chosen_on"])
    ways = {row["way"] for row in found["held_out"]}
    assert ways == {"iid", "all alike", "screened", "one barrier", "rounds", "told how many"}
    for one, other in zip(found["chosen_on"], found["held_out"], strict=True):
        assert (one["way"], one["samples"]) == (other["way"], other["samples"])
    for pair in found["best"].values():
        assert pair["chosen_on"]["overlap"] >= found["papers"]["chosen_on"]["overlap"] - WORTH
