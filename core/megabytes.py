"""Bytes told as whole megabytes, so that work in bytes has a length and a bar like any other."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

MEGABYTE = 1_000_000


def megabytes(size: int) -> int:
    """How many it takes to hold so many bytes."""
    return math.ceil(size / MEGABYTE)


def counted(totals: Iterable[int], length: int) -> Iterator[int]:
    """The number of each megabyte as it is reached, of `length` in all.

    Args:
        totals: bytes so far, again and again while the work is done. At their end all is reached.
    """
    told = 0
    for total in totals:
        reached = min(total // MEGABYTE, length)
        yield from range(told + 1, reached + 1)
        told = max(told, reached)
    yield from range(told + 1, length + 1)
