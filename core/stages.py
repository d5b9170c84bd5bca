"""The pipeline as one table: what each step means, needs and leaves behind.

The command line, the pages, the README's table and the tests all read `STAGES`. A stage's work
is a function `work(inputs, shard) -> Iterator[Record]`; it is named as text and imported only in
the process that runs it, so that reading this table never loads torch.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.config import Settings
from core.specs import StudySpec, digest

if TYPE_CHECKING:
    from core.store.artifacts import Artifact


@dataclass(frozen=True)
class Record:
    """One thing a stage found: a row of `table`, with the arrays that belong to it.

    A picture that could not be used is a record of table `failures` with columns `picture` and
    `reason`.
    """

    table: str
    row: Mapping[str, Any]
    arrays: Mapping[str, NDArray[np.generic]] = field(default_factory=dict)


@dataclass(frozen=True)
class Shard:
    """A part of a stage's work that is finished, or not, as a whole: some pictures, a label, or all of it."""

    number: int
    keys: tuple[str, ...]
    """Picture ids, the one label, or the study's name."""

    @property
    def name(self) -> str:
        """Tells it from a shard of that number of other keys."""
        return digest(*self.keys)


@dataclass(frozen=True)
class Inputs:
    """What a stage's work is given. Equal inputs give equal records, whatever the settings."""

    spec: StudySpec
    pictures: pd.DataFrame
    """The dataset's readable pictures, indexed by picture id (columns: see `dataset/manifest.py`)."""
    labels: tuple[str, ...]
    """All labels of the study's column, sorted."""
    artifacts: Mapping[str, Artifact]
    """The finished artifacts of the stages named in `Stage.inputs`."""
    settings: Settings


Work = Callable[[Inputs, Shard], Iterator[Record]]


@dataclass(frozen=True)
class Stage:
    """One row of the table. `specs` are the fields of `StudySpec` that change this stage's result."""

    number: int
    """What its folder in a study begins with, so that `ls` reads as the pipeline."""
    name: str
    meaning: str
    specs: tuple[str, ...]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    """Tables the stage writes; an array kept with a row is named `table.array`."""
    shard_by: Literal["pictures", "labels", "study"]
    needs_model: bool
    work: str
    on_demand: bool = False
    """Whether it runs only when it is asked for by name: a study without it is not unfinished."""

    def resolve(self) -> Work:
        """Import the function that does the work (and, for a stage that needs a model, torch)."""
        module, function = self.work.split(":")
        work: Work = getattr(importlib.import_module(module), function)
        return work


SHARD_PICTURES = 512
"""Most pictures of a shard: what a kill loses at most. A batch never reaches over two shards."""


