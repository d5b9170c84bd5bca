"""LoRA: only the adapter is learned and kept, it resumes to the same bytes, and it fits its base alone."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from diffusers import StableDiffusionPipeline
from safetensors.torch import load_file, save_file

from core.diffusion import training
from core.diffusion.adapter import TEXT_MODULES
from core.diffusion.loading import fingerprint, load_parts, weight_bytes
from core.diffusion.machine import choose
from core.diffusion.recipe import Recipe, save_model
from core.diffusion.small import small_text, small_unet
from core.diffusion.stable_diffusion import StableDiffusion, load
from core.diffusion.training import Training
from core.errors import UserError
from core.specs import DenoiserSpec
from core.store import adapters, models
from core.store.layout import Layout
from core.train_spec import TrainSpec
from tests.core.diffusion.conftest import PROMPTS, make_parts
from tests.core.diffusion.test_training import CPU, SPEC, TOLD, Streets, run_to_end

LORA = replace(SPEC, base="tiny", lora_rank=3, lora_alpha=6.0, steps=7, learning_rate=1e-2)


@dataclass
class Models:
    """A folder of models with a tiny base in it, and what trains beside it."""

    folder: Path

    def train(self, name: str, spec: TrainSpec = LORA) -> Path:
        work = self.folder / f"{name}.partial"
        base = str(self.folder / spec.base)
        run_to_end(Recipe(Streets(), spec, work, CPU, base).phases())
        return (work / "model").rename(self.folder / name)

    def spec(self, name: str) -> DenoiserSpec:
        return DenoiserSpec(str(self.folder / name))


@pytest.fixture
def kept(tiny_folder: Path, tmp_path: Path) -> Models:
    shutil.copytree(tiny_folder, tmp_path / "models" / "tiny")
    return Models(tmp_path / "models")


def make(folder: Path, spec: TrainSpec = LORA) -> Training:
    latents = np.random.default_rng(0).normal(size=(2, 6, 4, 8, 8)).astype(np.float16)
    folder.mkdir(exist_ok=True)
    return Training(make_parts(), latents, TOLD, spec, choose(CPU), folder)


def answer(parts) -> torch.Tensor:
    """What a denoiser says of one noised picture, told each prompt."""
    model = StableDiffusion(parts, choose(CPU))
    text = model.embed(PROMPTS)
    noised = torch.randn(1, 4, 8, 8, generator=torch.Generator().manual_seed(1))
    return model.predict(noised, torch.tensor([400]), text[:, None])


@pytest.mark.parametrize("text", [False, True])
def test_resumed__equals_undisturbed_bit_for_bit(tmp_path, monkeypatch, text):
    monkeypatch.setattr(training, "SAVE_EVERY", 3)
    spec = replace(LORA, text=text)
    losses = [step.loss for step in make(tmp_path / "a", spec)]
    killed = iter(make(tmp_path / "b", spec))
    for _ in range(5):
        next(killed)
    killed.close()
    resumed = make(tmp_path / "b", spec)
    assert resumed.done == 3
    assert [step.loss for step in resumed] == losses[3:]
    ours, theirs = (load_file(tmp_path / name / "checkpoint.safetensors") for name in "ab")
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)


@pytest.mark.parametrize("text", [False, True])
def test_only_the_adapter_is_learned_and_checkpointed(tmp_path, text):
    work = make(tmp_path, replace(LORA, text=text))
    before = {name: value.clone() for name, value in work.model.state_dict().items()}
    list(work)
    after = work.model.state_dict()
    changed = {name for name in after if not torch.equal(after[name], before[name])}
    assert changed and all(".lora_A." in name or ".lora_B." in name for name in changed)
    assert any(name.startswith("text_encoder.") for name in changed) == text
    assert {name.split(".")[-4] for name in changed if "lora_A" in name} <= {
        "to_q", "to_k", "to_v", "0", *TEXT_MODULES
    }  # fmt: skip
    saved = load_file(tmp_path / "checkpoint.safetensors")
    assert {name.split(".", 1)[1] for name in saved if name.startswith(("model.", "average."))} == set(
        work.state.weights
    )


@pytest.mark.parametrize("text", [False, True])
def test_merged_equals_applied(kept: Models, text):
    apart = kept.train("apart", replace(LORA, text=text))
    kept.train("whole", replace(LORA, text=text, merged=True))
    assert models.names(Layout(kept.folder.parent)) == ["apart", "tiny", "whole"]
    assert not (kept.folder / "whole" / adapters.FILE).exists() and not (apart / "unet").exists()
    applied, whole, base = (answer(load_parts(kept.spec(name))) for name in ("apart", "whole", "tiny"))
    assert (applied - base).abs().max() > 0.02
    torch.testing.assert_close(applied, whole, atol=3e-3, rtol=3e-3)


def test_diffusers_itself_loads_the_adapter(kept: Models):
    apart = kept.train("apart")
    pipeline = StableDiffusionPipeline.from_pretrained(
        kept.folder / "tiny", torch_dtype=torch.float32, local_files_only=True
    )
    pipeline.load_lora_weights(str(apart), weight_name=adapters.WEIGHTS, local_files_only=True)
    pipeline.fuse_lora()
    ours = load_parts(kept.spec("apart"))
    mine = ours.unet.state_dict()
    for name, value in pipeline.unet.state_dict().items():
        if "lora_" not in name:
            torch.testing.assert_close(value, mine[name.replace(".base_layer", "")], atol=1e-5, rtol=1e-4)


def test_an_adapter_is_a_model_like_any_other(kept: Models):
    apart = kept.train("apart")
    spec = kept.spec("apart")
    assert fingerprint(spec) != fingerprint(kept.spec("tiny"))
    assert weight_bytes(spec) == weight_bytes(kept.spec("tiny")) + (apart / adapters.WEIGHTS).stat().st_size
    model = load(replace(spec, fingerprint=fingerprint(spec)), "cpu", "float32", 8, 1, False)
    assert model.embed(["A street."]).shape == (1, 16, 16)
    assert models.feature_width(str(apart), 1) == models.feature_width(str(kept.folder / "tiny"), 1)
    assert models.latent_pixel(str(apart)) == 2
    assert models.picture_size(str(apart)) == 16
    moved = kept.folder.rename(kept.folder.with_name("moved"))
    assert fingerprint(DenoiserSpec(str(moved / "apart"))) == fingerprint(DenoiserSpec(str(moved / "apart")))
    load_parts(DenoiserSpec(str(moved / "apart")))


def test_an_adapter_upon_an_adapter(kept: Models):
    kept.train("first")
    kept.train("second", replace(LORA, base="first", seed=6))
    one, two = (answer(load_parts(kept.spec(name))) for name in ("first", "second"))
    assert (one - two).abs().max() > 0.01
    (kept.folder / "first" / adapters.FILE).write_text(
        json.dumps(vars(adapters.read(kept.folder / "first")) | {"base": "second"})
    )
    with pytest.raises(UserError, match="circle"):
        load_parts(kept.spec("second"))


def other_weights(kept: Models, apart: Path) -> None:
    file = kept.folder / "tiny" / "unet" / "diffusion_pytorch_model.safetensors"
    save_file({name: value + 0.01 for name, value in load_file(file).items()}, file, {"format": "pt"})


def other_shapes(kept: Models, apart: Path) -> None:
    parts = make_parts()
    other = replace(parts, unet=small_unet(4), text_encoder=small_text(PROMPTS)[1])
    shutil.rmtree(kept.folder / "tiny")
    save_model(other, kept.folder / "tiny", {})
    notes = replace(adapters.read(apart), fingerprint=fingerprint(kept.spec("tiny")))
    adapters.write(apart, notes)


def no_base(kept: Models, apart: Path) -> None:
    shutil.rmtree(kept.folder / "tiny")


def no_weights(kept: Models, apart: Path) -> None:
    (apart / adapters.WEIGHTS).unlink()


def broken_weights(kept: Models, apart: Path) -> None:
    (apart / adapters.WEIGHTS).write_bytes(b"nothing")


def broken_notes(kept: Models, apart: Path) -> None:
    (apart / adapters.FILE).write_text('{"base": 3}')


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (other_weights, "belongs to another base than .*digest"),
        (other_shapes, "belongs to another model than"),
        (no_base, "no model folder|neither a folder"),
        (no_weights, "no readable pytorch_lora_weights"),
        (broken_weights, "no readable pytorch_lora_weights"),
        (broken_notes, "cannot be read"),
    ],
)
def test_what_does_not_fit__is_one_sentence(
    kept: Models, spoil: Callable[[Models, Path], None], said: str
) -> None:
    spoil(kept, kept.train("apart"))
    with pytest.raises(UserError, match=said) as refused:
        load_parts(kept.spec("apart"), download=False)
    assert "\n" not in str(refused.value)


def test_an_adapter_of_the_demos_unet__is_at_most_five_megabytes(tmp_path):
    tokenizer, text = small_text([f"A street in {name}." for name in "ABCDEF"])
    parts = replace(make_parts(), unet=small_unet(4), text_encoder=text, tokenizer=tokenizer)
    save_model(parts, tmp_path / "tiny", {})
    kept = Models(tmp_path)
    apart = kept.train("apart", replace(LORA, lora_rank=64, text=True, steps=1, batch=1))
    assert sum(file.stat().st_size for file in apart.iterdir()) < 5e6


def test_a_rank_without_a_base_or_a_module_there_is_none_of__is_refused(tmp_path):
    with pytest.raises(UserError, match="--base"):
        replace(SPEC, lora_rank=4)
    with pytest.raises(UserError, match="no layer called nothing"):
        make(tmp_path, replace(LORA, lora_modules=("nothing",)))


def test_a_rate_far_too_high__is_one_sentence_and_leaves_the_last_good_checkpoint(tmp_path, monkeypatch):
    monkeypatch.setattr(training, "SAVE_EVERY", 2)
    spec = replace(LORA, learning_rate=1e18, warmup=0, steps=50)
    with pytest.raises(UserError, match="lower learning rate"):
        list(make(tmp_path, spec))
    saved = tmp_path / "checkpoint.safetensors"
    if saved.is_file():
        assert all(torch.isfinite(value).all() for value in load_file(saved).values())
