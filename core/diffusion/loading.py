"""From a diffusers folder or hub id to its parts: safetensors only, no code from outside.

A folder is Stable-Diffusion-shaped: `unet`, `vae`, `text_encoder`, `tokenizer` and `scheduler`, each
with the config diffusers wrote. Autoencoder, text encoder and tokenizer may come from elsewhere (the
paper's authors swap the text encoder for StreetCLIP's). Or it holds an adapter: then its base is loaded and
the adapter added to it.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import diffusers
import transformers

from core.diffusion import adapter
from core.diffusion.fetching import Fetching, Source
from core.errors import UserError
from core.specs import DenoiserSpec
from core.store import adapters
from core.store.adapters import AdapterNotes

PARTS = ("unet", "vae", "text_encoder", "tokenizer", "scheduler")
_CLASSES = {
    "unet": {"UNet2DConditionModel"},
    "vae": {"AutoencoderKL", "AutoencoderTiny"},
}


@dataclass(frozen=True)
class Parts:
    """The loaded models of a denoiser, in float32 on the CPU, in evaluation mode."""

    unet: Any
    vae: Any
    text_encoder: Any
    tokenizer: Any
    scheduler: Any


def folders(spec: DenoiserSpec, download: bool = True) -> dict[str, Path]:
    """Where each part of the denoiser lies on this machine, fetched from the hub where it must be.

    Raises:
        UserError: a folder or id does not exist, is no such model, or holds only pickled weights.
    """
    spec, _ = _whole(spec)
    sources = _sources(spec)
    lies = {source: source.folder(download) for source in dict.fromkeys(sources.values())}
    found = {}
    for part, source in sources.items():
        folder = lies[source]
        if "." not in source.parts or (folder / part).is_dir():
            folder = folder / part
        if not folder.is_dir():
            raise UserError(
                f'"{spec.source}" has no folder "{part}", so it is no Stable-Diffusion-shaped model; '
                f"give a diffusers folder with {', '.join(PARTS)}."
            )
        _check(folder, part)
        found[part] = folder
    return found


def fetching(spec: DenoiserSpec) -> Fetching:
    """What of the denoiser is still with the hub.

    Raises:
        UserError: a folder does not exist.
    """
    return Fetching([*dict.fromkeys(_sources(_whole(spec)[0]).values())])


def _sources(spec: DenoiserSpec) -> dict[str, Source]:
    """Where each part comes from: the base, or what replaces it, as a part of a whole model or alone."""
    replaced = {"vae": spec.autoencoder, "text_encoder": spec.text_encoder, "tokenizer": spec.tokenizer}
    base = Source(spec.source, spec.revision, tuple(part for part in PARTS if not replaced.get(part)))
    return {
        part: Source(other, None, (part, ".")) if (other := replaced.get(part)) else base for part in PARTS
    }


def fingerprint(spec: DenoiserSpec, download: bool = True) -> str:
    """Twelve hex digits of everything that is loaded: weights, configs, vocabulary."""
    sha = hashlib.sha256()
    for part, folder in folders(spec, download).items():
        for file in _files(folder, part):
            sha.update(f"{part}/{file.name}".encode())
            with file.open("rb") as stream:
                sha.update(hashlib.file_digest(stream, "sha256").digest())
    for folder in _whole(spec)[1]:
        notes = adapters.read(folder)
        sha.update(f"adapter {notes.rank} {notes.alpha} {notes.modules} {notes.text_modules}".encode())
        sha.update(hashlib.sha256(_adapter_weights(folder).read_bytes()).digest())
    return sha.hexdigest()[:12]


def weight_bytes(spec: DenoiserSpec, download: bool = True) -> int:
    """Size of everything `load_parts` reads, in bytes."""
    files = [file for part, folder in folders(spec, download).items() for file in _files(folder, part)] + [
        _adapter_weights(folder) for folder in _whole(spec)[1]
    ]
    return sum(file.stat().st_size for file in files)


def load_parts(spec: DenoiserSpec, download: bool = True) -> Parts:
    """Load every part.

    Raises:
        UserError: as `folders`; also when a part's weights do not fit its config, or an adapter belongs to
            another base.
    """
    where = folders(spec, download)
    parts = Parts(
        unet=_load_weights(diffusers.UNet2DConditionModel, where["unet"]),
        vae=_load_autoencoder(where["vae"]),
        text_encoder=_load_weights(transformers.CLIPTextModel, where["text_encoder"]),
        tokenizer=_load(transformers.CLIPTokenizer, where["tokenizer"]),
        scheduler=_load(diffusers.DDPMScheduler, where["scheduler"]),
    )
    for folder in _whole(spec)[1]:
        notes = adapters.read(folder)
        _check_base(folder, notes, download)
        adapter.merged(parts, folder, notes)
    return parts


def _whole(spec: DenoiserSpec) -> tuple[DenoiserSpec, list[Path]]:
    """The spec with the whole model that lies under its adapters, and these, the lowest first."""
    source, found = adapters.beneath(spec.source)
    if not found:
        return spec, []
    own = next((own for folder in found[::-1] if (own := adapters.read(folder).autoencoder)), None)
    return replace(spec, source=source, autoencoder=spec.autoencoder or own), found


def _check_base(folder: Path, notes: AdapterNotes, download: bool) -> None:
    base = DenoiserSpec(adapters.base_of(folder, notes), autoencoder=notes.autoencoder or None)
    if (lies := fingerprint(base, download)) != notes.fingerprint:
        raise UserError(
            f'The adapter in "{folder}" belongs to another base than "{base.source}" as it is now (digest '
            f"{lies}, not {notes.fingerprint}); put the model it was trained on in that place, or train "
            "the adapter anew."
        )


def _adapter_weights(folder: Path) -> Path:
    file = folder / adapters.WEIGHTS
    if not file.is_file():
        raise UserError(
            f'The adapter in "{folder}" has no {adapters.WEIGHTS}; put it back, or train it anew.'
        )
    return file


def load_autoencoder(source: str, download: bool = True) -> Any:
    """An autoencoder alone: a folder or hub id of AutoencoderKL or AutoencoderTiny, or a whole model's `vae`.

    Raises:
        UserError: as `folders`.
    """
    folder = autoencoder_source(source).folder(download)
    folder = folder / "vae" if (folder / "vae").is_dir() else folder
    _check(folder, "vae")
    return _load_autoencoder(folder)


def autoencoder_source(source: str) -> Source:
    """Where an autoencoder alone, or a whole model's, comes from."""
    return Source(source, None, ("vae", "."))


