"""Training: it learns, it resumes to the same bytes, and it leaves alone what it should."""

from __future__ import annotations

import csv
import hashlib
import json
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from core.config import Settings
from core.dataset.prompt import PromptTemplate
from core.diffusion import checkpoint, recipe, training
from core.diffusion.autoencoder import AutoencoderTraining
from core.diffusion.examples import Captions, Encoding, captions
from core.diffusion.loading import load_parts
from core.diffusion.machine import choose
from core.diffusion.recipe import Recipe
from core.diffusion.small import small_autoencoder
from core.diffusion.stable_diffusion import StableDiffusion, encode
from core.diffusion.training import Training
from core.errors import UserError
from core.presets import SMALL_STEPS
from core.specs import DenoiserSpec, FrameSpec
from core.study import Study
from core.train_spec import TrainSpec
from core.training import use
from tests.core.diffusion.conftest import PROMPTS, make_parts
from tests.core.tiny import make_study

PLACE = PromptTemplate("A street in {label}.", "A street.")
DECADE = PromptTemplate("A street in the {label}.", "A street.")
SPEC = TrainSpec(
    prompts=(("place", PLACE),), frame=FrameSpec(16), steps=7, batch=4, warmup=2, learning_rate=2e-3, seed=5
)
CPU = Settings(device="cpu", dtype="float32", _env_file=None)
TOLD = Captions((PROMPTS[3], PROMPTS[0], PROMPTS[1]), np.array([[1], [2]] * 3), np.zeros((6, 1), np.int64))


