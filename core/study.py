"""A study: what the user asked for, what of it exists, what is missing, and how to run it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from core.config import Settings
from core.dataset.manifest import label_columns_of
from core.dataset.split import held_out
from core.errors import UserError
from core.specs import StudySpec, digest
from core.stages import SHARD_PICTURES, STAGES, Inputs, Shard, Stage, stage
from core.store import studies
from core.store.artifacts import Artifact
from core.store.layout import Layout
from core.store.writing import ArtifactWriter, Tally, is_started

if TYPE_CHECKING:
    from core.running import StageRun

State = Literal["done", "partial", "missing"]


@dataclass(frozen=True)
class StageStatus:
    """How far one stage of a study is."""

    name: str
    state: State
    digest: str
    """What is asked: specs and inputs."""
    content: str | None
    """What was found: all tables and arrays of a stage that is done."""
    shards: int
    finished: int
    """Shards that are whole, of `shards`."""
    records: int
    failures: int
    seconds: float


@dataclass(frozen=True)
class Study:
    """One dataset, one label column, one denoiser and the specs of every stage."""

    name: str
    source: str
    """Where the pictures came from: a folder or a table."""
    folder: str
    """What the relative paths in the pictures table start from."""
    dataset: str
    """The fingerprint of the dataset's content."""
    spec: StudySpec
    settings: Settings

    @classmethod
    def open(cls, name: str, settings: Settings | None = None) -> Study:
        """The study of that name.

        Raises:
            UserError: there is none, or its file cannot be used.
        """
        settings = settings or Settings()
        file = studies.load(Layout(settings.cache), name)
        return cls(file.name, file.source, file.folder, file.dataset, file.spec, settings)

    @classmethod
    def create(cls, name: str, source: str, spec: StudySpec, settings: Settings | None = None) -> Study:
        """Read all pictures of a source and keep them as a study (`importing.Import` shows progress)."""
        from core.importing import Import

        reading = Import(name, source, spec, settings or Settings())
        for _ in reading:
            pass
        return reading.study

    def save(self) -> None:
        """Keep the study as it is now."""
        file = studies.StudyFile(self.name, self.source, self.folder, self.dataset, self.spec)
        studies.save(self.layout, file)

    def with_spec(self, **changes: Any) -> Study:
        """The same study asked differently; not saved.

        Raises:
            UserError: the new label column is not there, or has fewer than two labels.
        """
        study = dataclasses.replace(self, spec=dataclasses.replace(self.spec, **changes))
        if study.spec.label_column != self.spec.label_column:
            study.check()
        return study

    def identified(self) -> Study:
        """The same study with its denoiser's fingerprint, read from the weights where it was not known."""
        if self.spec.denoiser.fingerprint:
            return self
        from core.diffusion.loading import fingerprint  # torch, so only when asked

        known = fingerprint(self.spec.denoiser, self.settings.download)
        return self.with_spec(denoiser=dataclasses.replace(self.spec.denoiser, fingerprint=known))

    @property
    def layout(self) -> Layout:
        """Where things lie."""
        return Layout(self.settings.cache)

    @cached_property
    def pictures(self) -> pd.DataFrame:
        """Readable pictures that have a label in the study's column, indexed by picture id.

        Columns: see `dataset/manifest.py`. All paths are absolute.

        Raises:
            UserError: the dataset has no such column.
        """
        table, column = (
            self._finished("dataset").table("pictures").drop(columns="shard"),
            self.spec.label_column,
        )
        if column not in label_columns_of(table):
            own = ", ".join(label_columns_of(table))
            raise UserError(f'There is no label column "{column}" in study "{self.name}" (there is: {own}).')
        if self.spec.pictures == "held-out":
            table = table[table["picture"].isin(held_out(table, column))]
        table = table[table[column].notna()].set_index("picture")
        return table.assign(path=self._paths(table["path"]), mask=self._paths(table["mask"]))

    def _paths(self, column: pd.Series[Any]) -> pd.Series[Any]:
        folder = Path(self.folder)
        paths = [str(folder / path) if isinstance(path, str) else None for path in column]
        return pd.Series(paths, index=column.index, dtype=object)

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """All labels, sorted."""
        return tuple(sorted(self.pictures[self.spec.label_column].unique()))

    def check(self) -> None:
        """Make sure that there is something to compare.

        Raises:
            UserError: the label column is not there or has fewer than two labels.
        """
        if len(self.labels) < 2:
            found = f'only "{self.labels[0]}"' if self.labels else "no label"
            raise UserError(
                f'The label column "{self.spec.label_column}" holds {found}; what is typical shows '
                "between two labels or more."
            )

    def known_label(self, label: str) -> str:
        """The label itself.

        Raises:
            UserError: the study has no such label.
        """
        if label not in self.labels:
            raise UserError(f'There is no label "{label}" (there is: {", ".join(self.labels)}).')
        return label

    def digest(self, name: str) -> str:
        """What a stage is asked: its own specs and, through its inputs, all that came before."""
        if name == "dataset":
            return self.dataset
        row = stage(name)
        own = {field: self._asked(field) for field in row.specs}
        return digest(name, own, {given: self.digest(given) for given in row.inputs})

    def _asked(self, field: str) -> Any:
        value = getattr(self.spec, field)
        if field == "denoiser":
            return value.identity()
        return dataclasses.asdict(value) if dataclasses.is_dataclass(value) else value  # type: ignore[arg-type]

    def asked(self, name: str) -> dict[str, Any]:
        """The specs that enter a stage's digest, as plain values."""
        return {field: self._asked(field) for field in stage(name).specs}

    def artifact(self, name: str) -> Artifact | None:
        """What a stage left behind, when it is done."""
        folder = self.layout.artifact(self.name, name, self.digest(name))
        return Artifact(folder) if folder.is_dir() else None

    def writer(self, name: str) -> ArtifactWriter:
        """Where a stage's records go."""
        return ArtifactWriter(self.layout.artifact(self.name, name, self.digest(name)))

    def state(self, name: str) -> State:
        """How far a stage is."""
        folder = self.layout.artifact(self.name, name, self.digest(name))
        return "done" if folder.is_dir() else "partial" if is_started(folder) else "missing"

    def status(self) -> list[StageStatus]:
        """One row a stage, in the order they run."""
        return [self._status(row) for row in STAGES]

    def _status(self, row: Stage) -> StageStatus:
        artifact, state = self.artifact(row.name), self.state(row.name)
        if artifact:
            facts = artifact.manifest
            tally = Tally(facts["shards"], facts["counts"], facts["seconds"])
            shards, content = tally.shards, facts["content"]
        else:
            tally, content = self.writer(row.name).tally(), None
            shards = len(self.shards(row))
        return StageStatus(
            row.name, state, self.digest(row.name), content, shards, tally.shards,
            tally.records, tally.failures, round(tally.seconds, 3),
        )  # fmt: skip

    def shards(self, row: Stage) -> list[Shard]:
        """The parts a stage's work is cut into: pictures in the table's order, or the labels."""
        if row.shard_by == "labels":
            return [Shard(number, (label,)) for number, label in enumerate(self.labels)]
        return [
            Shard(number, keys)
            for number, keys in enumerate(_groups([str(key) for key in self.pictures.index]))
        ]

    def inputs_for(self, row: Stage) -> Inputs:
        """What a stage's work is given.

        Raises:
            UserError: a stage it builds on is not done.
        """
        artifacts = {name: self._finished(name) for name in row.inputs}
        return Inputs(self.spec, self.pictures, self.labels, artifacts, self.settings)

    def run(self, name: str, workers: int = 1) -> StageRun:
        """The missing work of a stage, done as it is iterated over.

        Raises:
            UserError: a stage it builds on is not done, or there is nothing to compare.
        """
        from core.running import StageRun

        return StageRun(self, stage(name), workers)

    def _finished(self, name: str) -> Artifact:
        artifact = self.artifact(name)
        if artifact:
            return artifact
        if name == "dataset":
            raise UserError(f'The pictures of study "{self.name}" are not there any more; import it again.')
        command = f"python -m core run {self.name} --stage {name}"
        raise UserError(f'Stage "{name}" of study "{self.name}" is not done; run it first: {command}')


def _groups(keys: list[str]) -> Iterator[tuple[str, ...]]:
    """A few dozen shards, so that workers share the work evenly; more when they would grow too large."""
    size = min(SHARD_PICTURES, max(32, len(keys) // 24))
    for start in range(0, len(keys), size):
        yield tuple(keys[start : start + size])
