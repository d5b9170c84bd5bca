"""A study: what the user asked for, what of it exists, what is missing, and how to run it."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from core.config import Settings
from core.errors import UserError
from core.rows import Rows
from core.specs import StudySpec, digest
from core.stages import STAGES, Inputs, Shard, Stage, shards_of, stage
from core.status import StageStatus, State, status_of
from core.store import studies
from core.store.artifacts import Artifact
from core.store.layout import Layout
from core.store.writing import ArtifactWriter, is_started

if TYPE_CHECKING:
    from core.running import StageRun


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
        """Keep the study as it is now.

        Raises:
            UserError: this Typiscope only shows.
        """
        self.settings.refuse_if_read_only("Changing a study")
        file = studies.StudyFile(self.name, self.source, self.folder, self.dataset, self.spec)
        studies.save(self.layout, file)

    def with_spec(self, **changes: Any) -> Study:
        """The same study asked differently; not saved.

        Raises:
            UserError: a column the denoiser is now told of is not there, or there are fewer than two labels.
        """
        study = dataclasses.replace(self, spec=dataclasses.replace(self.spec, **changes))
        if study.spec.told != self.spec.told:
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
        """Readable pictures the denoiser can be told about (`Rows`), indexed by picture id.

        Columns: see `dataset/manifest.py`. All paths are absolute.

        Raises:
            UserError: the dataset has no such column.
        """
        return self._rows.all()

    def pictures_of(self, label: str, columns: tuple[str, ...] = ()) -> pd.DataFrame:
        """The rows of `pictures` of one label, of its columns those named (none: all); others stay unread."""
        return self._rows.among(self.spec.label_column, (label,), columns)

    def some_of(self, label: str, pictures: Sequence[str], columns: tuple[str, ...] = ()) -> pd.DataFrame:
        """The same of some of a label's pictures; of those that are not its own there is no row."""
        return self._rows.some_of(label, pictures, columns)

    def pictures_among(self, pictures: Sequence[str], columns: tuple[str, ...] = ()) -> pd.DataFrame:
        """The same of these ids, of any labels; slower."""
        return self._rows.among("picture", pictures, columns)

    def column(self, *names: str) -> pd.DataFrame:
        """Only these columns of `pictures`."""
        return self._rows.column(*names)

    @cached_property
    def _rows(self) -> Rows:
        return Rows(self.name, self.spec, Path(self.folder), self.finished("dataset"))

    @property
    def label_columns(self) -> tuple[str, ...]:
        """The names of the dataset's label columns, in the table's order."""
        return self._rows.label_columns

    @cached_property
    def sizes(self) -> dict[str, int]:
        """How many pictures each label has, sorted by label.

        Raises:
            UserError: the dataset has no such column.
        """
        return self._rows.sizes()

    @property
    def size(self) -> int:
        """How many pictures it has."""
        return sum(self.sizes.values())

    @property
    def labels(self) -> tuple[str, ...]:
        """All labels, sorted."""
        return tuple(self.sizes)

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
        """The label itself; a UserError where the study has no such label."""
        if label not in self.labels:
            raise UserError(f'There is no label "{label}" (there is: {", ".join(self.labels)}).')
        return label

    def digest(self, name: str) -> str:
        """What a stage is asked: its own specs and, through its inputs, all that came before."""
        if name not in self._digests:
            before = {given: self.digest(given) for given in stage(name).inputs}
            self._digests[name] = digest(name, self.asked(name), before)
        return self._digests[name]

    @cached_property
    def _digests(self) -> dict[str, str]:
        """Those known so far."""
        return {"dataset": self.dataset}

    def _folder(self, name: str) -> Path:
        return self.layout.artifact(self.name, name, self.digest(name))

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
        folder = self._folder(name)
        return Artifact(folder) if folder.is_dir() else None

    def writer(self, name: str) -> ArtifactWriter:
        """Where a stage's records go."""
        return ArtifactWriter(self._folder(name))

    def state(self, name: str) -> State:
        """How far a stage is."""
        folder = self._folder(name)
        return "done" if folder.is_dir() else "partial" if is_started(folder) else "missing"

    def status(self, everything: bool = False) -> list[StageStatus]:
        """One row a stage, in the order they run; `everything`: also those on demand that are not done."""
        shown = [row for row in STAGES if everything or not row.on_demand or self.state(row.name) == "done"]
        return [status_of(self, row) for row in shown]

    def shards(self, row: Stage) -> list[Shard]:
        """The parts a stage's work is cut into: pictures in the table's order, the labels, or one."""
        if row.shard_by == "study":
            return [Shard(0, (self.name,))]
        if row.shard_by == "labels":
            return [Shard(number, (label,)) for number, label in enumerate(self.labels)]
        return shards_of([str(key) for key in self.pictures.index])

    def inputs_for(self, row: Stage) -> Inputs:
        """What a stage's work is given.

        Raises:
            UserError: a stage it builds on is not done.
        """
        artifacts = {name: self.finished(name) for name in row.inputs}
        return Inputs(self.spec, self.pictures, self.labels, artifacts, self.settings)

    def run(self, name: str, workers: int = 1) -> StageRun:
        """The missing work of a stage, done as it is iterated over.

        Raises:
            UserError: a stage it builds on is not done, or there is nothing to compare.
        """
        from core.running import StageRun

        return StageRun(self, stage(name), workers)

    def finished(self, name: str) -> Artifact:
        """What a stage left behind; where it is not done, a UserError says how to get there."""
        artifact = self.artifact(name)
        if artifact:
            return artifact
        if name == "dataset":
            raise UserError(f'The pictures of study "{self.name}" are not there any more; import it again.')
        command = f"python -m core run {self.name} --stage {name}"
        raise UserError(f'Stage "{name}" of study "{self.name}" is not done; run it first: {command}')
