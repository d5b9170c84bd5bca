"""Writing so that a file is either whole or not there, and saying it plainly when the disk is full."""

from __future__ import annotations

import errno
import json
import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from core.errors import UserError

_FULL = (errno.ENOSPC, errno.EDQUOT)


@contextmanager
def full_disk_explained(folder: Path) -> Iterator[None]:
    """Turn "no space left" into what the user can do about it.

    Raises:
        UserError: the disk of `folder` filled up inside the block.
    """
    try:
        yield
    except OSError as problem:
        if problem.errno not in _FULL:
            raise
        raise UserError(
            f"The disk of {folder} is full ({_free(folder)} free): everything finished is kept; "
            "make room and give the same command again, it goes on from there."
        ) from problem


@contextmanager
def unwritable_explained(path: Path) -> Iterator[None]:
    """Say plainly that a place somebody named cannot be written to.

    Raises:
        UserError: something could not be written inside the block.
    """
    try:
        yield
    except OSError as problem:
        raise UserError(f'"{path}" cannot be written ({problem.strerror or problem}).') from problem


def temporary(path: Path) -> Path:
    """A name beside `path` that no other process and no other thread uses at this time."""
    return path.with_name(f"{path.name}.{threading.get_native_id()}.tmp")


def write_bytes(path: Path, content: bytes, lasting: bool = True) -> None:
    """Put a whole file in place of whatever is there.

    Args:
        lasting: wait until it is on the disk itself; what can be made again at any time need not be.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = temporary(path)
    try:
        with full_disk_explained(path.parent):
            draft.write_bytes(content)
            if lasting:
                sync(draft)
            draft.replace(path)
            if lasting:
                sync(path.parent)
    finally:
        draft.unlink(missing_ok=True)


def write_json(path: Path, content: Any) -> None:
    """Put a whole JSON file in place of whatever is there."""
    write_bytes(path, (json.dumps(content, indent=2, ensure_ascii=False) + "\n").encode())


def sync(path: Path) -> None:
    """Wait until a file, or a folder's list of names, is on the disk itself."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _free(folder: Path) -> str:
    return f"{shutil.disk_usage(folder).free / 2**20:,.0f} MB"