def shards_of(pictures: Sequence[str]) -> list[Shard]:
    """A few dozen shards, so that workers share the work evenly; more when they would grow too large."""
    size = min(SHARD_PICTURES, max(32, len(pictures) // 24))
    starts = range(0, len(pictures), size)
    return [Shard(number, tuple(pictures[at : at + size])) for number, at in enumerate(starts)]


ASKED = ("label_column", "pictures", "prompt", "denoiser", "frame")

STAGES: tuple[Stage, ...] = (
    Stage(
        0, "dataset",
        "Read every picture once: its size, its labels, or why it cannot be used.",
        (), (), ("pictures", "failures"), "pictures", False, "core.dataset.importers:read",
    ),
    Stage(
        10, "screen",
        "Look at every picture briefly, to find those that cannot hold a most typical patch.",
        (*ASKED, "screen", "typicality", "patches"), ("dataset",), ("sums", "sums.totals"),
        "pictures", True, "core.diffusion.typicality:screen",
    ),
    Stage(
        20, "typicality",
        "Where does knowing the label help the denoiser? One map per picture (eq. 3).",
        (*ASKED, "screen", "typicality", "patches"), ("dataset", "screen"),
        ("maps", "maps.bins", "maps.error", "maps.box_error"),
        "pictures", True, "core.diffusion.typicality:measure",
    ),
    Stage(
        30, "patches",
        "The most typical squares of each picture that do not overlap.",
        ("patches",), ("dataset", "typicality"), ("patches",),
        "pictures", False, "core.mining.patches:find",
    ),
    Stage(
        40, "features",
        "What each of a label's best patches looks like, as DIFT features.",
        ("patches", "features", *ASKED), ("dataset", "patches"), ("features", "features.vector"),
        "pictures", True, "core.diffusion.dift:describe",
    ),
    Stage(
        50, "clusters",
        "Patches of one label that look alike, ranked by median typicality.",
        ("patches", "clusters"), ("patches", "features"), ("clusters", "members"),
        "labels", False, "core.mining.clusters:group",
    ),
    Stage(
        55, "atlas",
        "Flat maps on which patches that look alike lie close together (UMAP).",
        ("atlas",), ("patches", "features"), ("points", "together"),
        "labels", False, "core.mining.atlas:lay_out",
    ),
    Stage(
        60, "translate",
        "The same pictures under every other label, their layout kept (Plug-and-Play).",
        (*ASKED, "translate"), ("dataset", "typicality"),
        ("sources", "sources.webp", "translations", "translations.webp"),
        "pictures", True, "core.diffusion.translating:translated", on_demand=True,
    ),
    Stage(
        70, "cotypicality",
        "Places of a picture that are typical of every label it is seen under (eq. 4).",
        (*ASKED, "typicality", "patches", "cotypicality"), ("dataset", "typicality", "translate"),
        ("places", "views", "maps", "maps.typicality"),
        "pictures", True, "core.diffusion.cotypicality:measure", on_demand=True,
    ),
    Stage(
        80, "appearance",
        "What the most co-typical places look like under every label: DIFT features and colours.",
        (*ASKED, "cotypicality", "features"), ("dataset", "translate", "cotypicality"),
        ("views", "views.vector", "views.colours"),
        "pictures", True, "core.diffusion.appearance:describe", on_demand=True,
    ),
    Stage(
        90, "trends",
        "Places that look alike under every label, and what they become from label to label.",
        ("cotypicality", "trends"), ("cotypicality", "appearance"), ("trends", "members", "views"),
        "study", False, "core.mining.trends:group", on_demand=True,
    ),
    Stage(
        91, "evidence",
        "How well maps point at what is known to be true: boxes that experts drew, or masks.",
        ("label_column",), ("dataset", "typicality"),
        ("labels", "pictures", "pictures.found", "pictures.by_chance", "pictures.histogram"),
        "labels", False, "core.evidence:work", on_demand=True,
    ),
)  # fmt: skip
"""Every step in the order it runs."""

ROUTINE: tuple[Stage, ...] = tuple(row for row in STAGES if not row.on_demand)
"""The steps that make a study whole."""


def stage(name: str) -> Stage:
    """The row of that name."""
    return next(row for row in STAGES if row.name == name)


def last_of(name: str) -> str:
    """The stage to ask for so that everything an on-demand stage leads to is there; "" for a routine one."""
    following = [row.name for row in STAGES if row.on_demand and name in until(row.name)]
    return following[-1] if stage(name).on_demand else ""


def until(name: str = "") -> list[str]:
    """What runs to reach a stage, in order: the routine ones up to it; all routine ones where none is named.

    For a stage that runs on demand, what it is built on and itself.
    """
    routine = [row.name for row in ROUTINE if row.inputs]
    if not name:
        return routine
    if not stage(name).on_demand:
        return routine[: routine.index(name) + 1] if name in routine else []
    needed, open_ends = set[str](), [name]
    while open_ends:
        row = stage(open_ends.pop())
        if row.inputs:
            needed.add(row.name)
            open_ends += row.inputs
    return [row.name for row in STAGES if row.name in needed]
