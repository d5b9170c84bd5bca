"""How far each stage of a study is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from core.stages import Stage
from core.store.reading import reading
from core.store.writing import Tally

if TYPE_CHECKING:
    from core.study import Study

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
    on_demand: bool
    """Runs only when asked for; a study without it is not unfinished."""


def status_of(study: Study, row: Stage) -> StageStatus:
    """One stage of a study, looked up on the disk."""
    artifact, state = study.artifact(row.name), study.state(row.name)
    if artifact:
        tally, content = reading(artifact, lambda: _finished(artifact.manifest))
        shards = tally.shards
    else:
        tally, content = study.writer(row.name).tally(), None
        shards = len(study.shards(row))
    return StageStatus(
        row.name, state, study.digest(row.name), content, shards, tally.shards,
        tally.records, tally.failures, round(tally.seconds, 3), row.on_demand,
    )  # fmt: skip


def _finished(facts: dict[str, Any]) -> tuple[Tally, str]:
    """What a manifest says was done, and the digest of its content."""
    return Tally(facts["shards"], facts["counts"], facts["seconds"]), facts["content"]
