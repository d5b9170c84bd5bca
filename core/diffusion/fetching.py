"""Where a model's files lie: in a folder here, or in the Hugging Face hub's cache once they were fetched."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import huggingface_hub
from huggingface_hub import constants
from huggingface_hub.file_download import repo_folder_name
from huggingface_hub.utils.tqdm import disable_progress_bars

from core.errors import UserError
from core.megabytes import counted, megabytes

_FETCHED = (
    "config.json", "model*.safetensors*", "diffusion_pytorch_model*.safetensors*", "scheduler_config.json",
    "tokenizer.json", "tokenizer_config.json", "vocab.json", "merges.txt", "special_tokens_map.json",
    "added_tokens.json",
)  # fmt: skip
"""What is fetched of a part. On the hub a star reaches into folders too, so none may begin with one."""
_VARIANTS = ("*.fp16*", "*.non_ema*")
"""Second copies of the weights, which are not fetched."""
LOOK = 0.2
"""Seconds between two looks at how much has come."""


@dataclass(frozen=True)
class Source:
    """A folder or hub id, and which parts of it are wanted ("." for what lies at its top)."""

    name: str
    revision: str | None
    parts: tuple[str, ...]

    @property
    def is_here(self) -> bool:
        """Whether it is a folder of this machine.

        Raises:
            UserError: it looks like one, and there is none.
        """
        path = Path(self.name).expanduser()
        if path.is_dir():
            return True
        looks_like_one = path.is_absolute() or self.name.startswith((".", "~")) or self.name.count("/") != 1
        if looks_like_one or path.parent.is_dir():
            # What looks like a path is never asked of the hub, so that a typo stays on this machine.
            raise UserError(
                f'There is no model folder "{self.name}"; check the path, or give a hub id such as '
                '"owner/name".'
            )
        return False

    def folder(self, download: bool) -> Path:
        """Where it lies, fetched before if it must be.

        Raises:
            UserError: it is neither here nor to be had.
        """
        if self.is_here:
            return Path(self.name).expanduser()
        try:
            return Path(self._snapshot(local_files_only=not download))
        except Exception as problem:  # of many kinds: the client's own, and those of what it asks through
            late = "it did not answer in time; try again later, what is fetched stays"
            what = "check the id, the network and, for a gated model, your login"
            kind = type(problem).__name__
            raise UserError(
                f'The model "{self.name}" is neither a folder here nor to be had from the Hugging Face hub '
                f"({kind}); {late if 'Timeout' in kind else what}."
            ) from problem

    def missing(self) -> int:
        """Bytes that have to be fetched; 0 too where the hub cannot be asked, which `folder` will say."""
        if self.is_here:
            return 0
        try:
            return sum(file.file_size or 0 for file in self._snapshot(dry_run=True) if file.will_download)
        except Exception:  # of many kinds, as above
            return 0

    def bytes_here(self) -> int:
        """What has come of it so far, files that are not whole among it."""
        kept = Path(constants.HF_HUB_CACHE) / repo_folder_name(repo_id=self.name, repo_type="model") / "blobs"
        return sum(_size(file) for file in kept.glob("*"))

    def _snapshot(self, **options: Any) -> Any:
        patterns = [f"{part}/{name}" if part != "." else name for part in self.parts for name in _FETCHED]
        return huggingface_hub.snapshot_download(
            self.name,
            revision=self.revision,
            allow_patterns=patterns,
            ignore_patterns=list(_VARIANTS),
            **options,
        )


class Fetching:
    """What must come from the hub before a model can be asked; iterated to its end, it is here.

    Its length is in megabytes, and it yields the number of each that has come; 0 where nothing is missing.
    Stopped on the way, it goes on from there.

    Raises:
        UserError: on the way, where the hub does not have it or does not answer.
    """

    title = "Fetch the model"

    def __init__(self, sources: Sequence[Source]) -> None:
        self._missing = [(source, size) for source in sources if (size := source.missing())]

    def __len__(self) -> int:
        return megabytes(sum(size for _, size in self._missing))

    def __iter__(self) -> Iterator[int]:
        disable_progress_bars()  # whoever iterates shows how far it is
        return counted(self._come(), len(self))

    def _come(self) -> Iterator[int]:
        """Fetch it; bytes that have come so far."""
        done = 0
        for source, size in self._missing:
            before, errand = source.bytes_here(), _Errand(source)
            while errand.runs():
                yield done + min(source.bytes_here() - before, size)
            done += size
            yield done


class _Errand(threading.Thread):
    """The fetching itself. It ends with its process: who is stopped does not wait for it."""

    def __init__(self, source: Source) -> None:
        super().__init__(daemon=True)
        self._source = source
        self._problem: UserError | None = None
        self.start()

    def run(self) -> None:
        try:
            self._source.folder(download=True)
        except UserError as problem:
            self._problem = problem

    def runs(self) -> bool:
        """Whether it still does, after a moment; raises what went wrong."""
        self.join(LOOK)
        if self._problem:
            raise self._problem
        return self.is_alive()


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:  # it was just renamed
        return 0
