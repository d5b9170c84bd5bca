"""Damaged results, said plainly."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from pyarrow import ArrowException

from core.errors import UserError
from core.store.artifacts import Artifact

T = TypeVar("T")

UNREADABLE = (OSError, ValueError, LookupError, ArrowException)
"""What reading a damaged artifact raises."""


def reading(artifact: Artifact, read: Callable[[], T]) -> T:
    """What `read` gives.

    Raises:
        UserError: the artifact's files are not what they were when it was finished.
    """
    try:
        return read()
    except UNREADABLE as problem:
        raise UserError(
            f"The results in {artifact.folder} are damaged ({type(problem).__name__}): delete that folder "
            "and run the stage again."
        ) from problem
