"""Models under `cache/models/`: which there are, and a model by any of the names it goes by."""

from __future__ import annotations

import json
from collections.abc import Collection
from contextlib import suppress
from itertools import chain, count
from pathlib import Path

from core.errors import UserError
from core.gains import Gain
from core.specs import DenoiserSpec
from core.store import adapters
from core.store.layout import PARTIAL, Layout, partial

SIZE = 512
"""Pixels a side that Stable Diffusion 1.x knows."""


def names(layout: Layout) -> list[str]:
    """The models trained here, sorted."""
    files = [
        file
        for kind in ("model_index.json", adapters.FILE)
        for file in (layout.cache / "models").glob(f"*/{kind}")
    ]
    return sorted({file.parent.name for file in files if not file.parent.name.endswith(PARTIAL)})


def denoiser(layout: Layout, source: str) -> DenoiserSpec:
    """A model by the name it was trained under, by its folder, or by its hub id.

    Raises:
        UserError: it is none of these.
    """
    trained = layout.model(source) if source.replace("-", "").replace("_", "").isalnum() else None
    folder = next((path for path in (trained, Path(source)) if path and path.is_dir()), None)
    if folder is None and "/" not in source:
        raise UserError(
            f'There is no model "{source}" here; give a diffusers folder or a hub id "owner/name".'
        )
    return DenoiserSpec(source=str(folder.absolute()) if folder else source)


def called(layout: Layout, source: str) -> str:
    """What a training calls the model it goes on from: its name where it was trained here, so that the result
    can be moved with it, else its folder or hub id.

    Raises:
        UserError: there is no such model.
    """
    found = denoiser(layout, source).source
    return trained_here(layout, found) or found


def is_small(source: str) -> bool:
    """Whether a model was trained here from scratch, or goes on from one that was."""
    for _ in range(adapters.LONGEST):
        spec = training_notes(Path(source)).get("spec")
        if not isinstance(spec, dict):
            return False
        base = spec.get("base")
        if not base:
            return True
        beside = Path(source).absolute().parent / str(base)
        source = str(beside) if "/" not in str(base) else str(base)
    return False


def curves(layout: Layout, name: str) -> tuple[list[float], list[Gain]]:
    """Loss of every step so far, and what held-out pictures gained, of a training that runs or is over."""
    folder = layout.model(name)
    folder = folder if folder.is_dir() else partial(folder)
    losses = [row[1] for row in _numbers(folder / "loss.csv", 2)]
    return losses, [Gain(int(step), *rest) for step, *rest in _numbers(folder / "gain.csv", 3)]


def _numbers(path: Path, columns: int) -> list[list[float]]:
    """The rows of a log; a last one that is only half written is left out."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError):
        return []
    found = []
    for line in lines:
        parts = line.split(",")
        with suppress(ValueError):
            if len(parts) == columns:
                found.append([float(part) for part in parts])
    return found


def training_notes(folder: Path) -> dict[str, object]:
    """What a training wrote down beside the model it made; empty where nothing can be read."""
    try:
        notes = json.loads((folder / "training.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return notes if isinstance(notes, dict) else {}


def picture_size(source: str) -> int:
    """The short side, in pixels, of the pictures a model was trained on, as far as its folder tells."""
    folder = Path(source)
    spec = training_notes(folder).get("spec")
    if isinstance(spec, dict) and isinstance(size := spec.get("frame", {}).get("size"), int):
        return size
    folder = _whole(source)
    latent, blocks = _config(folder / "unet").get("sample_size"), _encoder_blocks(_config(folder / "vae"))
    return latent * 2 ** (blocks - 1) if isinstance(latent, int) and blocks else SIZE


def latent_pixel(source: str) -> int:
    """Pixels of a picture to one of its latent's, each way; Stable Diffusion's where nothing can be read."""
    blocks = _encoder_blocks(_config(_whole(source) / "vae"))
    return 2 ** (blocks - 1) if blocks else 8


def feature_width(source: str, up_block: int) -> int:
    """Numbers of a DIFT feature after an up-block; Stable Diffusion's where nothing can be read."""
    widths = _config(_whole(source) / "unet").get("block_out_channels")
    return int(widths[-1 - up_block]) if isinstance(widths, list) and len(widths) > up_block else 1280


def _whole(source: str) -> Path:
    """The folder of the whole model that lies under a source."""
    return Path(adapters.beneath(source)[0])


def _encoder_blocks(vae: dict[str, object]) -> int:
    """Each block of an autoencoder but the last halves the picture."""
    blocks = vae.get("encoder_block_out_channels", vae.get("block_out_channels"))
    return len(blocks) if isinstance(blocks, list) else 0


def _config(folder: Path) -> dict[str, object]:
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return config if isinstance(config, dict) else {}


def free_name(layout: Layout, name: str, taken: Collection[str] = ()) -> str:
    """The name itself, or with a number after it where there is a model of that name, or it is `taken`."""
    numbered = (f"{name[:60]}-{number}" for number in count(2))
    return next(
        one for one in chain((name,), numbered) if one not in taken and not layout.model(one).exists()
    )


def trained_here(layout: Layout, source: str) -> str | None:
    """The name of the model in that folder, if it was trained here."""
    folder = Path(source)
    return folder.name if folder.parent == (layout.cache / "models").absolute() else None
