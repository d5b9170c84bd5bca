"""`python -m core train`: the three sizes, what they are made of, and an adapter from end to end."""

from __future__ import annotations

import dataclasses
import json
import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from typer.testing import CliRunner, Result

import core.cli_train  # noqa: F401 (joins the command to the app)
from core.cli import app
from core.config import Settings
from core.errors import UserError
from core.specs import DenoiserSpec, FrameSpec, NoiseSpec, StudySpec
from core.store import adapters, models
from core.store.layout import Layout
from core.study import Study
from core.training import is_trained, spec_for
from tests.core.tiny import draw_picture


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tiny_folder: Path) -> Study:
    for name, value in environment(tmp_path).items():
        monkeypatch.setenv(name, value)
    return streets(tmp_path, tiny_folder, Settings())


def environment(folder: Path) -> dict[str, str]:
    """The settings of a study in `folder`, as variables."""
    return {
        "TYPISCOPE_CACHE": str(folder / "cache"),
        "TYPISCOPE_DEVICE": "cpu",
        "TYPISCOPE_DTYPE": "float32",
    }


def streets(tmp_path: Path, tiny_folder: Path, settings: Settings) -> Study:
    """Twelve pictures of two places, asked of a tiny model trained here."""
    base = Layout(settings.cache).model("tiny")
    shutil.copytree(tiny_folder, base)
    notes = {"spec": {"base": "", "frame": {"size": 16}}}
    (base / "training.json").write_text(json.dumps(notes))
    for number in range(12):
        label = ("Kyoto", "Prague")[number % 2]
        (tmp_path / "streets" / label).mkdir(parents=True, exist_ok=True)
        draw_picture(tmp_path / "streets" / label / f"{number}.png", number, (24, 24))
    spec = StudySpec("label", denoiser=DenoiserSpec(str(base.absolute())), frame=FrameSpec(16))
    return Study.create("streets", str(tmp_path / "streets"), spec, settings)


def call(*words: str) -> Result:
    return CliRunner().invoke(app, ["train", "streets", *words])


def test_spec_for__of_a_small_base(study: Study) -> None:
    spec = spec_for(study, "lora")
    assert (spec.base, spec.frame.size, spec.text) == ("tiny", 16, True)
    assert spec.patience
    assert spec_for(study, "lora", lora_rank=4, base=spec.base).lora_rank == 4


def test_spec_for__of_the_whole_of_a_small_base__its_text_encoder_learns_too(study: Study) -> None:
    spec = spec_for(study, "full", "tiny")
    assert (spec.lora_rank, spec.base, spec.frame.size, spec.text) == (0, "tiny", 16, True)
    assert not spec_for(study, "full", "owner/large").text


@pytest.mark.parametrize(
    ("size", "base"), [("small", ""), ("lora", "tiny"), ("full", "tiny"), ("lora", "a/b")]
)
def test_spec_for__looks_most_where_the_study_is_asked(study: Study, size: str, base: str) -> None:
    asked = dataclasses.replace(study.spec.typicality, noise=NoiseSpec(t_min=0.2, t_max=0.4))
    spec = spec_for(study.with_spec(typicality=asked), size, base)
    assert (spec.focus, spec.focus_t) == (0.5, (0.2, 0.4))


def test_spec_for__of_a_large_base(study: Study) -> None:
    spec = spec_for(study, "lora", "owner/large")
    assert (spec.base, spec.text, spec.learning_rate) == ("owner/large", False, 1e-4)


@pytest.mark.parametrize(
    ("size", "base", "options", "said"),
    [
        ("small", "", {"lora_rank": 4}, "lora-rank"),
        ("full", "", {}, "--base"),
        ("lora", "nothing", {}, "no model"),
        ("huge", "", {}, "no size"),
        ("lora", "", {"lora_rank": 0}, "rank 0"),
        ("lora", "", {"look_every": 0}, "below"),
    ],
)
def test_spec_for__refuses_in_one_sentence(study: Study, size, base, options, said) -> None:
    with pytest.raises(UserError, match=said):
        spec_for(study, size, base, **options)


def test_a_model_without_labels_is_a_base_for_one_with_them(study: Study) -> None:
    few = ("--steps", "3", "--batch", "2", "--look-every", "3", "--json")
    blind = call("--size", "full", "--base", "tiny", "--name", "blind", "--null-share", "1", *few)
    assert blind.exit_code == 0, blind.output
    notes = models.training_notes(Layout(study.settings.cache).model("blind"))
    assert notes["spec"]["null_share"] == 1 and notes["spec"]["text"]
    assert notes["held_out_gain"] is None and json.loads(blind.stdout)["overfitting"] is None
    texts = [
        load_file(Layout(study.settings.cache).model(name) / "text_encoder" / "model.safetensors")
        for name in ("tiny", "blind")
    ]
    assert any(not torch.equal(value.float(), texts[1][name].float()) for name, value in texts[0].items())
    told = call("--lora-rank", "2", "--base", "blind", "--name", "told", "--lora-layers", "all", *few)
    assert told.exit_code == 0, told.output
    held = adapters.read(Layout(study.settings.cache).model("told"))
    assert held.base == "blind" and "conv1" in held.modules and "q_proj" in held.text_modules


def test_an_adapter_from_end_to_end(study: Study) -> None:
    asked = ("--lora-rank", "2", "--name", "mine", "--steps", "4", "--batch", "2", "--look-every", "2")
    done = call(*asked, "--json")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    folder = Layout(study.settings.cache).model("mine")
    assert told["adapter"] == told["folder"] == str(folder)
    assert told["steps"] == 4 and told["stopped_early"] is False
    assert isinstance(told["held_out_gain"], float) and told["seconds"] > 0
    losses, gains = models.curves(study.layout, "mine")
    assert len(losses) == 4 and [look.step for look in gains] == [0, 2, 4]
    assert {path.name for path in folder.iterdir()} == {
        "adapter.json", "drawings", "gain.csv", "loss.csv", "pytorch_lora_weights.safetensors",
        "training.json",
    }  # fmt: skip
    now = Study.open("streets")
    assert now.spec.denoiser.source == str(folder.absolute()) and now.spec.denoiser.fingerprint
    assert models.is_small(str(folder))
    spec = spec_for(now, "lora", lora_rank=2, steps=4, batch=2, look_every=2)
    assert spec.base == "tiny"  # not the adapter the study asks by now, but its base
    assert is_trained("mine", spec, study.settings)
    assert not is_trained("mine", spec_for(now, "lora", lora_rank=3), study.settings)
    again = call(*asked)
    assert again.exit_code == 2 and "There is a model" in again.stderr


def test_merged__is_a_whole_model(study: Study) -> None:
    done = call("--size", "lora", "--base", "tiny", "--merged", "--name", "whole", "--steps", "1", "--json")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert told["adapter"] is None and (Path(told["folder"]) / "unet").is_dir()
