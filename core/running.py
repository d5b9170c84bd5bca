"""A stage being run: long work as an iterable with a length, by one process or several."""

from __future__ import annotations

import platform
from collections import Counter
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import metadata
from typing import Any

from core.errors import UserError
from core.stages import Inputs, Shard, Stage, Work
from core.store.studies import STORE_VERSION
from core.store.writing import ArtifactWriter
from core.study import Study

_LIBRARIES = (
    "torch",
    "diffusers",
    "transformers",
    "numpy",
    "scikit-learn",
    "umap-learn",
    "opencv-python-headless",
    "pillow",
)


@dataclass(frozen=True)
class Progress:
    """One picture (or label) is done; `reason` says why it could not be used, if so."""

    key: str
    reason: str | None = None


class StageRun:
    """What a stage still has to do. `len()` counts it, iterating does it, one `Progress` a picture.

    Leave the loop at any moment, or kill the process: what is finished stays, and the next run
    goes on from there to the same bytes.
    """

    def __init__(self, study: Study, stage: Stage, workers: int = 1) -> None:
        self.study = study
        self.stage = stage
        self.workers = workers
        self._writer = study.writer(stage.name)
        self._shards = study.shards(stage)
        study.check()
        if not self._writer.is_whole:
            self._check()

    def __len__(self) -> int:
        return sum(len(shard.keys) for shard in self._missing())

    def __iter__(self) -> Iterator[Progress]:
        if self._writer.is_whole:
            return
        started = now()
        self._writer.drop_others({shard.number: shard.name for shard in self._shards})
        try:
            with closing(self._work(self._missing())) as work:
                yield from self._until_too_many_fail(work)
        except TooManyFailedError:
            self._writer.drop_failed()
            raise
        self._writer.finish(self._manifest(started))

    def _check(self) -> None:
        self.study.inputs_for(self.stage)
        if self.stage.needs_model and not self.study.spec.denoiser.fingerprint:
            raise UserError(
                f'The denoiser of study "{self.study.name}" has not been looked at; start the run anew.'
            )

    def _missing(self) -> list[Shard]:
        numbers = set(self._writer.missing([shard.number for shard in self._shards]))
        return [shard for shard in self._shards if shard.number in numbers]

    def _work(self, shards: Sequence[Shard]) -> Generator[Progress, None, None]:
        if self.workers > 1 and len(shards) > 1:
            from core.workers import in_processes

            yield from in_processes(self.study, self.stage, shards, self.workers)
        else:
            yield from compute(self.study, self.stage, shards)

    def _until_too_many_fail(self, work: Iterator[Progress]) -> Iterator[Progress]:
        total = sum(len(shard.keys) for shard in self._shards)
        failed = self._writer.tally().failures
        reasons: Counter[str] = Counter()
        for progress in work:
            if progress.reason is not None:
                failed += 1
                reasons[progress.reason] += 1
            if failed > total / 2 and reasons:
                raise TooManyFailedError(self.stage.name, failed, total, reasons.most_common(1)[0][0])
            yield progress

    def _manifest(self, started: str) -> dict[str, Any]:
        study, name = self.study, self.stage.name
        return {
            "study": study.name,
            "stage": name,
            "digest": study.digest(name),
            "spec": study.asked(name),
            "inputs": {given: study.digest(given) for given in self.stage.inputs},
            **provenance(started),
        }


class TooManyFailedError(UserError):
    """More than half of the pictures could not be used: the fault is not in the pictures."""

    def __init__(self, stage: str, failed: int, total: int, reason: str) -> None:
        super().__init__(
            f'Stage "{stage}" stopped because {failed} of {total} pictures failed, most of them so: {reason}'
        )


def compute(study: Study, stage: Stage, shards: Sequence[Shard]) -> Generator[Progress, None, None]:
    """Do some of a stage's shards, one after another, in this process."""
    if not shards:
        return
    writer, inputs, work = study.writer(stage.name), study.inputs_for(stage), stage.resolve()
    for shard in shards:
        try:
            yield from _compute_shard(work, stage, inputs, shard, writer)
        except FileNotFoundError:
            # Another process made the artifact whole meanwhile, and the folder written to is no more.
            if not writer.is_whole:
                raise


def _compute_shard(
    work: Work, stage: Stage, inputs: Inputs, shard: Shard, writer: ArtifactWriter
) -> Iterator[Progress]:
    named = "picture" if stage.shard_by == "pictures" else "label"
    left = dict.fromkeys(shard.keys)
    with writer.shard(shard.number, shard.name) as opened:
        for record in work(inputs, shard):
            opened.add(record)
            key = record.row.get(named)
            if key in left:
                del left[key]
                yield Progress(key, record.row["reason"] if record.table == "failures" else None)
    # A picture without a record, one that screening dismissed say, is done as well.
    yield from map(Progress, left)


def provenance(started: str) -> dict[str, Any]:
    """When a result was made and by which versions; no digest knows of it."""
    versions = {"python": platform.python_version(), **{name: _version(name) for name in _LIBRARIES}}
    return {"started": started, "finished": now(), "versions": versions, "store_version": STORE_VERSION}


def _version(library: str) -> str | None:
    try:
        return metadata.version(library)
    except metadata.PackageNotFoundError:
        return None


def now() -> str:
    """The time, as manifests hold it."""
    return datetime.now(UTC).isoformat(timespec="seconds")
