"""An adapter kept apart: a folder of a few megabytes that says which model it belongs to."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from core.errors import UserError
from core.store.disk import write_json

FILE = "adapter.json"
WEIGHTS = "pytorch_lora_weights.safetensors"
"""The name and the format diffusers' own `load_lora_weights` expects."""
LONGEST = 8
"""Adapters upon adapters; more are a circle."""


@dataclass(frozen=True)
class AdapterNotes:
    """What has to be known to put an adapter onto its base.

    `base` is the name of a model in the folder beside the adapter's, else a diffusers folder or a hub id;
    `fingerprint` the digest of everything that is loaded of it, with `autoencoder` in place of its own.
    Each of the linear layers named in `modules` (of the UNet) and `text_modules` (of the text encoder)
    gets `alpha / rank` times the product of two thin matrices added.
    """

    base: str
    fingerprint: str
    rank: int
    alpha: float
    modules: tuple[str, ...]
    text_modules: tuple[str, ...] = ()
    autoencoder: str = ""


_NOTES = TypeAdapter(AdapterNotes)


def is_adapter(folder: Path) -> bool:
    """Whether the folder holds an adapter and not a whole model."""
    return (folder / FILE).is_file()


def read(folder: Path) -> AdapterNotes:
    """What an adapter's folder says of it.

    Raises:
        UserError: nothing that can be used.
    """
    try:
        return _NOTES.validate_python(json.loads((folder / FILE).read_text(encoding="utf-8")))
    except (OSError, ValueError, ValidationError) as problem:
        raise UserError(
            f'"{folder / FILE}" cannot be read, so nobody knows what the adapter belongs to: '
            "put the file back, or train the adapter anew."
        ) from problem


def write(folder: Path, notes: AdapterNotes) -> None:
    """Write down what `read` reads."""
    write_json(folder / FILE, dataclasses.asdict(notes))


def base_of(folder: Path, notes: AdapterNotes) -> str:
    """Where the adapter's base is to be had: a folder of that name beside it, else what the notes say."""
    beside = folder.absolute().parent / notes.base
    return str(beside) if "/" not in notes.base and beside.is_dir() else notes.base


def beneath(source: str) -> tuple[str, list[Path]]:
    """The whole model under a source, and the adapters on it, the lowest first; none where it is no adapter.

    Raises:
        UserError: an adapter's notes cannot be read, or lead round in a circle.
    """
    found: list[Path] = []
    while is_adapter(folder := Path(source).expanduser()):
        if len(found) == LONGEST:
            raise UserError(f'The adapter in "{found[0]}" leads round in a circle; correct its {FILE}.')
        found.append(folder)
        source = base_of(folder, read(folder))
    return source, found[::-1]