def _load_autoencoder(folder: Path) -> Any:
    return _load_weights(getattr(diffusers, _config(folder)["_class_name"]), folder)


def _load_weights(cls: Any, folder: Path) -> Any:
    """A model in float32 whose every weight was read: the libraries fill gaps with random numbers."""
    model, found = _load(cls, folder, use_safetensors=True, output_loading_info=True)
    if found["missing_keys"]:
        first = min(found["missing_keys"])
        raise UserError(
            f'The weights in "{folder}" lack {len(found["missing_keys"])} of those a {cls.__name__} needs, '
            f'"{first}" among them; fetch them anew, or give a folder that holds this kind of model.'
        )
    return model.float().eval()


def _load(cls: Any, folder: Path, **options: Any) -> Any:
    try:
        return cls.from_pretrained(folder, local_files_only=True, **options)
    except Exception as problem:  # of many kinds: safetensors and tokenizers each raise their own
        reason = str(problem).strip().splitlines()[0] if str(problem).strip() else type(problem).__name__
        raise UserError(
            f'The model part in "{folder}" could not be loaded ({reason}); fetch it anew.'
        ) from problem


def _files(folder: Path, part: str) -> list[Path]:
    """The files of a part that loading reads: of several weight formats only the plain safetensors."""
    if part in ("tokenizer", "scheduler"):
        return sorted(file for file in folder.iterdir() if file.suffix in (".json", ".txt"))
    return [folder / "config.json", *_weights(folder)]


def _weights(folder: Path) -> list[Path]:
    """Weight files without a variant such as fp16: the whole, or its shards."""
    names = ("diffusion_pytorch_model", "model")
    whole = [folder / f"{name}.safetensors" for name in names if (folder / f"{name}.safetensors").is_file()]
    return whole or sorted(folder.glob("*-of-*.safetensors"))


def _check(folder: Path, part: str) -> None:
    if part == "tokenizer":
        _check_vocabulary(folder)
    if part in ("tokenizer", "scheduler"):
        return
    kind = _config(folder).get("_class_name", "")
    allowed = _CLASSES.get(part)
    if allowed and kind not in allowed:
        raise UserError(
            f'"{folder}" holds a {kind or "model of unknown kind"}, '
            f"where {' or '.join(sorted(allowed))} is needed: "
            "Typiscope works with Stable-Diffusion-shaped models (1.x, 2.x)."
        )
    if not _weights(folder):
        raise UserError(
            f'"{folder}" holds no weights as safetensors; pickled ones (*.bin, *.ckpt) can run foreign code '
            "and are never loaded, so use a version of the model saved as safetensors."
        )


def _check_vocabulary(folder: Path) -> None:
    """Without its files CLIPTokenizer knows two tokens, and all labels would read the same."""
    whole, pairs = ("tokenizer.json",), ("vocab.json", "merges.txt")
    if not any(all((folder / name).is_file() for name in names) for names in (whole, pairs)):
        raise UserError(
            f'"{folder}" holds no tokenizer (tokenizer.json, or vocab.json and merges.txt); fetch it anew.'
        )


def _config(folder: Path) -> dict[str, Any]:
    try:
        return dict(json.loads((folder / "config.json").read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as problem:
        raise UserError(
            f'"{folder}" has no readable config.json, so it is no diffusers model folder; '
            "save the model with save_pretrained and give that folder."
        ) from problem
