"""A small study whose pictures have boxes, and maps that know where they are, more or less."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from core.config import Settings
from core.specs import DenoiserSpec, FrameSpec, StudySpec
from core.stages import Inputs, Record, Shard, stage
from core.study import Study

LABELS = ("Kyoto", "Paris", "Prague")
PICTURES = 8
"""A label."""
SIZE = (64, 48)


def draw(folder: Path, labels: tuple[str, ...] = LABELS, unmarked: int = 1) -> Path:
    """Pictures of noise with a table of labels and boxes; the first ones of all nobody looked at."""
    folder.mkdir(parents=True)
    rng = np.random.default_rng(0)
    with (folder / "metadata.csv").open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["file_name", "place", "boxes"])
        for number in range(PICTURES * len(labels)):
            name = f"{number:02}.png"
            Image.fromarray(rng.integers(0, 255, (*SIZE[::-1], 3), dtype=np.uint8)).save(folder / name)
            box = [int(rng.integers(0, 40)), int(rng.integers(0, 24)), 24, 24]
            table.writerow(
                [name, labels[number % len(labels)], "" if number < unmarked else json.dumps([box])]
            )
    return folder


def measure(inputs: Inputs, shard: Shard, noise: float) -> Iterator[Record]:
    """A map a picture, higher in its box."""
    for key in shard.keys:
        rng = np.random.default_rng(int(key[:8], 16))
        typicality = rng.normal(size=(12, 16)) * noise
        for x, y, w, h in (
            inputs.pictures.loc[key, "boxes"] if inputs.pictures.loc[key, "boxes"] is not None else ()
        ):
            typicality[int(y / 4) : int((y + h) / 4), int(x / 4) : int((x + w) / 4)] += 1
        bins = np.repeat(np.stack([typicality, np.abs(typicality)])[:, None], 6, axis=1) * 0.01
        row = {
            "picture": key, "label": inputs.pictures.loc[key, "place"], "samples": 24,
            "mean": float(bins[0].mean()), "mean_error": 0.0004, "complete": True, "height": 12, "width": 16,
            "frame_width": 64, "frame_height": 48, "multiple": 8, "counts": [0, 4, 4, 4, 4, 4, 4, 0, 0, 0],
        }  # fmt: skip
        error = np.full((12, 16), 0.001, np.float16)
        yield Record("maps", row, {"bins": bins.astype(np.float16), "error": error, "box_error": error})


def make_marked(
    cache: Path,
    name: str = "demo",
    noise: float = 0.5,
    labels: tuple[str, ...] = LABELS,
    unmarked: int = 1,
    evidence: bool = True,
) -> Study:
    """A study whose maps are there, and held against the truth; all studies have the same pictures."""
    spec = StudySpec(
        label_column="place", frame=FrameSpec(48), denoiser=DenoiserSpec(fingerprint=f"{noise:012.6f}"[-12:])
    )
    source = draw(cache.parent / f"pictures of {name}", labels, unmarked)
    study = Study.create(name, str(source), spec, Settings(cache=cache))
    for row in (stage("screen"), stage("typicality")):
        writer, inputs = study.writer(row.name), study.inputs_for(row)
        for shard in study.shards(row):
            writer.write_shard(
                shard.number, measure(inputs, shard, noise) if row.name == "typicality" else []
            )
        writer.finish({})
    if evidence:
        for _ in study.run("evidence"):
            pass
    return study
