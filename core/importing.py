"""A dataset being read into a study: every picture once, as an iterable with a length."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
from filelock import FileLock

from core.config import Settings
from core.dataset.importers import Found, Reading, find
from core.dataset.manifest import fingerprint
from core.dataset.slices import is_medical
from core.errors import UserError
from core.running import Progress, now, provenance
from core.specs import SliceSpec, StudySpec
from core.stages import SHARD_PICTURES, Record
from core.store import studies
from core.store.layout import Layout
from core.store.readings import Readings
from core.store.writing import ArtifactWriter
from core.study import Study

_REMARK = "is kept"
"""How the reason of a failure begins that cost a picture's box or mask, not the picture."""


class Import:
    """Reads the pictures of a source; when iterated to its end, `study` is there and saved.

    With `spec.label_column` empty the source's only label column is taken. A study imported again
    from the same source takes up what changed there. Stopped on the way, it goes on the next time.

    Raises:
        UserError: the source cannot be used, has no such label column, or the name is taken by a
            study of another source, or this Typiscope only shows.
    """

    study: Study

    def __init__(self, name: str, source: str, spec: StudySpec, settings: Settings) -> None:
        settings.refuse_if_read_only("Importing pictures")
        layout = Layout(settings.cache)
        layout.study(name)
        self._found = _find(source, spec.label_column, spec.slices)
        _refuse_taken(layout, name, self._found.source)
        column = spec.label_column or _only_column(self._found)
        self._name, self._settings = name, settings
        self._spec = dataclasses.replace(spec, label_column=column)

    def __len__(self) -> int:
        return len(self._found)

    def __iter__(self) -> Iterator[Progress]:
        started = now()
        records: list[Record] = []
        known = Readings(Layout(self._settings.cache), self._found.source)
        for record in Reading(self._found, known):
            records.append(record)
            reason = record.row["reason"] if record.table == "failures" else None
            if reason is None or not reason.startswith(_REMARK):
                yield Progress(record.row["picture"], reason)
        known.forget()
        self._refuse_useless(records)
        self.study = self._keep(records, started)

    def _refuse_useless(self, records: list[Record]) -> None:
        reasons = Counter(record.row["reason"] for record in records if record.table == "failures")
        failed = sum(count for reason, count in reasons.items() if not reason.startswith(_REMARK))
        if 2 * failed > len(self):
            most = reasons.most_common(1)[0][0]
            raise UserError(f"{failed} of {len(self)} pictures cannot be used, most of them so: {most}")

    def _keep(self, records: list[Record], started: str) -> Study:
        source, folder = self._found.source, _folder(self._found)
        pictures = pd.DataFrame([record.row for record in records if record.table == "pictures"])
        content = fingerprint(pictures, self._found.elements)
        study = Study(self._name, str(source), str(folder), content, self._spec, self._settings)
        medical = any(is_medical(record.row["path"]) for record in records if record.table == "pictures")
        facts = {
            "study": study.name, "stage": "dataset", "digest": content, "spec": {}, "inputs": {},
            "medical": medical,
        }  # fmt: skip
        portable = [_portable(record, folder) for record in records]
        lock = study.layout.study_file(study.name).with_suffix(".lock")
        lock.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(lock):  # of two imports of one study the second writes after the first, not into it
            _write(study.writer("dataset"), portable, self._elements(), {**facts, **provenance(started)})
            self._check(study)
            study.save()
        return study

    def _check(self, study: Study) -> None:
        """There is something to compare; where there is not, nothing is left of a new study."""
        try:
            study.check()
        except UserError:
            if self._name not in studies.names(study.layout):
                study.writer("dataset").discard()
            raise

    def _elements(self) -> list[Record]:
        elements = self._found.elements
        rows = [] if elements is None else elements.to_dict(orient="records")
        return [Record("elements", {str(key): value for key, value in row.items()}) for row in rows]


def _find(source: str, column: str, slices: SliceSpec | None) -> Found:
    found = find(source, slices=slices)
    if not column or column in found.label_columns:
        return found
    # Asked for by name, however unlikely a label column.
    return find(source, (*found.label_columns, column), slices)


def _only_column(found: Found) -> str:
    if len(found.label_columns) > 1:
        there = ", ".join(found.label_columns)
        raise UserError(f"The dataset has several label columns ({there}): choose one with --label-column.")
    return found.label_columns[0]


def _refuse_taken(layout: Layout, name: str, source: Path) -> None:
    if name not in studies.names(layout):
        return
    there = studies.load(layout, name)
    if there.source != str(source):
        raise UserError(f'There is a study "{name}" already, of {there.source}; choose another name.')


def _folder(found: Found) -> Path:
    return found.source if found.source.is_dir() else found.source.parent


def _portable(record: Record, folder: Path) -> Record:
    """Paths relative to the dataset's folder, so that it can be moved, or shipped."""
    paths = {key: record.row[key] for key in ("path", "mask") if record.row.get(key)}
    inside = {key: Path(path) for key, path in paths.items() if Path(path).is_relative_to(folder)}
    relative = {key: path.relative_to(folder).as_posix() for key, path in inside.items()}
    return dataclasses.replace(record, row={**record.row, **relative})


def _write(
    writer: ArtifactWriter, records: list[Record], elements: list[Record], facts: dict[str, Any]
) -> None:
    """Always anew: other pictures may have failed, and files been renamed, since the last import."""
    writer.discard()
    for number, start in enumerate(range(0, len(records), SHARD_PICTURES)):
        part = records[start : start + SHARD_PICTURES]
        writer.write_shard(number, part if number else [*part, *elements])
    writer.finish(facts)