@dataclass
class Streets:
    """Two classes: dark at the left in Prague, dark at the right in Kyoto."""

    count: int = 6
    size: int = 16

    def __len__(self) -> int:
        return self.count

    def picture(self, i: int):
        bright = np.random.default_rng(i).integers(170, 256, (self.size, self.size, 3), np.uint8)
        side = slice(0, self.size // 2) if i % 2 == 0 else slice(self.size // 2, None)
        bright[:, side] //= 8
        return bright

    def labels(self, i: int):
        return {"place": ("Prague", "Kyoto")[i % 2]}


def make(folder: Path, spec: TrainSpec = SPEC, latents=None) -> Training:
    if latents is None:
        latents = np.random.default_rng(0).normal(size=(2, 6, 4, 8, 8)).astype(np.float16)
    folder.mkdir(exist_ok=True)
    return Training(make_parts(), latents, TOLD, spec, choose(CPU), folder)


def state(work: Training):
    """Everything a training is made of, as it would be saved."""
    work.save()
    return load_file(work.folder / "checkpoint.safetensors")


def run_to_end(phases) -> list[str]:
    names = []
    for name, phase in phases:
        names.append(name)
        for _ in phase:
            pass
    return names


@pytest.fixture
def saved_often(monkeypatch):
    monkeypatch.setattr(training, "SAVE_EVERY", 3)


def test_resumed__equals_undisturbed_bit_for_bit(tmp_path, saved_often):
    undisturbed = make(tmp_path / "a")
    losses = [step.loss for step in undisturbed]
    killed = iter(make(tmp_path / "b"))
    for _ in range(5):  # two steps after the checkpoint, as a kill would leave it
        next(killed)
    killed.close()
    resumed = make(tmp_path / "b")
    assert resumed.done == 3
    assert [(step.number, step.loss) for step in resumed] == list(enumerate(losses, 1))[3:]
    ours, theirs = state(resumed), state(undisturbed)
    assert {name.split(".")[0] for name in ours} == {"model", "average", "optimizer"}
    assert ours.keys() == theirs.keys()
    different = [name for name in ours if not torch.equal(ours[name], theirs[name])]
    assert not different


def test_resumed__every_step_is_logged_once(tmp_path, saved_often):
    killed = iter(make(tmp_path))
    for _ in range(5):
        next(killed)
    killed.close()
    list(make(tmp_path))
    rows = list(csv.reader((tmp_path / "loss.csv").open()))
    assert [int(number) for number, _ in rows] == [1, 2, 3, 4, 5, 6, 7]


def test_checkpoint_of_another_spec__is_ignored(tmp_path, saved_often):
    list(make(tmp_path))
    other = make(tmp_path, replace(SPEC, learning_rate=1e-4))
    assert other.done == 0
    fresh = make(tmp_path / "elsewhere", replace(SPEC, learning_rate=1e-4))
    assert [step.loss for step in other] == [step.loss for step in fresh]
    assert len((tmp_path / "loss.csv").read_text().split()) == 7


def test_a_half_written_checkpoint__never_replaces_a_whole_one(tmp_path, saved_often, monkeypatch):
    work = iter(make(tmp_path))
    for _ in range(5):
        next(work)
    whole = (tmp_path / "checkpoint.safetensors").read_bytes()

    def cut_short(tensors, path, metadata):
        save_file(tensors, path, metadata)
        path.write_bytes(path.read_bytes()[:1000])
        raise OSError("No space left on device")

    monkeypatch.setattr(checkpoint, "save_file", cut_short)
    with pytest.raises(OSError, match="No space"):
        next(work)
    assert (tmp_path / "checkpoint.safetensors").read_bytes() == whole
    assert make(tmp_path).done == 3


def test_a_step_without_a_number__keeps_the_last_checkpoint(tmp_path, saved_often):
    work = make(tmp_path)
    steps = iter(work)
    for _ in range(4):
        next(steps)
    whole = (tmp_path / "checkpoint.safetensors").read_bytes()
    with torch.no_grad():
        work.model["unet"].conv_in.weight.fill_(torch.nan)
    with pytest.raises(UserError, match=r"step 5.*learning rate"):
        next(steps)
    assert (tmp_path / "checkpoint.safetensors").read_bytes() == whole


def test_gradients_without_a_number__do_not_reach_the_weights(tmp_path, saved_often):
    work = make(tmp_path)
    steps = iter(work)
    next(steps)
    weight = work.model["unet"].conv_in.weight
    before = weight.detach().clone()
    weight.register_hook(lambda gradient: gradient * torch.inf)
    with pytest.raises(UserError, match="step 2"):
        next(steps)
    assert torch.equal(weight, before)


def test_loss_goes_down(tmp_path):
    spec = replace(SPEC, steps=60, batch=8, warmup=5, learning_rate=1e-2)
    quiet = np.random.default_rng(0).normal(size=(1, 6, 4, 8, 8)) * 0.1
    losses = [step.loss for step in make(tmp_path, spec, quiet.astype(np.float32))]
    assert np.mean(losses[-10:]) < 0.7 * np.mean(losses[:10])


def test_average__lags_behind_the_weights_and_is_what_is_kept(tmp_path):
    work = make(tmp_path)
    start = work.state.average["unet.conv_in.weight"].clone()
    list(work)
    kept = work.trained().unet.conv_in.weight
    live = work.model["unet"].conv_in.weight
    assert torch.equal(kept, work.state.average["unet.conv_in.weight"])
    assert not torch.equal(kept, start)
    assert 0 < (kept - live).norm() < (start - live).norm()


@pytest.mark.parametrize(("focus", "inside"), [(0.0, 0.6), (0.5, 0.8), (1.0, 1.0)])
def test_focus__is_the_share_of_t_drawn_where_maps_are_measured(focus, inside):
    spec = TrainSpec(
        (("place", PromptTemplate("A street in {label}.", "A street.")),), FrameSpec(32), focus=focus
    )
    t = training._focused(np.linspace(0, 1, 10_001)[:-1], spec)
    assert np.mean((t >= 0.1) & (t < 0.7)) == pytest.approx(inside, abs=0.001)
    assert (np.diff(t) >= 0).all() and t.min() >= 0 and t.max() < 1 + 1e-9
    if focus == 0:
        np.testing.assert_allclose(t, np.linspace(0, 1, 10_001)[:-1])


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5])
def test_null_share__is_respected(share):
    own = np.array([[1, 3], [2, 4]])
    told = Captions(("null a", "a0", "a1", "b0", "b1", "null b"), own, np.array([[0, 5]] * 2))
    pictures = np.arange(4000) % 2
    rows = told.choose(pictures, np.random.default_rng(0), share)
    null = np.isin(rows, told.null)
    assert abs(null.mean() - share) < 0.025
    assert all(row in own[picture] for row, picture in zip(rows[~null], pictures[~null], strict=True))
    assert set(rows) == ({1, 2, 3, 4} if share == 0 else {0, 1, 2, 3, 4, 5})


