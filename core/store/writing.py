"""An artifact being written, by one process or several, however often they are killed."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.stages import Record
from core.store.disk import sync, temporary, write_json
from core.store.layout import PARTIAL, partial, shard_folder, shard_folders
from core.store.shards import ShardWriter
from core.store.whole import keep_whole


@dataclass(frozen=True)
class Tally:
    """What an artifact's finished shards hold together."""

    shards: int = 0
    counts: Mapping[str, int] = field(default_factory=dict)
    """Rows a table."""
    seconds: float = 0.0

    @property
    def failures(self) -> int:
        """Pictures that could not be used."""
        return self.counts.get("failures", 0)

    @property
    def records(self) -> int:
        """Everything else that was found."""
        return sum(self.counts.values()) - self.failures


class ArtifactWriter:
    """Fills `<digest>.partial` shard by shard; `finish` makes it `<digest>`.

    Any number of processes may write to one artifact: equal shards have equal bytes, the first
    rename wins and the others accept it.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.partial = partial(folder)
        """What it is filled in until it is whole."""

    @property
    def is_whole(self) -> bool:
        """Whether there is nothing left to do."""
        return self.folder.is_dir()

    def missing(self, numbers: Iterable[int]) -> list[int]:
        """Which of these shards nobody has finished."""
        if self.is_whole:
            return []
        return [number for number in numbers if not shard_folder(self.partial, number).is_dir()]

    def shard(self, number: int, of: str = "") -> ShardWriter:
        """Open one shard: `with writer.shard(3) as shard: shard.add(record)`; `of` tells what it is of."""
        return ShardWriter(self.partial, number, of)

    def write_shard(self, number: int, records: Iterable[Record]) -> None:
        """Write one shard from a stream of records."""
        with self.shard(number) as shard:
            for record in records:
                shard.add(record)

    def drop_failed(self) -> None:
        """Forget the unfinished artifact's shards that hold a failure, so that they are tried again."""
        for folder in shard_folders(self.partial):
            if (folder / "failures.parquet").exists():
                # Renamed first: a shard that exists is whole, also while it is being deleted.
                shutil.rmtree(folder.rename(folder.with_name(folder.name + ".dropped")))

    def drop_others(self, of: Mapping[int, str]) -> None:
        """Forget the unfinished artifact's shards that are of something else than these, by number: files
        were renamed since, or came in another order, and shards are numbered in the order of pictures."""
        for folder in shard_folders(self.partial):
            said = json.loads((folder / "shard.json").read_text()).get("of")
            if said and said != of.get(int(folder.name.removeprefix("shard-"))):
                shutil.rmtree(folder.rename(folder.with_name(folder.name + ".dropped")))

    def discard(self) -> None:
        """Forget the artifact, whole or not: it is about to be written anew."""
        for folder in (self.folder, self.partial):
            if folder.is_dir():
                shutil.rmtree(folder.rename(temporary(folder)))

    def tally(self) -> Tally:
        """Add up what is finished so far."""
        return tally(self.folder if self.is_whole else self.partial)

    def finish(self, manifest: Mapping[str, Any]) -> None:
        """Describe the artifact and make it whole. Asks for all shards to be there."""
        if not self.is_whole:
            self._complete(manifest)
        if self.is_whole:
            shutil.rmtree(self.partial, ignore_errors=True)
            for draft in self.folder.glob("*.tmp"):  # of whoever was killed at the very end
                draft.unlink(missing_ok=True)

    def _complete(self, manifest: Mapping[str, Any]) -> None:
        self.partial.mkdir(parents=True, exist_ok=True)
        try:
            for draft in self.partial.glob("shard-*.*"):
                shutil.rmtree(draft, ignore_errors=True)
            total = self.tally()
            keep_whole(self.partial, total.counts)
            facts = {"counts": dict(total.counts), "failures": total.failures, "shards": total.shards}
            times = {"seconds": round(total.seconds, 3), "content": content_digest(self.partial)}
            write_json(self.partial / "manifest.json", {**manifest, **facts, **times})
            self.partial.rename(self.folder)
            sync(self.folder.parent)
        except OSError:
            # Another process made it whole between two of these lines; its bytes are the same.
            if not self.is_whole:
                raise


def tally(artifact: Path) -> Tally:
    """Add up the finished shards of an artifact's folder, whole or not."""
    counts: Counter[str] = Counter()
    seconds, shards = 0.0, 0
    for folder in shard_folders(artifact):
        facts = json.loads((folder / "shard.json").read_text())
        counts.update(facts["counts"])
        seconds += facts["seconds"]
        shards += 1
    return Tally(shards, dict(sorted(counts.items())), seconds)


def content_digest(artifact: Path) -> str:
    """Sixteen hex digits of all tables and arrays: what was found, not when or how long it took."""
    sha = hashlib.sha256()
    for folder in shard_folders(artifact):
        for file in sorted([*folder.glob("*.parquet"), *folder.glob("*.npy")]):
            with file.open("rb") as stream:
                content = hashlib.file_digest(stream, "sha256").hexdigest()
            sha.update(f"{folder.name}/{file.name} {content}\n".encode())
    return sha.hexdigest()[:16]


def is_started(folder: Path) -> bool:
    """Whether somebody has begun this artifact and not finished it."""
    return not folder.is_dir() and folder.with_name(folder.name + PARTIAL).is_dir()
