"""`study.json`: what the user asked for, and the list of all studies."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from core.errors import UserError
from core.specs import StudySpec
from core.store.disk import write_json
from core.store.layout import Layout

STORE_VERSION = 1
"""Raised when an older program could no longer read what is written."""

_MODEL_PATHS = ("source", "autoencoder", "text_encoder", "tokenizer")
"""Fields of `DenoiserSpec` that may name a folder."""


@dataclass(frozen=True)
class StudyFile:
    """The content of `study.json`."""

    name: str
    source: str
    """Where the pictures came from: a folder or a table."""
    folder: str
    """What the relative paths in the pictures table start from."""
    dataset: str
    """The fingerprint of the dataset's content: the name of its artifact."""
    spec: StudySpec
    store_version: int = STORE_VERSION


_FILE = TypeAdapter(StudyFile)


def save(layout: Layout, study: StudyFile) -> None:
    """Write `study.json`, whole, in place of the one before."""
    write_json(layout.study_file(study.name), dataclasses.asdict(_portable(layout, study)))


def load(layout: Layout, name: str) -> StudyFile:
    """Read `study.json`.

    Raises:
        UserError: there is no such study, its file is damaged, or a newer program wrote it.
    """
    path = layout.study_file(name)
    if not path.is_file():
        there = ", ".join(names(layout)) or "none yet; `python -m core import` makes one"
        raise UserError(f'There is no study "{name}" (there is: {there}).')
    content = _read(path)
    version = content.get("store_version")
    if isinstance(version, int) and version > STORE_VERSION:
        raise UserError(
            f"{path} was written by a newer version of this program (store version {version}, "
            f"this one reads up to {STORE_VERSION}); update the program."
        )
    try:
        file = _FILE.validate_python(content)
    except ValidationError as problem:
        first = problem.errors()[0]
        where = ".".join(str(step) for step in first["loc"])
        raise _damaged(path, f'"{where}": {first["msg"].lower()}') from problem
    return _resolved(layout, dataclasses.replace(file, name=name))


def names(layout: Layout) -> list[str]:
    """All studies, sorted."""
    found = (file.parent.name for file in layout.cache.glob("*/study.json"))
    return sorted(name for name in found if layout.may_name(name))


def _portable(layout: Layout, file: StudyFile) -> StudyFile:
    model = {part: path and layout.portable(path) for part, path in _model_paths(file).items()}
    source, folder = layout.portable(file.source), layout.portable(file.folder)
    return dataclasses.replace(file, source=source, folder=folder, spec=_with_model(file.spec, model))


def _resolved(layout: Layout, file: StudyFile) -> StudyFile:
    # A model may also be named by a hub id, which looks like a relative path.
    found = {part: path and layout.resolved(path) for part, path in _model_paths(file).items()}
    model = {part: path for part, path in found.items() if path and Path(path).is_dir()}
    source, folder = layout.resolved(file.source), layout.resolved(file.folder)
    return dataclasses.replace(file, source=source, folder=folder, spec=_with_model(file.spec, model))


def _model_paths(file: StudyFile) -> dict[str, str | None]:
    return {part: getattr(file.spec.denoiser, part) for part in _MODEL_PATHS}


def _with_model(spec: StudySpec, paths: Mapping[str, str | None]) -> StudySpec:
    return dataclasses.replace(spec, denoiser=dataclasses.replace(spec.denoiser, **paths))  # type: ignore[arg-type]


def _read(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as problem:  # also of bytes that are no text
        raise _damaged(path, str(problem)) from problem
    if not isinstance(content, dict):
        raise _damaged(path, "it holds no object")
    return content


def _damaged(path: Path, reason: str) -> UserError:
    return UserError(f"{path} is damaged ({reason}); restore it or import the study again.")
