"""Pictures a model drew of each label while it was trained, one folder of files a look."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

from core.store.disk import full_disk_explained, temporary
from core.store.layout import Layout, partial

FOLDER = "drawings"
"""Beside a training's logs, and later in its model's folder."""


@dataclass(frozen=True)
class Drawn:
    """What was drawn at one look."""

    step: int
    """Steps made before it."""
    labels: tuple[str, ...]
    pictures: tuple[bytes, ...]
    """A WebP file a label."""


def keep(folder: Path, drawn: Drawn) -> None:
    """Add a look to those of the training in `folder`, in place of one after as many steps."""
    place = folder / FOLDER / f"{drawn.step:07}"
    place.parent.mkdir(parents=True, exist_ok=True)
    draft = temporary(place)
    try:
        with full_disk_explained(folder):
            draft.mkdir()
            for number, picture in enumerate(drawn.pictures):
                (draft / f"{number}.webp").write_bytes(picture)
            (draft / "labels.json").write_text(json.dumps(drawn.labels), encoding="utf-8")
            shutil.rmtree(place, ignore_errors=True)
            draft.rename(place)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def steps(layout: Layout, model: str) -> list[int]:
    """After how many steps there was a look, of a training that runs or is over."""
    return sorted(int(place.name) for place in _folder(layout, model).glob("*[0-9]") if place.is_dir())


def read(layout: Layout, model: str, step: int) -> Drawn | None:
    """One look; None where it is damaged or just being replaced."""
    place = _folder(layout, model) / f"{step:07}"
    try:
        labels = json.loads((place / "labels.json").read_text(encoding="utf-8"))
        pictures = tuple((place / f"{number}.webp").read_bytes() for number in range(len(labels)))
    except (OSError, ValueError):
        return None
    return Drawn(step, tuple(map(str, labels)), pictures)


def _folder(layout: Layout, model: str) -> Path:
    whole = layout.model(model)
    return (whole if whole.is_dir() else partial(whole)) / FOLDER