def test_captions__are_the_sentences_of_the_maps_and_null_where_a_label_lacks():
    class Partly(Streets):
        def labels(self, i):
            return {"place": "Prague", "decade": "1950s"} if i % 2 else {"place": "Kyoto"}

    told = captions(Partly(4), (("place", PLACE), ("decade", DECADE)))
    said = [[told.prompts[row] if row >= 0 else None for row in rows] for rows in told.own]
    assert said == [[PLACE.prompt("Kyoto"), None], [PLACE.prompt("Prague"), DECADE.prompt("1950s")]] * 2
    assert [[told.prompts[row] for row in rows] for rows in told.null] == [[PLACE.null, DECADE.null]] * 4
    rows = told.choose(np.zeros(200, int), np.random.default_rng(0), null_share=0.0)
    assert {told.prompts[row] for row in rows} == {PLACE.prompt("Kyoto"), DECADE.null}


def test_training_and_maps_read_a_prompt_alike(tmp_path):
    work = make(tmp_path)
    with torch.no_grad():
        trained_on = work._embed()
    measured_with = StableDiffusion(make_parts(), choose(CPU)).embed(TOLD.prompts)
    assert torch.equal(trained_on, measured_with)
    assert not torch.equal(measured_with[0], measured_with[1])


def test_encoding__is_every_picture_in_every_variant():
    vae = make_parts().vae
    encoding = Encoding(vae, Streets(), "turn", choose(CPU))
    assert list(encoding) == list(range(6)) and encoding.latents.shape == (8, 6, 4, 8, 8)
    picture = Streets().picture(2)
    turned = np.ascontiguousarray(np.rot90(picture, 3)[:, ::-1])
    with torch.no_grad():
        latent = encode(vae, turned[None])[0].numpy()
    np.testing.assert_allclose(encoding.latents[7, 2], latent, rtol=1e-3, atol=1e-3)


@pytest.fixture
def tiny_recipe(tmp_path, monkeypatch):
    """The real recipe with tiny models in place of the small ones."""
    monkeypatch.setattr(recipe, "small_unet", lambda channels: make_parts().unet)
    monkeypatch.setattr(
        recipe, "small_text", lambda prompts: (make_parts().tokenizer, make_parts().text_encoder)
    )
    monkeypatch.setattr(recipe, "small_autoencoder", lambda: make_parts().vae)
    return lambda spec: Recipe(Streets(), spec, tmp_path / "made", CPU)


def test_recipe__from_pictures_to_a_folder_that_loads(tiny_recipe, tmp_path):
    work = tiny_recipe(replace(SPEC, autoencoder_steps=2, steps=3))
    assert run_to_end(work.phases()) == ["Train the autoencoder", "Encode the pictures", "Train the denoiser"]
    parts = load_parts(DenoiserSpec(str(tmp_path / "made" / "model")))
    average = load_file(tmp_path / "made" / "checkpoint.safetensors")["average.unet.conv_in.weight"]
    assert torch.equal(parts.unet.conv_in.weight, average.half().float())
    assert StableDiffusion(parts, choose(CPU)).embed(list(PROMPTS)).shape == (4, 16, 16)
    again = tiny_recipe(replace(SPEC, autoencoder_steps=2, steps=3))
    assert run_to_end(again.phases()) == ["Train the denoiser"]


