"""`curation.json`: what people changed about a study's clusters, label by label."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout
from pydantic import TypeAdapter, ValidationError

from core.config import Settings
from core.errors import UserError
from core.mining.curation import History, named_in, number_of
from core.store.disk import write_json
from core.store.layout import Layout

if TYPE_CHECKING:
    from core.study import Study

_PATIENCE = 10.0
"""Seconds to wait for somebody else who changes something just now."""


@dataclass(frozen=True)
class Curation:
    """The content of `curation.json`.

    Edits name clusters and patches, so they only mean something for the clusters they were made on: they are
    kept under the `content` of that artifact, and those of another one wait until it is back.
    """

    clusters: Mapping[str, Mapping[str, History]] = field(default_factory=dict)
    """By content of the clusters artifact, then by label."""

    def of(self, content: str, label: str) -> History:
        """The edits of one label's clusters; no edits where there are none."""
        return self.clusters.get(content, {}).get(label, History())

    def is_of_others(self, content: str) -> bool:
        """Whether there are edits, but none of this artifact."""
        return bool(self.clusters) and content not in self.clusters


_FILE = TypeAdapter(Curation)


def writable(settings: Settings) -> bool:
    """Whether people may change anything here."""
    return not getattr(settings, "read_only", False)


def load(layout: Layout, study: str) -> Curation:
    """What was changed so far; nothing where there is no file.

    Raises:
        UserError: the file is damaged.
    """
    path = layout.curation_file(study)
    try:
        found = _FILE.validate_python(json.loads(path.read_text(encoding="utf-8")))
        for history in (one for labels in found.clusters.values() for one in labels.values()):
            for cluster in (name for edit in history.edits for name in named_in(edit)):
                number_of(cluster)
        return found
    except FileNotFoundError:
        return Curation()
    except (ValueError, ValidationError) as problem:  # also of bytes that are no text
        raise UserError(
            f"{path} is damaged ({type(problem).__name__}): restore it, or delete it to see the clusters as "
            "they were computed."
        ) from problem


def change(study: Study, content: str, label: str, how: Callable[[History], History]) -> None:
    """Change the edits of one label's clusters and keep them.

    Raises:
        UserError: nothing may be written here, the file is damaged, or somebody else holds it.
    """
    if not writable(study.settings):
        raise UserError("This Typiscope is read-only: clusters cannot be changed here.")
    path = study.layout.curation_file(study.name)
    try:
        held = FileLock(path.with_suffix(".lock")).acquire(timeout=_PATIENCE)
    except Timeout as problem:
        raise UserError("Somebody else is changing clusters of this study: try again.") from problem
    with held:
        found = load(study.layout, study.name)
        labels = {**found.clusters.get(content, {}), label: how(found.of(content, label))}
        kept = Curation({**found.clusters, content: labels})
        write_json(path, dataclasses.asdict(kept))
