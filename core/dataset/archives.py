"""A zip file of pictures, unpacked without trusting it: checked whole before its first byte is written."""

from __future__ import annotations

import re
import shutil
import stat
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO

from core.errors import UserError

MAX_FILES = 200_000
MAX_BYTES = 20 << 30
"""Unpacked."""
MAX_RATIO = 100
"""Unpacked over packed: pictures, even uncompressed ones, are far below, a bomb is not."""
SMALL = 10 << 20
"""Bytes that fill no disk, whatever their ratio."""

_DRIVE = re.compile(r"[A-Za-z]:")
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError)


class Archive:
    """The files of a zip; iterate to unpack them into a folder, one name at a time.

    Args:
        source: the zip, as a file or an open one.
        into: an empty folder.

    Raises:
        UserError: it is no zip, or one of its entries climbs out, is a link or encrypted, comes twice or in
            another's way, or there are too many, or they would unpack to too much; nothing is written then.
    """

    def __init__(self, source: Path | IO[bytes], into: Path) -> None:
        try:
            self._zip = zipfile.ZipFile(source)
            entries = self._zip.infolist()
        except _BROKEN as problem:
            raise UserError("This is no zip file that can be read: make it anew.") from problem
        if len(entries) > MAX_FILES:
            raise UserError(f"The zip holds {len(entries):,} entries, more than {MAX_FILES:,}: split it.")
        for entry in entries:
            _refuse_odd(entry)
        self._entries = [entry for entry in entries if not entry.is_dir() and not _is_litter(entry.filename)]
        _refuse_clashes([entry.filename for entry in self._entries])
        _refuse_bomb(self._entries, shutil.disk_usage(into).free)
        self._into = into

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[str]:
        for entry in self._entries:
            try:
                self._unpack(entry)
            except _BROKEN as problem:
                reason = str(problem).strip().rstrip(".") or type(problem).__name__
                raise UserError(
                    f'The zip is damaged at "{entry.filename}" ({reason}): make it anew; nothing is kept.'
                ) from problem
            yield entry.filename

    def _unpack(self, entry: zipfile.ZipInfo) -> None:
        target = self._into.joinpath(*PurePosixPath(entry.filename).parts)
        target.parent.mkdir(parents=True, exist_ok=True)
        # No more is read than the entry says it holds, and what it holds was added up before.
        with self._zip.open(entry) as packed, target.open("xb") as file:
            shutil.copyfileobj(packed, file, 1 << 20)


def root_of(folder: Path) -> Path:
    """Where the dataset begins: within the one folder that zips of a folder hold, if it holds the labels."""
    inside = list(folder.iterdir())
    if len(inside) == 1 and inside[0].is_dir() and any(_tells_labels(child) for child in inside[0].iterdir()):
        return root_of(inside[0])
    return folder


def _tells_labels(child: Path) -> bool:
    return child.is_dir() or child.suffix.lower() in (".csv", ".json", ".jsonl", ".parquet")


def _refuse_odd(entry: zipfile.ZipInfo) -> None:
    name, kind = entry.filename, stat.S_IFMT(entry.external_attr >> 16)
    parts = name.replace("\\", "/").split("/")
    if ".." in parts or parts[0] == "" or _DRIVE.match(name) or "\\" in name or "\0" in entry.orig_filename:
        raise UserError(f'The zip holds "{name}", a name that leads out of its folder; nothing is kept.')
    if kind and kind not in (stat.S_IFREG, stat.S_IFDIR):
        raise UserError(f'The zip holds "{name}", which is a link or no plain file; put the file itself in.')
    if entry.flag_bits & 1:
        raise UserError("The zip is encrypted: make one without a password.")


def _is_litter(name: str) -> bool:
    """What a Mac adds to every zip, and hidden files."""
    return any(part == "__MACOSX" or part.startswith(".") for part in PurePosixPath(name).parts)


def _refuse_clashes(names: list[str]) -> None:
    seen: set[PurePosixPath] = set()
    for name in map(PurePosixPath, names):
        if name in seen:
            raise UserError(f'The zip holds two files called "{name}", and nothing tells which one counts.')
        seen.add(name)
    for name in seen:
        if blocked := next((above for above in name.parents if above in seen), None):
            raise UserError(f'The zip holds "{blocked}" both as a file and as a folder: rename one of them.')


def _refuse_bomb(entries: list[zipfile.ZipInfo], free: int) -> None:
    unpacked, packed = sum(e.file_size for e in entries), sum(e.compress_size for e in entries)
    if unpacked > SMALL and unpacked > MAX_RATIO * packed:
        raise UserError(
            f"The zip would grow {unpacked // max(packed, 1):,} times when unpacked, as no pictures do: "
            "it is not unpacked."
        )
    if unpacked > MAX_BYTES:
        raise UserError(
            f"The zip would unpack to {unpacked / 2**30:,.0f} GB, more than {MAX_BYTES >> 30} GB: unpack it "
            "yourself and give the folder."
        )
    if unpacked > free:
        raise UserError(
            f"The zip would unpack to {unpacked / 2**20:,.0f} MB and only {free / 2**20:,.0f} MB of the disk "
            "are free: make room first."
        )
