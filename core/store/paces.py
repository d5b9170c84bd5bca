"""How fast models are on this machine: `cache/paces/<name>.json`, a small file for each that was tried."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from core.store.disk import write_json
from core.store.layout import Layout


class Pace(NamedTuple):
    """When it was measured, and the seconds one takes. The later is the larger."""

    finished: str
    """ISO 8601, UTC."""
    seconds: float


def read(layout: Layout, name: str) -> Pace | None:
    """What was measured; None where nothing was, or nothing that can be read."""
    with suppress(OSError, ValueError, TypeError, KeyError):
        facts = json.loads((layout.paces / f"{name}.json").read_text(encoding="utf-8"))
        return Pace(str(facts["finished"]), float(facts["seconds"]))
    return None


def write(layout: Layout, name: str, pace: Pace) -> None:
    """Keep what was measured, in place of what was before."""
    write_json(layout.paces / f"{name}.json", pace._asdict())


@contextmanager
def scratch(layout: Layout) -> Iterator[Path]:
    """A folder for what is only tried: empty at first, and gone afterwards."""
    folder = layout.paces / "scratch"
    shutil.rmtree(folder, ignore_errors=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
