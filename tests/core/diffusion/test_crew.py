"""Two processes train one model: what comes out is what one process makes, and it is written once."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from core.config import Settings
from core.diffusion import machine
from core.diffusion.crew import Crew
from core.store import adapters, drawings
from core.study import Study
from core.training import on_study, spec_for
from tests.core.diffusion.conftest import make_parts
from tests.core.diffusion.test_train_command import environment, streets
from tests.core.diffusion.test_training import CPU, run_to_end
from tests.core.diffusion.together import LIMIT, SMALL, train_small

ROOT = Path(__file__).parents[3]
LAUNCH = (
    "accelerate.commands.launch", "--multi_gpu", "--num_processes", "2", "--num_machines", "1",
    "--mixed_precision", "no", "--dynamo_backend", "no", "--main_process_port", "0",
    "-m", "tests.core.diffusion.together",
)  # fmt: skip


@dataclass
class Both:
    """What two processes left in a folder, and what each of them saw."""

    folder: Path
    stdout: str
    seen: list[dict[str, object]]

    @property
    def settings(self) -> Settings:
        return Settings(cache=self.folder / "cache", device="cpu", dtype="float32", _env_file=None)


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory, tiny_folder: Path) -> Both:
    folder = tmp_path_factory.mktemp("together")
    found = Both(folder, "", [])
    streets(folder, tiny_folder, found.settings)
    done = subprocess.run(
        [sys.executable, "-m", *LAUNCH], cwd=ROOT, env=os.environ | environment(folder), capture_output=True,
        text=True, timeout=LIMIT + 60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-5000:]
    found.stdout = done.stdout
    found.seen = [json.loads((folder / f"seen-{number}.json").read_text()) for number in range(2)]
    return found


@pytest.fixture(autouse=True)
def one_thread(monkeypatch: pytest.MonkeyPatch):
    """As each of the two has: threads that wait for each other take longer than one alone."""
    monkeypatch.setattr(machine, "cores", lambda: 1)


def losses(folder: Path) -> list[float]:
    return [float(loss) for _, loss in csv.reader((folder / "loss.csv").open())]


def length(differences: Iterable[torch.Tensor]) -> float:
    """The length of many tensors taken as one vector."""
    return float(torch.cat([one.detach().flatten() for one in differences]).norm())


def test_weights_are_those_of_one_process(both: Both, tmp_path: Path):
    train_small(tmp_path)
    one, two = (load_file(folder / "checkpoint.safetensors") for folder in (tmp_path, both.folder / "small"))
    assert one.keys() == two.keys()
    parts = make_parts()
    began = {
        f"{part}.{name}": value
        for part in ("unet", "text_encoder")
        for name, value in getattr(parts, part).named_parameters()
    }
    for kind in ("model", "average", "best"):
        moved = length(one[f"{kind}.{name}"] - value for name, value in began.items())
        apart = length(one[f"{kind}.{name}"] - two[f"{kind}.{name}"] for name in began)
        assert apart < 1e-3 * moved, (kind, apart, moved)
    np.testing.assert_allclose(losses(both.folder / "small"), losses(tmp_path), rtol=1e-4)


def test_everything_is_written_once(both: Both):
    folder = both.folder / "small"
    steps = [int(number) for number, _ in csv.reader((folder / "loss.csv").open())]
    looks = [int(row[0]) for row in csv.reader((folder / "gain.csv").open())]
    assert steps == list(range(1, SMALL.steps + 1)) and looks == [0, 3, 6, 7]
    assert len(list((folder / drawings.FOLDER).iterdir())) == len(looks)
    main, other = both.seen
    assert main["phases"] == [
        "Train the autoencoder", "Encode the pictures", "Encode held-out pictures", "Train the denoiser",
    ]  # fmt: skip
    assert other["phases"] == main["again"] == other["again"] == ["Train the denoiser"]


def test_taken_up_again__it_is_what_it_would_have_been_bit_for_bit(both: Both):
    ours, theirs = (both.folder / "taken-up" / name for name in ("resumed", "undisturbed"))
    assert (ours / "loss.csv").read_text() == (theirs / "loss.csv").read_text()
    one, two = (load_file(folder / "checkpoint.safetensors") for folder in (ours, theirs))
    assert one.keys() == two.keys() and len(one) > 100
    assert all(torch.equal(one[name], two[name]) for name in one)


def test_all_stop_together(both: Both):
    assert [seen["stopped"] for seen in both.seen] == [2, 2]
    assert all("came apart at step 1" in str(seen["apart"]) for seen in both.seen)


def test_an_uneven_batch__is_one_sentence_before_anything_is_begun(both: Both):
    assert all("batch of 5 cannot be shared out evenly among 2" in str(seen["uneven"]) for seen in both.seen)
    assert not (both.folder / "uneven").exists()


def test_the_command__trains_an_adapter_and_speaks_once(both: Both):
    told = json.loads(both.stdout)
    study = Study.open("streets", both.settings)
    assert study.spec.denoiser.source == told["adapter"] == told["folder"] and told["steps"] == 4
    options = {"lora_rank": 2, "steps": 4, "batch": 4, "look_every": 2}
    alone = on_study(study, "alone", spec_for(study, "lora", **options))
    run_to_end(alone.phases())
    mine = Path(told["folder"])
    np.testing.assert_allclose(losses(mine), losses(alone.folder), rtol=1e-4)
    one, two = (load_file(folder / adapters.WEIGHTS) for folder in (alone.folder, mine))
    assert one.keys() == two.keys() and any(name.startswith("text_encoder.") for name in one)
    apart = length(one[name].float() - two[name].float() for name in one)
    assert apart < 1e-3 * length(value.float() for value in one.values())


def test_alone__nothing_is_shared_out():
    crew = Crew(machine.choose(CPU))
    assert (crew.size, crew.main, crew.share(5)) == (1, True, slice(0, 5))
    model, value = torch.nn.Linear(1, 1), torch.tensor(0.1)
    assert crew.averaging(model) is model and torch.equal(crew.mean(value), value) and crew.told("a") == "a"
