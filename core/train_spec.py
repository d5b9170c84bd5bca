"""How a denoiser is trained: everything that changes its weights, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from core.dataset.prompt import PromptTemplate
from core.errors import UserError
from core.specs import FrameSpec

LoraLayers = Literal["attention", "all"]
_ATTENTION = ("to_q", "to_k", "to_v", "to_out.0")
LORA_LAYERS: dict[LoraLayers, tuple[str, ...]] = {
    "attention": _ATTENTION,
    "all": (*_ATTENTION, "ff.net.0.proj", "ff.net.2", "proj_in", "proj_out", "conv1", "conv2"),
}
"""Of a UNet's layers those an adapter may stand beside, by diffusers' names: attention alone, as is usual, or
feed-forward layers, projections and convolutions too."""


@dataclass(frozen=True)
class TrainSpec:
    """How a denoiser is trained: from scratch (`base` empty), or on from a whole diffusers folder.

    `prompts` pairs label columns with their templates; each training picture is shown under one of
    them, or under its null in `null_share` of the cases. `autoencoder` names a frozen one; empty
    trains one first. `augment`: "flip" mirrors; "turn" takes all eight symmetries, for pictures seen
    from above. `focus` is the share of steps t drawn from `focus_t` alone, where maps are measured;
    the rest comes from the whole diffusion, as all of it does in the paper.

    `text`: the text encoder of a base learns too. It is for small bases alone: their text model has seen a
    few dozen words, so the name of a new label reaches the UNet as embeddings nobody trained. CLIP, which
    Stable Diffusion listens to, knows nearly every word there is, and is better left alone.

    `lora_rank` above 0 leaves the base as it is and learns an adapter of that rank beside the UNet's layers
    called `lora_modules` (and the text encoder's attention, with `text`), scaled by `lora_alpha` / rank (0:
    as the rank, so by 1). `merged` keeps no adapter but the whole model it makes.

    Every `look_every` steps the gain on held-out pictures is measured (`core/diffusion/gain.py`). When it has
    not risen for `patience` looks the training stops, and the best weights are kept; 0: it goes to its end
    and keeps the last.
    """

    prompts: tuple[tuple[str, PromptTemplate], ...]
    frame: FrameSpec
    base: str = ""
    autoencoder: str = ""
    autoencoder_steps: int = 1500
    steps: int = 4000
    batch: int = 32
    learning_rate: float = 1e-3
    schedule: Literal["cosine", "constant_with_warmup"] = "cosine"
    warmup: int = 200
    weight_decay: float = 1e-2
    clip: float = 1.0
    null_share: float = 0.1
    ema: float = 0.999
    augment: Literal["none", "flip", "turn"] = "flip"
    focus: float = 0.0
    focus_t: tuple[float, float] = (0.1, 0.7)
    held_out: float = 0.2
    seed: int = 0
    text: bool = False
    lora_rank: int = 0
    lora_alpha: float = 0.0
    lora_modules: tuple[str, ...] = LORA_LAYERS["attention"]
    merged: bool = False
    look_every: int = 100
    patience: int = 0

    def __post_init__(self) -> None:
        if self.lora_rank < 0 or self.look_every < 1 or self.patience < 0:
            raise UserError(
                "An adapter's rank and the patience cannot be below 0, nor the steps between looks below 1."
            )
        if self.lora_rank and not self.base:
            raise UserError("An adapter is learned beside a model: give --base with the one to adapt.")
