"""The gain on held-out pictures: measured as maps are, the same after a resume, and what decides."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from core.diffusion import training
from core.diffusion.examples import captions
from core.diffusion.gain import PICTURES, HeldOut, choose
from core.diffusion.loading import load_parts
from core.diffusion.machine import choose as machine
from core.diffusion.recipe import Recipe
from core.diffusion.training import Training
from core.gains import Gain
from core.specs import DenoiserSpec
from tests.core.diffusion.conftest import make_parts
from tests.core.diffusion.test_training import CPU, SPEC, TOLD, Streets, run_to_end

WATCHED = replace(SPEC, steps=9, look_every=2, patience=2)


class Scripted(HeldOut):
    """Held-out pictures whose gains are known beforehand, one a look, by the steps made."""

    def look(self, parts, spec, machine, step):
        known = {0: 0.1, 2: 0.2, 4: 0.5, 6: 0.4, 8: 0.3, 9: 0.3}
        return Gain(step, known[step], known[step])


def held_out(kind: type[HeldOut] = HeldOut) -> HeldOut:
    latents = np.random.default_rng(1).normal(size=(4, 4, 8, 8)).astype(np.float16)
    return kind(latents, TOLD.prompts, np.array([[0, 1, 2], [0, 2, 1]] * 2))


def make(folder: Path, spec=WATCHED, held: HeldOut | None = None) -> Training:
    latents = np.random.default_rng(0).normal(size=(2, 6, 4, 8, 8)).astype(np.float16)
    folder.mkdir(exist_ok=True)
    return Training(make_parts(), latents, TOLD, spec, machine(CPU), folder, held or held_out())


def logged(folder: Path) -> list[list[str]]:
    return list(csv.reader((folder / "gain.csv").open()))


def test_looking_changes_nothing_but_the_log(tmp_path):
    spec = replace(SPEC, look_every=2)
    seen = [step.loss for step in make(tmp_path / "seen", spec)]
    never = [step.loss for step in make(tmp_path / "never", replace(spec, look_every=1000))]
    assert seen == never
    assert [int(row[0]) for row in logged(tmp_path / "seen")] == [0, 2, 4, 6, 7]
    assert [int(row[0]) for row in logged(tmp_path / "never")] == [0, 7]


def test_resumed__looks_and_weights_are_those_of_an_undisturbed_one(tmp_path, monkeypatch):
    monkeypatch.setattr(training, "SAVE_EVERY", 3)
    spec = replace(WATCHED, patience=8)
    list(make(tmp_path / "a", spec))
    killed = iter(make(tmp_path / "b", spec))
    for _ in range(5):
        next(killed)
    killed.close()
    list(make(tmp_path / "b", spec))
    assert logged(tmp_path / "a") == logged(tmp_path / "b")
    ours, theirs = (load_file(tmp_path / name / "checkpoint.safetensors") for name in "ab")
    assert any(name.startswith("best.") for name in ours) and ours.keys() == theirs.keys()
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)


def test_it_stops_when_the_gain_does_not_rise_and_keeps_the_best(tmp_path, monkeypatch):
    averages = {}
    look = Scripted.look

    def remembered(self, parts, spec, machine, step):
        averages[step] = parts.unet.conv_in.weight.detach().clone()
        return look(self, parts, spec, machine, step)

    monkeypatch.setattr(Scripted, "look", remembered)
    work = make(tmp_path, held=held_out(Scripted))
    assert [step.number for step in work] == list(range(1, 9))
    assert work.stopped_early and work.kept == Gain(4, 0.5, 0.5)
    assert torch.equal(work.trained().unet.conv_in.weight, averages[4])
    assert not torch.equal(averages[4], averages[8])
    again = make(tmp_path, held=held_out(Scripted))
    assert again.stopped_early and list(again) == []
    assert torch.equal(again.trained().unet.conv_in.weight, averages[4])


def test_without_patience__it_goes_to_its_end_and_keeps_the_last(tmp_path):
    work = make(tmp_path, replace(WATCHED, patience=0), held_out(Scripted))
    assert len(list(work)) == 9 and not work.stopped_early
    assert work.kept == Gain(9, 0.3, 0.3)
    assert work.learned() is work.state.average


def test_look__is_mean_typicality_under_the_right_label_and_over_wrong_ones(tmp_path):
    held = held_out()
    found = held.look(make_parts(), WATCHED, machine(CPU), 3)
    assert found.step == 3 and found == held.look(make_parts(), WATCHED, machine(CPU), 3)
    swapped = HeldOut(held.latents, TOLD.prompts, held.conditions[:, [0, 2, 1]])
    other = swapped.look(make_parts(), WATCHED, machine(CPU), 3)
    assert other.over_wrong == pytest.approx(-found.over_wrong, abs=1e-6)
    assert found.gain - other.gain == pytest.approx(found.over_wrong, abs=1e-6)


def test_choose__takes_all_labels_alike_and_only_known_ones():
    class Many(Streets):
        def labels(self, i):
            return {"place": ("Prague", "Kyoto", "Rome", "Atlantis")[i % 4]}

    class Known(Streets):
        def labels(self, i):
            return {"place": ("Prague", "Kyoto", "Rome")[i % 3]}

    class One(Streets):
        def labels(self, i):
            return {"place": "Prague"}

    told = captions(Known(9), SPEC.prompts)
    chosen = choose(Many(400), told, SPEC)
    labels = [chosen.labels(i)["place"] for i in range(len(chosen))]
    assert len(chosen) == PICTURES and {labels.count(name) for name in set(labels)} == {PICTURES // 3}
    assert set(labels) == {"Prague", "Kyoto", "Rome"}
    for label, (null, right, *wrong) in zip(labels, chosen.conditions, strict=True):
        assert label in chosen.prompts[right] and chosen.prompts[null] == "A street."
        asked = {chosen.prompts[row] for row in (right, *wrong)}
        assert asked == {told.prompts[row] for row in told.own[:, 0]}
    assert len(choose(Many(8), captions(One(4), SPEC.prompts), SPEC)) == 0


def test_recipe__writes_down_what_was_gained(tiny_folder, tmp_path):
    spec = replace(WATCHED, base=str(tiny_folder), steps=4, lora_rank=2)
    work = Recipe(Streets(), spec, tmp_path / "made", CPU, held=Streets(4))
    assert run_to_end(work.phases()) == [
        "Encode the pictures",
        "Encode held-out pictures",
        "Train the denoiser",
    ]
    notes = json.loads((tmp_path / "made" / "model" / "training.json").read_text())
    rows = {int(row[0]): row for row in logged(tmp_path / "made")}
    assert notes["steps"] == 4 and float(rows[notes["kept_step"]][1]) == notes["held_out_gain"]
    load_parts(DenoiserSpec(str(tmp_path / "made" / "model")))
