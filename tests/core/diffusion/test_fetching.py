"""What a model is fetched with: as much as is missing, told as it comes, from a hub on this machine."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file
from typer.testing import CliRunner

import core.__main__  # joins all commands to the app
import core.megabytes
from core.cli import app
from core.config import Settings
from core.diffusion import fetching as module
from core.diffusion.fetching import Fetching, Source
from core.diffusion.loading import fetching, fingerprint
from core.diffusion.recipe import Recipe
from core.errors import UserError
from core.jobs import work
from core.jobs.meter import Meter
from core.specs import DenoiserSpec, StudySpec
from core.store.jobs import JobStore
from core.store.layout import Layout
from core.study import Study
from tests.core.diffusion.hub import Hub
from tests.core.diffusion.test_training import SPEC, Streets

OFFERED = DenoiserSpec("owner/model")
KILOBYTE = 1_000


@pytest.fixture(autouse=True)
def kilobytes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tiny model is smaller than a megabyte."""
    monkeypatch.setattr(core.megabytes, "MEGABYTE", KILOBYTE)
    monkeypatch.setattr(module, "LOOK", 0.01)


@pytest.fixture
def hub(tiny_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    model = shutil.copytree(tiny_folder, tmp_path / "offered")
    (model / "unet" / "pytorch_model.bin").write_bytes(b"not to be fetched" * 1000)
    with Hub({"owner/model": model}) as running:
        running.stand_in(monkeypatch, tmp_path / "fetched")
        yield running


def of(folder: Path, parts: str = "*") -> int:
    """Bytes of what is loaded."""
    files = [file for file in folder.glob(f"{parts}/*") if file.suffix in (".json", ".safetensors", ".txt")]
    return sum(file.stat().st_size for file in files)


def test_length__is_what_is_missing(hub: Hub, tiny_folder: Path) -> None:
    assert len(fetching(OFFERED)) == -(-of(tiny_folder) // KILOBYTE)
    missing = fetching(OFFERED)
    numbers = list(missing)
    assert numbers == list(range(1, len(missing) + 1))
    assert len(fetching(OFFERED)) == 0 and list(fetching(OFFERED)) == []
    hub.stop()
    assert fingerprint(OFFERED) == fingerprint(DenoiserSpec(str(tiny_folder)))


def test_what_replaces_a_part_is_fetched_too_and_the_part_is_not(hub: Hub, tiny_folder: Path) -> None:
    hub.models["owner/vae"] = hub.models["owner/model"] / "vae"
    replaced = DenoiserSpec(str(tiny_folder), autoencoder="owner/vae")
    assert len(fetching(replaced)) == -(-of(tiny_folder, "vae") // KILOBYTE)
    list(fetching(replaced))
    assert hub.files("owner/model") == [] and len(hub.files("owner/vae")) >= 2


def test_it_tells_how_much_has_come_while_it_comes(hub: Hub) -> None:
    weights = hub.models["owner/model"] / "unet" / "diffusion_pytorch_model.safetensors"
    large = load_file(weights) | {"unused": torch.zeros(6_000_000)}
    save_file(large, weights)  # what has come reaches the disk in pieces of megabytes
    hub.halfway = threading.Event()
    missing = fetching(OFFERED)
    numbers = iter(missing)
    assert next(numbers) == 1 and len(missing) > 24_000
    assert len(fetching(OFFERED)) > 0  # it was told before all had come
    hub.halfway.set()
    list(numbers)  # no thread of this test outlives its hub


def test_a_hub_that_fails_on_the_way_is_one_sentence(hub: Hub) -> None:
    missing = fetching(OFFERED)
    hub.gone = "diffusion_pytorch_model.safetensors"
    with pytest.raises(UserError, match=r'"owner/model" is neither a folder here nor to be had'):
        list(missing)
    hub.gone = ""
    assert 0 < len(fetching(OFFERED)) < len(missing)
    list(fetching(OFFERED))
    assert len(fetching(OFFERED)) == 0


def test_a_hub_that_is_down_is_left_to_who_needs_the_model(hub: Hub) -> None:
    hub.stop()
    assert len(fetching(OFFERED)) == 0
    assert len(Fetching([Source("owner/nobody", None, (".",))])) == 0


def test_a_training__fetches_its_base_first(hub: Hub, tmp_path: Path) -> None:
    settings = Settings(cache=tmp_path / "cache", device="cpu", dtype="float32", _env_file=None)
    spec = replace(SPEC, base="owner/model", steps=1)
    recipe = Recipe(Streets(), spec, tmp_path / "made", settings)
    name, phase = next(recipe.phases())
    assert name == Fetching.title and len(phase) > 0


def test_a_run__fetches_first_with_a_bar_and_in_a_job_with_its_progress(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(4):
        folder = tmp_path / "pictures" / ("Kyoto", "Prague")[number % 2]
        folder.mkdir(parents=True, exist_ok=True)
        pixels = np.random.default_rng(number).integers(0, 255, (24, 24, 3), np.uint8)
        Image.fromarray(pixels).save(folder / f"{number}.png")
    settings = Settings(cache=tmp_path / "cache", device="cpu", dtype="float32", _env_file=None)
    study = Study.create(
        "streets", str(tmp_path / "pictures"), StudySpec("label", denoiser=OFFERED), settings
    )
    study.save()
    meter = Meter(JobStore(Layout(settings.cache)), "a")
    title, phase = next(work._stages(study, "screen", meter))
    assert title == Fetching.title and len(phase) == len(fetching(OFFERED)) > 0
    monkeypatch.setenv("TYPISCOPE_CACHE", str(settings.cache))
    done = CliRunner().invoke(app, ["run", "streets", "--stage", "screen"])
    assert done.exit_code == 0, done.output
    assert Fetching.title in done.stderr and len(fetching(OFFERED)) == 0
    assert not [*work._stages(Study.open("streets", settings), "screen", meter)]
