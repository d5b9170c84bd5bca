"""Datasets of the Hugging Face hub, fetched under `cache/uploads/`: whole, or gone on with the next time."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable, Iterator, Sized
from functools import partial as bound
from itertools import chain
from pathlib import Path, PurePosixPath
from typing import Protocol

import httpx2
from huggingface_hub import HfApi, hf_hub_download
from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError
from huggingface_hub.utils.tqdm import tqdm

from core.config import Settings
from core.dataset.archives import Archive, root_of
from core.dataset.embedded import Embedded, holds_pictures
from core.dataset.pictures import SUFFIXES
from core.dataset.tables import SUFFIXES as TABLES
from core.errors import UserError
from core.megabytes import counted, megabytes
from core.store import studies
from core.store.arriving import arriving
from core.store.disk import full_disk_explained
from core.store.layout import PARTIAL, Layout, partial

_ID = re.compile(r"[\w.-]+/[\w.-]+")
PACKED = (".zip", ".parquet")
_FAILED = (HfHubHTTPError, HFValidationError, LocalEntryNotFoundError, httpx2.HTTPError)


class HubDataset:
    """A dataset of the hub under a name; iterate to its end, a megabyte at a time, and `folder` is there.

    Pictures, tables and zips are fetched, never code. Pictures that lie in zips or in Parquet tables are
    taken out, and the megabytes of these count a second time as that is done. Stopped on the way, it goes on
    where it was.

    Args:
        name: what the study of it will be called.
        address: "owner/name", or `hf://datasets/owner/name`.

    Raises:
        UserError: this Typiscope only shows or downloads nothing, the name cannot be used, the hub does not
            answer or has no such dataset, or that holds no pictures; what was fetched before is kept.
    """

    def __init__(self, name: str, address: str, settings: Settings) -> None:
        settings.refuse_if_read_only("Fetching a dataset")
        self.id = address.removeprefix("hf://").removeprefix("datasets/").strip("/")
        if not _ID.fullmatch(self.id):
            raise UserError(f'"{address}" is no dataset of the hub: give its "owner/name".')
        if not settings.download:
            raise UserError(f'"{self.id}" is not fetched: downloads are switched off (TYPISCOPE_DOWNLOAD).')
        layout = Layout(settings.cache)
        if name in studies.names(layout):
            raise UserError(f'There is a study "{name}" already; choose another name.')
        self._target = layout.upload(name)
        self._draft = partial(self._target)
        self._commit, self._sizes = self._listed()

    def __len__(self) -> int:
        return megabytes(self.bytes + self._packed)

    def __iter__(self) -> Iterator[int]:
        self._draft.mkdir(parents=True, exist_ok=True)
        with full_disk_explained(self._draft):
            yield from counted(chain(self._come(), self._taken_out()), len(self))
        shutil.rmtree(self._draft / ".cache", ignore_errors=True)  # what the library notes for itself
        shutil.rmtree(self._target, ignore_errors=True)
        self._draft.rename(self._target)

    @property
    def files(self) -> int:
        """How many are fetched."""
        return len(self._sizes)

    @property
    def bytes(self) -> int:
        """What is fetched in all."""
        return sum(self._sizes.values())

    @property
    def _packed(self) -> int:
        """Bytes of the files that may hold pictures."""
        return sum(size for name, size in self._sizes.items() if PurePosixPath(name).suffix.lower() in PACKED)

    @property
    def folder(self) -> Path:
        """Where its dataset begins."""
        return root_of(self._target)

    def _listed(self) -> tuple[str, dict[str, int]]:
        """The commit that is fetched, and its files with their sizes."""
        try:
            info = HfApi().dataset_info(self.id, files_metadata=True)
        except _FAILED as problem:
            raise self._not_had(problem) from problem
        files = {one.rfilename: one.size or 0 for one in info.siblings or [] if _wanted(one.rfilename)}
        if not files:
            raise UserError(
                f'The dataset "{self.id}" is of another kind: no pictures in it, nor zips or tables of them.'
            )
        return str(info.sha), dict(sorted(files.items()))

    def _come(self) -> Iterator[int]:
        """Fetch what is missing; bytes that are here so far."""
        before = 0
        for name, size in self._sizes.items():
            try:
                for come in arriving(bound(self._get, name)):
                    yield before + min(come, size)
            except _FAILED as problem:
                raise self._not_had(problem) from problem
            before += size
            yield before

    def _get(self, name: str, bar: type[tqdm]) -> None:
        hf_hub_download(
            self.id, name, repo_type="dataset", revision=self._commit, local_dir=self._draft, tqdm_class=bar
        )

    def _not_had(self, problem: Exception) -> UserError:
        return UserError(
            f'The dataset "{self.id}" is not to be had from the Hugging Face hub ({type(problem).__name__}); '
            "check the id, the network and, for a gated dataset, your login. What was fetched is kept."
        )

    def _taken_out(self) -> Iterator[int]:
        """Take pictures out of zips and tables, which then go; bytes fetched and taken out so far."""
        before = self.bytes
        for packed in sorted(self._draft.rglob("*.zip")):
            into, size = packed.with_suffix(PARTIAL), packed.stat().st_size
            shutil.rmtree(into, ignore_errors=True)
            into.mkdir()
            yield from _shares(Archive(packed, into), before, size)
            # A folder of the zip's name may be there already, with pictures of its own.
            shutil.copytree(into, packed.with_suffix(""), dirs_exist_ok=True)
            shutil.rmtree(into)
            packed.unlink()
            before += size
        tables = [table for table in sorted(self._draft.rglob("*.parquet")) if holds_pictures(table)]
        if tables:
            yield from _shares(Embedded(tables, self._draft), before, sum(map(_size, tables)))
        for table in tables:
            table.unlink()


class _Work(Sized, Iterable[object], Protocol):
    """Files, one after the other."""


def _shares(work: _Work, before: int, size: int) -> Iterator[int]:
    """Do the work; `before` and its share of `size` after each of its files."""
    for done, _ in enumerate(work, start=1):
        yield before + size * done // len(work)


def _size(file: Path) -> int:
    return file.stat().st_size


def _wanted(name: str) -> bool:
    path = PurePosixPath(name)
    inside = not path.is_absolute() and ".." not in path.parts and not name.startswith(".")
    return inside and path.suffix.lower() in {*SUFFIXES, *TABLES, ".zip"}
