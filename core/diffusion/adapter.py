"""LoRA: thin matrices beside a model's attention, learned in its place (Hu et al., 2022), through peft.

A layer W becomes W + alpha / rank * B A; only A and B are learned, a hundredth of the weights. The
adapter is kept apart and added to its base in memory when it is loaded, so that what asks the denoiser
never knows there was one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from diffusers import StableDiffusionPipeline
from peft import LoraConfig, inject_adapter_in_model
from peft.tuners.tuners_utils import BaseTunerLayer
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import nn

from core.errors import UserError
from core.store import adapters
from core.store.adapters import AdapterNotes

if TYPE_CHECKING:
    from core.diffusion.loading import Parts

TEXT_MODULES = ("q_proj", "k_proj", "v_proj", "out_proj")
"""A text encoder's attention, by CLIP's names."""
_NAME = "default"
"""peft's name of the only adapter a model has."""


def inject(parts: Parts, notes: AdapterNotes) -> dict[str, nn.Module]:
    """Put fresh adapters into the models, in place; of these models only the adapters can be learned.

    They begin as nothing (B = 0); A is drawn from torch's generator.

    Returns:
        The models that got one, by the names their weights have in the adapter's file.

    Raises:
        UserError: a model has no layer of the names in the notes.
    """
    changed = {"unet": parts.unet}
    _inject(parts.unet, notes, notes.modules)
    if notes.text_modules:
        changed["text_encoder"] = parts.text_encoder
        _inject(parts.text_encoder, notes, notes.text_modules)
    return changed


def _inject(model: nn.Module, notes: AdapterNotes, modules: Iterable[str]) -> None:
    config = LoraConfig(r=notes.rank, lora_alpha=notes.alpha, target_modules=list(modules))  # type: ignore[arg-type]
    try:
        inject_adapter_in_model(config, model, _NAME)
    except ValueError as problem:
        raise UserError(
            f"The {type(model).__name__} has no layer called {', '.join(modules)}, so no adapter can be put "
            "there; choose other modules, or another base."
        ) from problem


def merge(model: nn.Module) -> None:
    """Add an injected adapter to the weights it stands beside and take it out again, in place."""
    for name, layer in list(model.named_modules()):
        if isinstance(layer, BaseTunerLayer):
            layer.merge()
            model.set_submodule(name, layer.get_base_layer())
    if hasattr(model, "peft_config"):
        del model.peft_config


def save(folder: Path, weights: Mapping[str, torch.Tensor], notes: AdapterNotes) -> None:
    """Write an adapter kept apart: its weights in float16, and what it belongs to.

    Args:
        folder: made where it is not there.
        weights: by the names `inject`ed parameters have, after "unet." or "text_encoder.".
        notes: what they belong to.
    """
    layers: dict[str, dict[str, torch.Tensor]] = {"unet": {}, "text_encoder": {}}
    for name, value in weights.items():
        model, rest = name.split(".", 1)
        layers[model][_without_name(rest)] = value.detach().cpu().half().contiguous()
    about = {
        f"{model}_lora_adapter_metadata": {
            "r": notes.rank, "lora_alpha": notes.alpha, "target_modules": list(modules)
        }
        for model, modules in (("unet", notes.modules), ("text_encoder", notes.text_modules))
    }  # fmt: skip
    StableDiffusionPipeline.save_lora_weights(
        folder, layers["unet"], layers["text_encoder"], weight_name=adapters.WEIGHTS, **about
    )
    adapters.write(folder, notes)


def merged(parts: Parts, folder: Path, notes: AdapterNotes) -> None:
    """Add the adapter in `folder` to the weights of `parts`, in place.

    Raises:
        UserError: its weights cannot be read, or fit another model.
    """
    weights = _read(folder)
    own: dict[str, nn.Parameter] = {}
    for model, module in inject(parts, notes).items():
        own |= {
            f"{model}.{_without_name(name)}": value
            for name, value in module.named_parameters()
            if value.requires_grad
        }
    if {name: value.shape for name, value in own.items()} != {n: v.shape for n, v in weights.items()}:
        raise UserError(
            f'The adapter in "{folder}" belongs to another model than "{notes.base}": its matrices do not '
            "fit there; put its own base in that place, or train the adapter anew."
        )
    with torch.no_grad():
        for name, value in weights.items():
            own[name].copy_(value)
    for model in (parts.unet, parts.text_encoder):
        merge(model)


def _without_name(parameter: str) -> str:
    return parameter.replace(f".{_NAME}.", ".")


def _read(folder: Path) -> dict[str, Any]:
    try:
        return dict(load_file(folder / adapters.WEIGHTS))
    except (OSError, SafetensorError) as problem:
        raise UserError(
            f'The adapter in "{folder}" has no readable {adapters.WEIGHTS}; put it back, or train it anew.'
        ) from problem
