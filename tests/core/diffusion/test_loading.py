"""Loading: every part from where it should be, and a clear sentence for what cannot be loaded."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import CLIPConfig, CLIPModel

from core.diffusion.loading import fingerprint, folders, load_autoencoder, load_parts
from core.errors import UserError
from core.specs import DenoiserSpec
from tests.core.diffusion.conftest import PROMPTS, make_parts
from tests.core.diffusion.hub import COMMIT, Hub

WEIGHTS = {
    "unet": "diffusion_pytorch_model.safetensors",
    "vae": "diffusion_pytorch_model.safetensors",
    "text_encoder": "model.safetensors",
}


@pytest.fixture
def folder(tiny_folder: Path, tmp_path: Path) -> Path:
    """A model of one's own to spoil."""
    return Path(shutil.copytree(tiny_folder, tmp_path / "mine"))


def load(folder: Path, **replaced: str):
    return load_parts(DenoiserSpec(str(folder), **replaced))


def change_config(folder: Path, part: str, **changes: object) -> None:
    path = folder / part / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def change_weights(path: Path, change: Callable[[dict[str, torch.Tensor]], None]) -> None:
    weights = load_file(path)
    change(weights)
    save_file(weights, path, metadata={"format": "pt"})


def swap_words(path: Path, one: str, other: str) -> None:
    content = json.loads(path.read_text())
    words = content["model"]["vocab"]
    words[one], words[other] = words[other], words[one]
    path.write_text(json.dumps(content))


def first_name(weights: dict[str, torch.Tensor]) -> str:
    return min(name for name in weights if name.endswith("weight"))


def same(one: torch.nn.Module, other: torch.nn.Module) -> bool:
    mine, theirs = one.state_dict(), other.state_dict()
    return mine.keys() == theirs.keys() and all(torch.equal(mine[name], theirs[name]) for name in mine)


def test_a_folder_loads_in_float32_as_it_was_saved(tiny_folder):
    parts, saved = load(tiny_folder), make_parts()
    for part in WEIGHTS:
        model = getattr(parts, part)
        assert next(model.parameters()).dtype == torch.float32 and not model.training
        assert same(model, getattr(saved, part).half().float())
    assert parts.tokenizer(list(PROMPTS)).input_ids == saved.tokenizer(list(PROMPTS)).input_ids
    assert torch.equal(parts.scheduler.betas, saved.scheduler.betas)


@pytest.mark.parametrize("whole", [True, False], ids=["of a whole model", "alone"])
def test_parts_from_elsewhere(tiny_folder, tmp_path, whole):
    """The autoencoder, text encoder or tokenizer of another folder; all else stays."""
    other, own = shutil.copytree(tiny_folder, tmp_path / "other"), load(tiny_folder)
    for part in ("vae", "text_encoder"):
        change_weights(other / part / WEIGHTS[part], lambda weights: weights[first_name(weights)].add_(1))
    swap_words(other / "tokenizer" / "tokenizer.json", "street</w>", "prague</w>")
    for option, part in (
        ("autoencoder", "vae"),
        ("text_encoder", "text_encoder"),
        ("tokenizer", "tokenizer"),
    ):
        mixed = load(tiny_folder, **{option: str(other if whole else other / part)})
        assert same(mixed.vae, own.vae) == (part != "vae")
        assert same(mixed.text_encoder, own.text_encoder) == (part != "text_encoder")
        read = [model.tokenizer("A street in Prague.").input_ids for model in (mixed, own)]
        assert (read[0] == read[1]) == (part != "tokenizer")
        assert same(mixed.unet, own.unet)


def test_the_text_encoder_of_a_whole_clip(tiny_folder, tmp_path):
    """As StreetCLIP's: text and vision in one file, names with a prefix."""
    vision = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
    text = make_parts().text_encoder.config.to_dict()
    clip = CLIPModel(CLIPConfig(text_config=text, vision_config={**vision, "image_size": 8, "patch_size": 4}))
    clip.save_pretrained(tmp_path / "clip")
    loaded = load(tiny_folder, text_encoder=str(tmp_path / "clip")).text_encoder
    assert same(loaded, clip.text_model)


def test_load_autoencoder__alone_or_of_a_whole_model(tiny_folder):
    assert same(load_autoencoder(str(tiny_folder)), load_autoencoder(str(tiny_folder / "vae")))


@pytest.mark.parametrize("part", WEIGHTS)
def test_pickled_weights_are_refused(folder, part):
    (folder / part / WEIGHTS[part]).rename(folder / part / "diffusion_pytorch_model.bin")
    with pytest.raises(UserError, match=r"pickled.*saved as safetensors"):
        load(folder)


@pytest.mark.parametrize("part", [*WEIGHTS, "tokenizer", "scheduler"])
def test_a_missing_part(folder, part):
    shutil.rmtree(folder / part)
    with pytest.raises(UserError, match=f'no folder "{part}"'):
        load(folder)


@pytest.mark.parametrize("part", WEIGHTS)
def test_weights_that_are_cut_short(folder, part):
    path = folder / part / WEIGHTS[part]
    path.write_bytes(path.read_bytes()[:-1000])
    with pytest.raises(UserError, match=rf"{part}.*could not be loaded"):
        load(folder)


@pytest.mark.parametrize("part", WEIGHTS)
def test_a_weight_that_is_missing__is_not_made_up(folder, part):
    change_weights(folder / part / WEIGHTS[part], lambda weights: weights.pop(first_name(weights)))
    with pytest.raises(UserError, match=r"lack 1 of those"):
        load(folder)


def test_weights_of_another_shape(folder):
    change_config(folder, "unet", cross_attention_dim=32)
    with pytest.raises(UserError, match=r"unet.*could not be loaded"):
        load(folder)


