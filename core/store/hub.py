"""Datasets of the Hugging Face hub, fetched under `cache/uploads/`: whole, or gone on with the next time."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import httpx2
from huggingface_hub import HfApi, hf_hub_download
from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

from core.config import Settings
from core.dataset.archives import Archive, root_of
from core.dataset.embedded import Embedded, holds_pictures
from core.dataset.pictures import SUFFIXES
from core.dataset.tables import SUFFIXES as TABLES
from core.errors import UserError
from core.store import studies
from core.store.disk import full_disk_explained
from core.store.layout import Layout, partial

_ID = re.compile(r"[\w.-]+/[\w.-]+")
_FAILED = (HfHubHTTPError, HFValidationError, LocalEntryNotFoundError, httpx2.HTTPError)


class HubDataset:
    """A dataset of the hub under a name; iterate to its end, one file at a time, and `folder` is there.

    Pictures, tables and zips are fetched, never code. Pictures that lie in zips or in Parquet tables are
    taken out. Stopped on the way, it goes on with the files that are still missing.

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
        return len(self._sizes)

    def __iter__(self) -> Iterator[str]:
        self._draft.mkdir(parents=True, exist_ok=True)
        with full_disk_explained(self._draft):
            for name in self._sizes:
                self._fetch(name)
                yield name
            self._take_out()
        shutil.rmtree(self._draft / ".cache", ignore_errors=True)  # what the library notes for itself
        shutil.rmtree(self._target, ignore_errors=True)
        self._draft.rename(self._target)

    @property
    def bytes(self) -> int:
        """What is fetched in all."""
        return sum(self._sizes.values())

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

    def _fetch(self, name: str) -> None:
        try:
            hf_hub_download(self.id, name, repo_type="dataset", revision=self._commit, local_dir=self._draft)
        except _FAILED as problem:
            raise self._not_had(problem) from problem

    def _not_had(self, problem: Exception) -> UserError:
        return UserError(
            f'The dataset "{self.id}" is not to be had from the Hugging Face hub ({type(problem).__name__}); '
            "check the id, the network and, for a gated dataset, your login. What was fetched is kept."
        )

    def _take_out(self) -> None:
        """Pictures out of zips and tables, whose files are then not needed any more."""
        for packed in sorted(self._draft.rglob("*.zip")):
            into = packed.with_suffix("")
            shutil.rmtree(into, ignore_errors=True)
            into.mkdir()
            for _ in Archive(packed, into):
                pass
            packed.unlink()
        tables = [table for table in sorted(self._draft.rglob("*.parquet")) if holds_pictures(table)]
        if tables:
            for _ in Embedded(tables, self._draft):
                pass
        for table in tables:
            table.unlink()


def _wanted(name: str) -> bool:
    path = PurePosixPath(name)
    inside = not path.is_absolute() and ".." not in path.parts and not name.startswith(".")
    return inside and path.suffix.lower() in {*SUFFIXES, *TABLES, ".zip"}
