"""A study small enough for a test, run by the real runner: its stages are plain numpy."""

from __future__ import annotations

import dataclasses
import hashlib
import os
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from core import stages
from core.config import Settings
from core.specs import DenoiserSpec, StudySpec
from core.stages import SHARD_PICTURES, Inputs, Record, Shard
from core.study import Study

LABELS = ("Paris", "Prague", "Kyoto")
GATED = 100
"""The picture that waits until the file `TINY_GATE` is there, if that is set."""
WORKS = {
    "screen": "tests.core.tiny:screen",
    "typicality": "tests.core.tiny:measure",
    "patches": "tests.core.tiny:find",
    "features": "tests.core.tiny:describe",
    "clusters": "tests.core.tiny:group",
    "atlas": "tests.core.tiny:follow",
    "translate": "tests.core.tiny:translate",
    "cotypicality": "tests.core.tiny:follow",
    "appearance": "tests.core.tiny:follow",
    "trends": "tests.core.tiny:follow",
    "evidence": "tests.core.tiny:follow",
}


def use_tiny_stages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the functions of this file do the work of the real table."""
    rows = tuple(dataclasses.replace(row, work=WORKS.get(row.name, row.work)) for row in stages.STAGES)
    monkeypatch.setattr(stages, "STAGES", rows)


def make_study(cache: Path, pictures: int = 300, name: str = "tiny") -> Study:
    """A study whose dataset is written but whose pictures are mere names."""
    spec = StudySpec(label_column="place", denoiser=DenoiserSpec(fingerprint="0" * 12))
    study = Study(
        name, str(cache / "nowhere"), str(cache / "nowhere"), f"{pictures:012}", spec, Settings(cache=cache)
    )
    writer = study.writer("dataset")
    rows = [_picture(number) for number in range(pictures)]
    for number, start in enumerate(range(0, pictures, SHARD_PICTURES)):
        writer.write_shard(number, [Record("pictures", row) for row in rows[start : start + SHARD_PICTURES]])
    writer.finish({})
    study.save()
    return study


def draw_picture(path: Path, seed: int, size: tuple[int, int] = (640, 320)) -> str:
    """A small picture file; returns the sha256 of its bytes."""
    rng = np.random.default_rng(seed)
    coarse = Image.fromarray(rng.integers(0, 255, (4, 8, 3), dtype=np.uint8))
    coarse.resize(size).save(path)
    return hashlib.sha256(path.read_bytes()).hexdigest()


def screen(inputs: Inputs, shard: Shard) -> Iterator[Record]:
    """No samples asked for, no records."""
    yield from ()


def measure(inputs: Inputs, shard: Shard) -> Iterator[Record]:
    """A map a picture, of a shape of its own; every tenth picture cannot be used."""
    for key in shard.keys:
        time.sleep(float(os.environ.get("TINY_SLEEP", "0")))
        while int(key, 16) == GATED and not Path(os.environ.get("TINY_GATE", ".")).exists():
            time.sleep(0.02)
        if os.environ.get("TINY_DIE") == key:
            os.kill(os.getpid(), 9)
        if os.environ.get("TINY_RAISE") == key:
            raise ValueError(f"no such thing as {key}")
        if int(key, 16) % 10 == 9 or os.environ.get("TINY_FAIL_ALL"):
            yield Record("failures", {"picture": key, "reason": "is cut short"})
            continue
        bins = noise(key, 2, 3, 4 + int(key, 16) % 3).astype(np.float16)
        row = {"picture": key, "label": inputs.pictures.loc[key, "place"], "mean": float(bins.mean())}
        yield Record("maps", row, {"bins": bins, "error": bins[0] * np.float16(0.5), "box_error": bins[0]})


def find(inputs: Inputs, shard: Shard) -> Iterator[Record]:
    """Two patches a map."""
    maps = inputs.artifacts["typicality"].table("maps").to_dict("records")
    found = {row["picture"]: row for row in maps}
    for key in shard.keys:
        if row := found.get(key):
            best = float(inputs.artifacts["typicality"].array("maps", "bins", row).max())
            for rank in range(2):
                place = {"patch": f"{key}-{rank}", "picture": key, "label": row["label"], "rank": rank}
                yield Record("patches", {**place, "typicality": best - rank})


def describe(inputs: Inputs, shard: Shard) -> Iterator[Record]:
    """A vector a patch."""
    patches = inputs.artifacts["patches"].table("patches")
    for row in patches[patches.picture.isin(shard.keys)].to_dict("records"):
        yield Record(
            "features", {"patch": row["patch"], "picture": row["picture"]}, {"vector": noise(row["patch"], 8)}
        )


def group(inputs: Inputs, shard: Shard) -> Iterator[Record]:
    """One cluster a label."""
    patches = inputs.artifacts["patches"].table("patches")
    own = patches[patches.label == shard.keys[0]]
    yield Record("clusters", {"cluster": f"{shard.keys[0]}-0", "label": shard.keys[0], "size": len(own)})


def translate(inputs: Inputs, shard: Shard) -> Iterator[Record]:
    """One translation a picture."""
    for key in shard.keys:
        yield Record("translations", {"picture": key, "label": LABELS[0]}, {"webp": noise(key, 5)})


def follow(inputs: Inputs, shard: Shard) -> Iterator[Record]:
    """What the stages after it were given."""
    for name, artifact in sorted(inputs.artifacts.items()):
        yield Record("given", {"stage": name, "tables": list(artifact.tables)})


def noise(key: str, *shape: int) -> NDArray[np.float64]:
    """Numbers drawn from a name."""
    seed = int.from_bytes(hashlib.sha256(key.encode()).digest()[:8])
    return np.random.default_rng(seed).normal(size=shape)


def _picture(number: int) -> dict[str, object]:
    label = LABELS[number % len(LABELS)]
    known = {"file_name": f"{number}.png", "path": f"{number}.png", "sha256": "", "width": 64, "height": 64}
    unknown = dict.fromkeys(("boxes", "mask", "mask_sha256", "split"))
    return {"picture": f"{number:016x}", **known, **unknown, "place": label, "one": "same"}
