"""Every preset and base from its hub id to a map, with tiny models of that layout; and a hub that fails."""

from __future__ import annotations

import dataclasses
import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import huggingface_hub.constants
import numpy as np
import pandas as pd
import pytest
import torch

from core.choosing import asked_of
from core.config import Settings
from core.diffusion.loading import fingerprint, folders, load_autoencoder, load_parts
from core.diffusion.recipe import save_model
from core.diffusion.typicality import look
from core.errors import UserError
from core.published import BASES, PUBLISHED, TAESD
from core.specs import FrameSpec, StudySpec, TypicalitySpec
from core.stages import Inputs, Shard
from core.store.layout import Layout
from tests.core.diffusion.conftest import make_parts
from tests.core.diffusion.hub import Hub
from tests.core.tiny import draw_picture

LABELS = ("France", "Japan")


@pytest.fixture(scope="module")
def offered(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """All hub ids the presets name; each model's text encoder is its own, so that one can tell them apart."""
    root = tmp_path_factory.mktemp("hub")
    sources = [one.model for one in PUBLISHED] + [one.denoiser.source for one in BASES]
    found = {}
    for number, source in enumerate(sources):
        parts = make_parts("v_prediction" if "2-1" in source else "epsilon")
        with torch.no_grad():
            next(iter(parts.text_encoder.parameters())).add_(number)
        save_model(parts, root / source, {})
        (root / source / "training.json").unlink()
        found[source] = root / source
    found[TAESD] = root / "taesd"
    make_parts(tiny_autoencoder=True).vae.save_pretrained(root / "taesd")
    return found


@pytest.fixture
def hub(offered: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    with Hub(offered) as running:
        running.stand_in(monkeypatch, tmp_path / "fetched")
        yield running


def asked(tmp_path: Path, *names: str) -> StudySpec:
    return asked_of(Layout(tmp_path), StudySpec("label"), *names)


def one_map(spec: StudySpec, tmp_path: Path) -> np.ndarray:
    """T of one small picture under its label, as the stage measures it."""
    noise = dataclasses.replace(spec.typicality.noise, samples=4)
    small = dataclasses.replace(spec, frame=FrameSpec(32), typicality=TypicalitySpec(noise))
    sha256 = draw_picture(tmp_path / "a.png", 3, (40, 32))
    row = {"picture": "0", "path": str(tmp_path / "a.png"), "sha256": sha256, "width": 40, "height": 32}
    pictures = pd.DataFrame([row | {"label": LABELS[0]}]).set_index("picture")
    settings = Settings(cache=tmp_path, device="cpu", dtype="float32")
    (record,) = look(Inputs(small, pictures, LABELS, {}, settings), Shard(0, ("0",)))
    assert record.table == "maps", record.row
    return record.arrays["bins"]


@pytest.mark.parametrize("one", PUBLISHED, ids=lambda one: one.key)
def test_a_preset__from_its_id_to_a_map(hub, offered, tmp_path, one):
    spec = asked(tmp_path, one.key)
    assert np.isfinite(one_map(spec, tmp_path)).all()
    fetched = {name.split("/")[0] for name in hub.files(one.model)}
    assert fetched == {"unet", "vae", "text_encoder", "tokenizer", "scheduler"}
    loaded = load_parts(spec.denoiser)
    own = load_parts(dataclasses.replace(spec.denoiser, source=str(offered[one.model])))
    pairs = zip(loaded.text_encoder.parameters(), own.text_encoder.parameters(), strict=True)
    assert all(torch.equal(mine, theirs) for mine, theirs in pairs)


@pytest.mark.parametrize("base", [base.key for base in BASES])
def test_a_base_with_a_preset__and_the_small_autoencoder(hub, tmp_path, base):
    spec = asked(tmp_path, "streets", base, "taesd")
    known = next(one for one in BASES if one.key == base)
    assert np.isfinite(one_map(spec, tmp_path)).all()
    parts = load_parts(spec.denoiser)
    assert type(parts.vae).__name__ == "AutoencoderTiny"
    assert parts.scheduler.config.prediction_type == ("v_prediction" if base == "sd21" else "epsilon")
    own = {name.split("/")[0] for name in hub.files(known.denoiser.source)}
    assert "vae" not in own, "the big autoencoder need not be fetched"
    of_authors = {name.split("/")[0] for name in hub.files("diff-mining/g3")}
    assert of_authors == ({"text_encoder"} if base == "sd15" else set())
    assert fingerprint(spec.denoiser) != fingerprint(dataclasses.replace(spec.denoiser, autoencoder=None))


def test_hub__down(hub, tmp_path):
    hub.stop()
    with pytest.raises(
        UserError, match=r'"diff-mining/cardb" is neither a folder here nor to be had.*network'
    ):
        folders(asked(tmp_path, "cars").denoiser)


def test_hub__slow(hub, tmp_path, monkeypatch):
    """No answer is not waited for for ever, and what was fetched by halves is no model."""
    for name in ("HF_HUB_DOWNLOAD_TIMEOUT", "HF_HUB_ETAG_TIMEOUT"):
        monkeypatch.setattr(huggingface_hub.constants, name, 0.2)
    monkeypatch.setattr(time, "sleep", lambda _: None)  # between one try and the next
    hub.slow = threading.Event()
    try:
        with pytest.raises(UserError, match=r'"madebyollin/taesd" is neither.*did not answer in time'):
            load_autoencoder(TAESD)
    finally:
        hub.slow.set()
    hub.slow = None
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_DOWNLOAD_TIMEOUT", 10)
    assert load_autoencoder(TAESD) is not None


@pytest.mark.parametrize("file", ["unet/diffusion_pytorch_model.safetensors", "tokenizer/tokenizer.json"])
def test_hub__lists_a_file_it_does_not_have(hub, tmp_path, file):
    hub.gone = file
    with pytest.raises(UserError, match=r'"diff-mining/xray".*hub'):
        folders(asked(tmp_path, "xray").denoiser)


@pytest.mark.parametrize(
    ("gone", "reason"),
    [
        ("unet/diffusion_pytorch_model.safetensors", "no weights as safetensors"),
        ("vae/config.json", r"no readable config\.json"),
        ("tokenizer", "holds no tokenizer|no folder"),
        ("text_encoder", 'no folder "text_encoder"'),
    ],
)
def test_hub__a_model_that_lacks_a_file(hub, offered, tmp_path, gone, reason):
    spoiled = Path(shutil.copytree(offered["diff-mining/ftt"], tmp_path / "spoiled"))
    shutil.rmtree(spoiled / gone) if (spoiled / gone).is_dir() else (spoiled / gone).unlink()
    hub.models = {**offered, "diff-mining/ftt": spoiled}
    with pytest.raises(UserError, match=reason):
        load_parts(asked(tmp_path, "faces").denoiser)