def test_another_recipe__takes_nothing_from_the_folder_it_finds(tiny_recipe, tmp_path):
    first = replace(SPEC, autoencoder_steps=2, steps=3)
    for name, phase in tiny_recipe(first).phases():
        if name == "Train the denoiser":
            break  # killed
        list(phase)
    kept = np.load(tmp_path / "made" / "latents.npy")
    work = tiny_recipe(replace(first, autoencoder_steps=3, augment="none"))
    assert run_to_end(work.phases())[:2] == ["Train the autoencoder", "Encode the pictures"]
    anew = np.load(tmp_path / "made" / "latents.npy")
    assert anew.shape == (1, *kept.shape[1:]) and not np.array_equal(anew[0], kept[0])


def test_recipe__fine_tuning_changes_the_unet_alone(tiny_recipe, tiny_folder, tmp_path):
    run_to_end(tiny_recipe(replace(SPEC, base=str(tiny_folder), steps=3)).phases())
    made = tmp_path / "made" / "model"

    def sha(folder: Path, name: str) -> str:
        return hashlib.sha256((folder / name).read_bytes()).hexdigest()

    for kept in ("text_encoder/model", "vae/diffusion_pytorch_model"):
        assert sha(made, f"{kept}.safetensors") == sha(tiny_folder, f"{kept}.safetensors")
    unet = "unet/diffusion_pytorch_model.safetensors"
    assert sha(made, unet) != sha(tiny_folder, unet)
    tokenizers = [load_parts(DenoiserSpec(str(folder))).tokenizer for folder in (made, tiny_folder)]
    assert tokenizers[0](list(PROMPTS)).input_ids == tokenizers[1](list(PROMPTS)).input_ids
    with safe_open(tmp_path / "made" / "checkpoint.safetensors", "pt") as file:
        assert not [name for name in file.keys() if "text" in name.split(".")[1]]  # noqa: SIM118 (it is no dict)


def test_autoencoder__learns_and_knows_the_scale_of_its_latents():
    torch.manual_seed(0)
    vae = small_autoencoder()
    work = AutoencoderTraining(vae, Streets(size=32), 25, 0, choose(CPU))
    work.batch = 4
    losses = [step.loss for step in work]
    assert len(losses) == len(work) == 25
    assert np.mean(losses[-5:]) < 0.8 * np.mean(losses[:5])
    pictures = np.stack([Streets(size=32).picture(i) for i in range(6)])
    with torch.no_grad():
        assert encode(vae, pictures).std().item() == pytest.approx(1, abs=0.15)
    assert vae.config.scaling_factor != 0.18215


def test_autoencoder__stops_at_a_loss_that_is_no_number():
    vae = make_parts().vae
    steps = iter(AutoencoderTraining(vae, Streets(), 5, 0, choose(CPU)))
    next(steps)
    with torch.no_grad():
        next(iter(vae.parameters())).fill_(torch.nan)
    with pytest.raises(UserError, match="step 2"):
        next(steps)


@pytest.mark.parametrize(("base", "steps"), [("", SMALL_STEPS), ("owner/large", 50)])
def test_use__what_was_trained_from_scratch_translates_in_few_steps(tmp_path, tiny_folder, base, steps):
    model = tmp_path / "model"
    shutil.copytree(tiny_folder, model)
    (model / "training.json").write_text(json.dumps({"spec": {"base": base}}))
    study = use(make_study(tmp_path / "cache", pictures=6), model, 32)
    assert study.spec.translate.steps == steps and study.spec.frame.size == 32
    assert Study.open("tiny", study.settings).spec == study.spec


def test_recipe__latents_of_pictures_labelled_otherwise_are_made_anew(tiny_recipe):
    spec = replace(SPEC, autoencoder_steps=2, steps=3)

    def encoded(work) -> bool:
        titles = []
        for title, phase in work.phases():
            titles.append(title)
            if title == "Train the denoiser":
                break
            list(phase)
        return "Encode the pictures" in titles

    assert encoded(tiny_recipe(spec))
    assert not encoded(tiny_recipe(spec))
    other = tiny_recipe(spec)
    other.examples = Streets()
    other.examples.labels = lambda i: {"place": ("Kyoto", "Prague")[i % 2]}
    assert encoded(other)
