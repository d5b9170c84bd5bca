"""Datasets in the formats experts mark pictures in: what is in a picture, and where.

One picture may show several things. It is listed once for each: a row a (picture, finding), whose boxes are
those of that finding alone. `Reading` still reads its bytes once.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from core.dataset.marked import coco, nih, vindr, voc
from core.dataset.marked.pairs import Marked

__all__ = ["Marked", "listing"]

_FORMATS: tuple[Callable[[Path], Marked | None], ...] = (
    nih.listing,
    vindr.listing,
    coco.listing,
    voc.listing,
)


def listing(place: Path) -> Marked | None:
    """What is listed at a folder or in a file; None where it is in none of these formats.

    Raises:
        UserError: it is in one of them and cannot be used.
    """
    return next((found for read in _FORMATS if (found := read(place))), None)