@pytest.mark.parametrize("kind", ["FluxTransformer2DModel", "UNet2DModel"])
def test_another_kind_of_model(folder, kind):
    change_config(folder, "unet", _class_name=kind)
    with pytest.raises(UserError, match=f"holds a {kind}, where UNet2DConditionModel is needed"):
        load(folder)


@pytest.mark.parametrize("content", ["", "{", "[1]", '"text"'])
def test_a_config_that_is_none(folder, content):
    (folder / "vae" / "config.json").write_text(content)
    with pytest.raises(UserError, match=r"no readable config\.json"):
        load(folder)


def test_a_tokenizer_that_is_broken(folder):
    path = folder / "tokenizer" / "tokenizer.json"
    path.write_text(path.read_text().replace('"street</w>"', '"avenue</w>"'))
    with pytest.raises(UserError, match=r"tokenizer.*could not be loaded"):
        load(folder)


def test_a_tokenizer_without_words(folder):
    (folder / "tokenizer" / "tokenizer.json").unlink()
    with pytest.raises(UserError, match="holds no tokenizer"):
        load(folder)


def test_fingerprint__follows_what_is_loaded_and_not_its_place(tiny_folder, folder):
    known = fingerprint(DenoiserSpec(str(tiny_folder)))
    assert fingerprint(DenoiserSpec(str(folder))) == known
    assert fingerprint(DenoiserSpec(str(folder), autoencoder=str(tiny_folder))) == known
    (folder / "unet" / "diffusion_pytorch_model.fp16.safetensors").write_bytes(b"not loaded")
    (folder / "training.json").write_text("{}")
    assert fingerprint(DenoiserSpec(str(folder))) == known


@pytest.mark.parametrize("part", WEIGHTS)
def test_fingerprint__of_one_changed_weight(tiny_folder, folder, part):
    change_weights(
        folder / part / WEIGHTS[part], lambda weights: weights[first_name(weights)].view(-1)[0].add_(1)
    )
    assert fingerprint(DenoiserSpec(str(folder))) != fingerprint(DenoiserSpec(str(tiny_folder)))


@pytest.mark.parametrize(
    "file", ["scheduler/scheduler_config.json", "tokenizer/tokenizer.json", "vae/config.json"]
)
def test_fingerprint__of_one_changed_config(tiny_folder, folder, file):
    (folder / file).write_text((folder / file).read_text() + " ")
    assert fingerprint(DenoiserSpec(str(folder))) != fingerprint(DenoiserSpec(str(tiny_folder)))


@pytest.fixture
def hub(tiny_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """A hub with one model, which also offers what must not be fetched."""
    model = shutil.copytree(tiny_folder, tmp_path / "offered")
    for name in ("unet/diffusion_pytorch_model.bin", "unet/diffusion_pytorch_model.fp16.safetensors",
                 "v1-5-pruned.safetensors", "text_encoder/pytorch_model.bin", "unet/attack.py"):  # fmt: skip
        (model / name).write_bytes(b"not to be fetched")
    with Hub({"owner/model": model}) as running:
        running.stand_in(monkeypatch, tmp_path / "cache")
        yield running


OFFERED = DenoiserSpec("owner/model")


def test_hub__fetches_what_is_loaded_and_nothing_else(hub, tiny_folder):
    assert fingerprint(OFFERED) == fingerprint(DenoiserSpec(str(tiny_folder)))
    loaded = {
        "scheduler/scheduler_config.json",
        "tokenizer/tokenizer.json",
        "tokenizer/tokenizer_config.json",
    }
    loaded |= {f"{part}/{file}" for part, name in WEIGHTS.items() for file in ("config.json", name)}
    assert set(hub.files("owner/model")) == loaded


def test_hub__not_asked_again_when_download_is_off(hub):
    load_parts(OFFERED)
    hub.stop()
    del hub.asked[:]
    assert folders(OFFERED, download=False)["unet"].parts[-2:] == (COMMIT, "unet")
    assert load_parts(OFFERED, download=False).unet is not None
    assert not hub.asked


def test_hub__down_is_no_loss_for_a_model_that_was_fetched(hub):
    load_parts(OFFERED)
    hub.stop()
    assert load_parts(OFFERED).unet is not None


def test_hub__a_part_of_a_whole_model_is_fetched_alone(hub, tiny_folder):
    load(tiny_folder, autoencoder="owner/model")
    assert hub.files("owner/model") == ["vae/config.json", "vae/diffusion_pytorch_model.safetensors"]


def test_hub__a_part_alone_is_fetched_from_its_top(hub):
    hub.models["owner/vae"] = hub.models["owner/model"] / "vae"
    assert load_autoencoder("owner/vae") is not None
    assert hub.files("owner/vae") == ["config.json", "diffusion_pytorch_model.safetensors"]


def test_hub__an_id_nobody_has(hub):
    with pytest.raises(
        UserError, match=r'"owner/other" is neither a folder here nor to be had.*RepositoryNotFound'
    ):
        load_parts(DenoiserSpec("owner/other"))


def test_hub__down(hub):
    hub.stop()
    with pytest.raises(UserError, match=r'"owner/model" is neither.*network'):
        load_parts(OFFERED)


def test_hub__download_is_off(hub):
    with pytest.raises(UserError, match=r'"owner/model" is neither'):
        load_parts(OFFERED, download=False)
    assert not hub.asked


@pytest.mark.parametrize(
    "typo", ["models/typo", "./owner/model", "~/model", "/nowhere/model", "a/b/c", "model"]
)
def test_a_path_that_is_wrong__never_asks_the_hub(hub, tmp_path, monkeypatch, typo):
    (tmp_path / "models").mkdir()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match="no model folder"):
        load_parts(DenoiserSpec(typo))
    assert not hub.asked
