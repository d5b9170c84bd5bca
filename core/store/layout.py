"""Where everything lies under the cache folder."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from core.errors import UserError
from core.stages import STAGES

PARTIAL = ".partial"
"""Ending of an artifact's folder until it is whole."""

_OWN_FOLDERS = ("models", "demo_pictures", "public", "jobs", "uploads", "readings", "paces")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


@dataclass(frozen=True)
class Layout:
    """The map of one cache folder. It names paths and makes none of them."""

    cache: Path

    def study(self, name: str) -> Path:
        """The folder of one study.

        Raises:
            UserError: the name could not be a folder here.
        """
        _check_name(name, "study")
        if name in _OWN_FOLDERS:
            raise UserError(f'A study cannot be called "{name}": the cache has a folder of that name.')
        return self.cache / name

    def may_name(self, name: str) -> bool:
        """Whether a folder of that name could be a study: not somebody's copy of one, "mine.bak"."""
        return bool(_NAME.fullmatch(name)) and name not in _OWN_FOLDERS

    def study_file(self, name: str) -> Path:
        """What the user asked for, as JSON."""
        return self.study(name) / "study.json"

    def curation_file(self, study: str) -> Path:
        """What people changed about its clusters, as JSON."""
        return self.study(study) / "curation.json"

    def stage(self, study: str, stage: str) -> Path:
        """All artifacts of one stage; numbered, so that `ls` reads as the pipeline."""
        number = {row.name: row.number for row in STAGES}[stage]
        return self.study(study) / f"{number:02}_{stage}"

    @lru_cache(maxsize=1024)  # noqa: B019 (a few layouts a process, asked dozens of times a click)
    def artifact(self, study: str, stage: str, digest: str) -> Path:
        """One whole artifact."""
        return self.stage(study, stage) / digest

    def explained(self, study: str) -> Path:
        """Pictures that explain the method on one picture of a study."""
        return self.study(study) / "explained"

    def looks(self, study: str) -> Path:
        """Single pictures that were looked at under every label."""
        return self.study(study) / "looks"

    def look(self, study: str, picture: str, digest: str) -> Path:
        """What was found of one of them, a whole artifact."""
        return self.looks(study) / picture / digest

    def model(self, name: str) -> Path:
        """A denoiser trained here, a diffusers folder."""
        _check_name(name, "model")
        return self.cache / "models" / name

    def portable(self, path: str) -> str:
        """How a path is written down: what lies in the cache, relative to it, so that the cache can move."""
        inside = Path(path).is_absolute() and Path(path).is_relative_to(self.cache.absolute())
        return Path(path).relative_to(self.cache.absolute()).as_posix() if inside else path

    def resolved(self, path: str) -> str:
        """What `portable` wrote down, as a path again."""
        return str(self.cache.absolute() / path)

    @property
    def demo_pictures(self) -> Path:
        """The demo world as drawn."""
        return self.cache / "demo_pictures"

    @property
    def jobs(self) -> Path:
        """The queue and what its jobs said."""
        return self.cache / "jobs"

    def upload(self, name: str) -> Path:
        """A dataset uploaded under the name its study will have."""
        return self.cache / "uploads" / self.study(name).name

    @property
    def readings(self) -> Path:
        """What imports that were stopped have read so far."""
        return self.cache / "readings"

    @property
    def paces(self) -> Path:
        """How fast models are on this machine."""
        return self.cache / "paces"

    @property
    def public(self) -> Path:
        """Tiles, which a browser may fetch."""
        return self.cache / "public"

    def tile(self, study: str, kind: str, name: str) -> Path:
        """One small picture of a study, of a kind named in `tiles.KINDS`."""
        return self.public / self.study(study).name / kind / f"{name}.webp"


def partial(folder: Path) -> Path:
    """Where an artifact is put together until it is whole."""
    return folder.with_name(folder.name + PARTIAL)


def shard_folder(artifact: Path, number: int) -> Path:
    """One shard of an artifact; it exists only when whole."""
    return artifact / f"shard-{number:05}"


def shard_folders(artifact: Path) -> list[Path]:
    """All whole shards of an artifact, in order."""
    return sorted(folder for folder in artifact.glob("shard-*") if "." not in folder.name)


def _check_name(name: str, kind: str) -> None:
    if not _NAME.fullmatch(name):
        raise UserError(
            f'"{name}" cannot name a {kind}: use at most 64 letters, digits, "-" and "_", '
            "and begin with a letter or digit."
        )


def name_like(text: str) -> str:
    """A name a study could have, made of any words; empty where nothing of them could be in one."""
    return re.sub(r"[^A-Za-z0-9_-]+", "-", text).strip("-_")[:64]
