"""A small study made of noise through the real store, and the app that looks at it."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
import streamlit as st
from PIL import Image
from streamlit.runtime.pages_manager import PagesManager
from streamlit.testing.v1 import AppTest

from core.config import Settings
from core.dataset.webp import packed
from core.mining import atlas, trends
from core.specs import DenoiserSpec, StudySpec, TrendSpec, TypicalitySpec, digest
from core.stages import STAGES, Inputs, Record, Shard, stage
from core.study import Study

LABELS = ("Kyoto", "Paris", "Prague")
PICTURES = 8
"""A label."""
TRANSLATED = 3
"""A label."""
APP = Path(__file__).parents[2] / "app.py"

Make = Callable[[Inputs, Shard], Iterator[Record]]


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache folder, the one the app will look at."""
    monkeypatch.setenv("TYPISCOPE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("pages.parts.demo.prepare", tuple)
    st.cache_resource.clear()
    return tmp_path / "cache"


@pytest.fixture(autouse=True)
def through_the_app(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page is run by `app.py` from the first, as in the server; AppTest would run its file by itself."""
    monkeypatch.setattr("streamlit.testing.v1.app_test.PagesManager", type("Manager", (PagesManager,), {}))
    monkeypatch.setattr(PagesManager, "uses_pages_directory", False)


@pytest.fixture
def app(cache: Path) -> Callable[..., AppTest]:
    """Open a page by its link and run it."""
    return open_page


def open_page(page: str = "overview", **link: str | list[str]) -> AppTest:
    """One page of the app, run once."""
    test = AppTest.from_file(str(APP), default_timeout=60)
    test.query_params.update(link)
    test.run()
    if page != "overview":
        test.switch_page(f"pages/{page}.py")
        test.query_params.update(link)
        test.run()
    return test


def drawn(app: AppTest, component: str, which: int = -1) -> dict[str, Any]:
    """What a component was given to draw; of several of that name the last, or another one."""
    protos = [element.proto for element in app.get("bidi_component")]
    found: dict[str, Any] = json.loads(
        [proto.json for proto in protos if proto.component_name == component][which]
    )
    return found


def is_well(app: AppTest) -> bool:
    """Whether a page is drawn without an error, its own or one it explains."""
    return not app.exception and not app.error


def draw(folder: Path, labels: tuple[str, ...] = LABELS, boxes: str = "") -> Path:
    """A folder of pictures of noise with a table of labels, and of the boxes that all of them have."""
    folder.mkdir(parents=True)
    rng = np.random.default_rng(0)
    with (folder / "metadata.csv").open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["file_name", "place", "boxes"])
        for number in range(PICTURES * len(labels)):
            name = f"{number:02}.png"
            Image.fromarray(rng.integers(0, 255, (48, 64, 3), dtype=np.uint8)).save(folder / name)
            table.writerow([name, labels[number % len(labels)], boxes])
    return folder


def make_study(
    cache: Path,
    until: str = "clusters",
    labels: tuple[str, ...] = LABELS,
    name: str = "demo",
    boxes: str = "",
    asked: Literal["own", "all"] = "own",
) -> Study:
    """A study whose stages are done up to and with `until`; `asked`: under which labels."""
    spec = StudySpec(
        label_column="place", denoiser=DenoiserSpec(fingerprint="0" * 12), trends=TrendSpec(clusters=2),
        typicality=TypicalitySpec(labels=asked),
    )  # fmt: skip
    source = draw(cache.parent / f"pictures of {name}", labels, boxes)
    study = Study.create(name, str(source), spec, Settings(cache=cache))
    for row in STAGES[1:]:
        if study.state(until) == "done":
            break
        finish(study, row.name, MAKE[row.name])
    return study


def finish(study: Study, name: str, make: Make) -> None:
    """Let `make` do the work of a stage."""
    row, writer = stage(name), study.writer(name)
    inputs = study.inputs_for(row)
    for shard in study.shards(row):
        writer.write_shard(shard.number, make(inputs, shard))
    writer.finish({})


def nothing(inputs: Inputs, shard: Shard) -> Iterator[Record]:
    """No records."""
    yield from ()


def measure(inputs: Inputs, shard: Shard) -> Iterator[Record]:
    """A map a picture: the first of the table highest, all of them higher where t is small."""
    for number, key in enumerate(shard.keys):
        level = 0.1 - 0.001 * number
        counts = [0, 4, 4, 4, 4, 4, 4, 0, 0, 0]
        bins = np.full((2, 6, 6, 8), level, np.float16) * np.linspace(2, 1, 6)[:, None, None]
        row = {
            "picture": key, "label": inputs.pictures.loc[key, "place"], "samples": 24,
            "mean": 1.5 * level, "mean_error": 0.0004,
            "complete": True, "height": 6, "width": 8, "frame_width": 64, "frame_height": 48,
            "multiple": 8, "counts": counts,
        }  # fmt: skip
        yield Record(
            "maps",
            row,
            {
                "bins": bins.astype(np.float16),
                "error": np.full((6, 8), 0.01, np.float16),
            },
        )


def cut(inputs: Inputs, shard: Shard) -> Iterator[Record]:
    """Two patches a picture."""
    for key in shard.keys:
        label = str(inputs.pictures.loc[key, "place"])
        for rank in range(2):
            box = {"left": 16.0 * rank, "top": 0.0, "right": 16.0 * rank + 16, "bottom": 16.0}
            value = 0.2 - 0.1 * rank
            yield Record("patches", {
                "patch": f"{key}-{digest(label)}-{rank}", "picture": key, "label": label, "rank": rank,
                "x": 0, "y": 0, "size": 16, **box, "typicality": value,
                "error": 0.01, "change": 0.1, "score": value,
            })  # fmt: skip


def describe(inputs: Inputs, shard: Shard) -> Iterator[Record]:
    """Best patches look like their label's others, second ones like those of all labels."""
    labels, patches = inputs.labels, inputs.artifacts["patches"].table("patches")
    for number, row in enumerate(patches[patches["picture"].isin(shard.keys)].to_dict("records")):
        vector = np.zeros(len(labels) + 2, np.float16)
        vector[labels.index(row["label"]) if row["rank"] == 0 else len(labels)] = 1
        vector[-1] = 0.01 * (number % 7)
        yield Record(
            "features", {name: row[name] for name in ("patch", "picture", "label")}, {"vector": vector}
        )


def group(inputs: Inputs, shard: Shard) -> Iterator[Record]:
    """A cluster of the label's best patches and two small ones of its others."""
    (label,) = shard.keys
    patches = (
        inputs.artifacts["patches"].table("patches").query("label == @label").sort_values(["rank", "picture"])
    )
    for rank, part in enumerate((patches[:PICTURES], patches[PICTURES:-3], patches[-3:])):
        name = f"{digest(label)}-{rank}"
        estimate = {
            "median": 0.2 - 0.05 * rank,
            "low": 0.1 if rank == 0 else np.nan,
            "high": 0.3 if rank == 0 else np.nan,
        }
        yield Record("clusters", {
            "cluster": name, "label": label, "rank": rank, "size": len(part), "pictures": len(part),
            "coverage": len(part) / PICTURES, **estimate,
        })  # fmt: skip
        for position, patch in enumerate(part["patch"]):
            member = {
                "cluster": name,
                "label": label,
                "patch": patch,
                "distance": 0.1 * position,
                "position": position,
            }
            yield Record("members", member)


def colour_of(inputs: Inputs, label: str) -> tuple[int, int, int]:
    """Under each label everything has a colour of its own."""
    number = inputs.labels.index(label)
    return 250 - 60 * number, 40, 60 * number


def translate(inputs: Inputs, shard: Shard) -> Iterator[Record]:
    """The label's first pictures in its colour, and in that of every other; the last does not come back."""
    for own, rows in inputs.pictures.groupby("place"):
        for number, key in enumerate(rows.index[:TRANSLATED]):
            row = {
                "picture": key, "label": own, "psnr": 12.5 if number == TRANSLATED - 1 else 41.0,
                "failed": number == TRANSLATED - 1, "frame_width": 64, "frame_height": 48, "multiple": 8,
            }  # fmt: skip
            for label in inputs.labels:
                plane = np.full((48, 64, 3), colour_of(inputs, label), np.uint8)
                arrays = {"webp": packed(plane)}
                if label == own:
                    yield Record("sources", row, arrays)
                else:
                    yield Record("translations", {"picture": key, "label": label, "source": own}, arrays)


def comeasure(inputs: Inputs, shard: Shard) -> Iterator[Record]:
    """Two places a source that came back: the first ones typical everywhere, most so under the last label."""
    sources = inputs.artifacts["translate"].table("sources")
    for source in sources[~sources["failed"]].to_dict("records"):
        key, own = source["picture"], source["label"]
        for number, label in enumerate(inputs.labels):
            row = {"picture": key, "label": label, "source": own, "mean": 0.01 * (1 + number)}
            row["mean_error"] = 0.001
            yield Record("maps", row, {"typicality": np.full((6, 8), 0.01 * (1 + number), np.float16)})
        for rank in range(2):
            box = {"left": 32.0 * rank, "top": 0.0, "right": 32.0 * rank + 16, "bottom": 16.0}
            name, where = {"place": f"{key}-{rank}", "picture": key}, {"x": 32 * rank, "y": 0, "size": 16}
            level = 0.2 - 0.1 * rank
            yield Record(
                "places", {**name, "label": own, "rank": rank, **where, **box, "cotypicality": level}
            )
            for number, label in enumerate(inputs.labels):
                value = level + 0.05 * (number - 1)
                yield Record("views", {**name, "label": label, "typicality": value, "error": 0.01})


def appear(inputs: Inputs, shard: Shard) -> Iterator[Record]:
    """First places look alike, and so do second ones; each label turns them by a right angle."""
    for place in inputs.artifacts["cotypicality"].table("places").to_dict("records"):
        for number, label in enumerate(inputs.labels):
            vector = np.zeros(2 * len(inputs.labels), np.float16)
            vector[2 * number + place["rank"]] = 1
            colours = np.full((8, 8, 3), colour_of(inputs, label), np.uint8)
            row = {"place": place["place"], "picture": place["picture"], "label": label}
            yield Record("views", row, {"vector": vector, "colours": colours})


MAKE: dict[str, Make] = {
    "screen": nothing, "typicality": measure, "patches": cut, "features": describe, "clusters": group,
    "atlas": atlas.lay_out,
    "translate": translate, "cotypicality": comeasure, "appearance": appear, "trends": trends.group,
}  # fmt: skip
