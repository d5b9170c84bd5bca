"""One picture of a study on its way through the noise and back: what explains the method to a newcomer."""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from core.errors import UserError
from core.store.disk import full_disk_explained, temporary
from core.store.layout import Layout

KINDS = ("noised", "restored", "told", "averaged")
"""The picture with noise of each t; what the denoiser makes of that without the label, and with it; and
the map over the picture after ever more noise samples."""


@dataclass(frozen=True)
class Explanation:
    """Everything the page shows, computed before. Losses are means over the latent and some noise samples."""

    file_name: str
    label: str
    prompt: str
    null: str
    t: Sequence[float]
    """Shares of the diffusion's length, rising; one frame of `noised`, `restored` and `told` for each."""
    loss: Sequence[float]
    """Without the label, at each t."""
    loss_told: Sequence[float]
    """With it."""
    samples: Sequence[int]
    """How many noise samples each frame of `averaged` is the mean of."""
    scale: float
    """The |T| at which the colours of `averaged` end."""
    frames: Mapping[str, Sequence[bytes]] = field(default_factory=dict)
    """WebP files by kind (`KINDS`)."""


def read(layout: Layout, study: str) -> Explanation | None:
    """What was written for a study; None where nothing was.

    Raises:
        UserError: its files are damaged.
    """
    folder = layout.explained(study)
    if not folder.is_dir():
        return None
    try:
        facts = json.loads((folder / "facts.json").read_text(encoding="utf-8"))
        steps = {kind: facts["samples" if kind == "averaged" else "t"] for kind in KINDS}
        frames = {kind: [_frame(folder, kind, i) for i in range(len(steps[kind]))] for kind in KINDS}
        return Explanation(**facts, frames=frames)
    except (OSError, ValueError, KeyError, TypeError) as problem:
        raise UserError(
            f"The pictures in {folder} are damaged ({type(problem).__name__}): "
            "make them again with python -m core demo explain."
        ) from problem


def write(layout: Layout, study: str, explained: Explanation) -> Path:
    """Put an explanation, whole, in place of the one before; returns its folder."""
    folder = layout.explained(study)
    draft = temporary(folder)
    facts = {name: value for name, value in asdict(explained).items() if name != "frames"}
    try:
        with full_disk_explained(layout.cache):
            shutil.rmtree(draft, ignore_errors=True)
            draft.mkdir(parents=True)
            for kind, frames in explained.frames.items():
                for number, content in enumerate(frames):
                    (draft / f"{kind}-{number:02}.webp").write_bytes(content)
            (draft / "facts.json").write_text(
                json.dumps(facts, ensure_ascii=False, indent=2), encoding="utf-8"
            )
            shutil.rmtree(folder, ignore_errors=True)
            draft.rename(folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return folder


def webp(pixels: NDArray[np.uint8], quality: int = 82) -> bytes:
    """A frame, (H, W, 3), as a file."""
    content = io.BytesIO()
    Image.fromarray(pixels).save(content, "WEBP", quality=quality)
    return content.getvalue()


def _frame(folder: Path, kind: str, number: int) -> bytes:
    return (folder / f"{kind}-{number:02}.webp").read_bytes()
