"""Everything that changes a result, and nothing else: frozen dataclasses and their digest.

Where a result is kept, which device made it and how many pictures went through at a time are
not here but in `config.py`, since the result does not depend on them.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from dataclasses import dataclass, field
from typing import Any, Literal

from core.dataset.prompt import PromptTemplate
from core.errors import UserError


def digest(*parts: Any) -> str:
    """Twelve hex digits naming the content of specs, strings and numbers given."""
    plain = [dataclasses.asdict(part) if dataclasses.is_dataclass(part) else part for part in parts]  # type: ignore[arg-type]
    text = json.dumps(plain, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:12]


Axis = Literal["axial", "coronal", "sagittal"]
"""How a volume is cut: from feet to head, from back to front, or from left to right."""


@dataclass(frozen=True)
class SliceSpec:
    """Which slices of a volume become pictures: every `every`-th along `axis`, the outermost left alike."""

    axis: Axis = "axial"
    every: int = 1

    def __post_init__(self) -> None:
        if self.every < 1:
            raise UserError(f"Every {self.every}th slice is none: choose 1 or more.")

    def chosen(self, number: int) -> list[int]:
        """Of so many slices those taken, from 0 on; at least one."""
        return list(range((min(self.every, number) - 1) // 2, number, self.every))


@dataclass(frozen=True)
class FrameSpec:
    """How a picture of any size becomes one the denoiser takes; its proportions are kept.

    The short side becomes `size` pixels; then the picture is cropped at its middle, or padded
    with its own edge, to the denoiser's multiple.
    """

    size: int = 512
    fit: Literal["crop", "pad"] = "crop"


@dataclass(frozen=True)
class DenoiserSpec:
    """Which model is asked: a diffusers folder or hub id, and what replaces parts of it.

    `fingerprint` is the digest of the weights and configs that were loaded, so a model changed
    in place is a different denoiser.
    """

    source: str = "stable-diffusion-v1-5/stable-diffusion-v1-5"
    revision: str | None = None
    autoencoder: str | None = None
    text_encoder: str | None = None
    tokenizer: str | None = None
    fingerprint: str = ""

    def identity(self) -> str:
        """What enters a digest: the fingerprint alone, not the folder the model lies in."""
        return self.fingerprint


@dataclass(frozen=True)
class NoiseSpec:
    """Which (t, eps) pairs the expectation of eq. 3 is taken over.

    `t_min`, `t_max` are shares of the diffusion's length; the paper uses [0.1, 0.7) of 1000 steps.
    `stratified` puts the i-th of N samples into its own of N equal strata of t; `iid` is the
    paper's own. With `antithetic`, samples come in pairs (eps, -eps) at one t.
    """

    samples: int = 64
    """The fewest that, in such pairs, find nine of ten of the best patches (`benchmarks/estimators.py`)."""
    t_min: float = 0.1
    t_max: float = 0.7
    sampler: Literal["stratified", "iid"] = "stratified"
    antithetic: bool = True
    seed: int = 42

    def __post_init__(self) -> None:
        if not 0 <= self.t_min < self.t_max <= 1:
            raise UserError(
                f"The t range [{self.t_min}, {self.t_max}) must lie within [0, 1] and not be empty."
            )
        if self.samples < 1 or (self.antithetic and self.samples % 2):
            raise UserError(
                f"{self.samples} noise samples cannot be taken: choose a positive number, "
                "an even one when samples come in antithetic pairs."
            )


@dataclass(frozen=True)
class ScreenSpec:
    """A first look at every picture, so that only promising ones get all noise samples.

    `samples` of the full number are taken first; a picture goes on only if its best patch could
    still enter the best `PatchSpec.top` of its label (`sigmas` standard errors of benefit of the
    doubt). 0 samples: no screening, every picture gets all.
    """

    samples: int = 0
    sigmas: float = 3.0


@dataclass(frozen=True)
class TypicalitySpec:
    """T(x|c), eq. 3, as maps. `labels`: each picture under its own label, or under every label."""

    noise: NoiseSpec = field(default_factory=NoiseSpec)
    labels: Literal["own", "all"] = "own"


@dataclass(frozen=True)
class PatchSpec:
    """The most typical squares. `size` in pixels of the framed picture; `per_picture` that do not
    overlap; `top` of them over all pictures of a label go on to clustering (paper, section 3.3).
    `by`: rank by typicality, or by the unsigned change map."""

    size: int = 64
    per_picture: int = 5
    top: int = 1000
    by: Literal["typicality", "change"] = "typicality"


@dataclass(frozen=True)
class FeatureSpec:
    """DIFT features: UNet activations after `up_block` at step `t` of 1000, averaged over `noises`."""

    t: int = 161
    up_block: int = 1
    noises: int = 8
    seed: int = 42


@dataclass(frozen=True)
class ClusterSpec:
    """k-means over the DIFT features of one label's patches (paper: 32 clusters)."""

    clusters: int = 32
    seed: int = 10


@dataclass(frozen=True)
class AtlasSpec:
    """Flat maps of patches (UMAP, cosine distance): how many `neighbours` of a patch are to stay near it, how
    close points may lie (`min_dist`; at UMAP's own 0.1 a lasso hardly fits between them), and how many of
    all labels' best patches share one map."""

    neighbours: int = 15
    min_dist: float = 0.5
    together: int = 1800
    seed: int = 42


@dataclass(frozen=True)
class TranslateSpec:
    """A picture under every other label (Plug-and-Play; paper, section 5.1), and which pictures.

    `steps` of DDIM there and back; `guidance` away from the null prompt. For the first `features` and
    `attention` shares of the steps the source's activations stand in place of the translation's own,
    from the second residual block of `up_block` on. `pictures`: the `count` most typical ones of each
    label, so many at random, or all that have a whole map. A source whose reconstruction is further from it
    than `least_psnr` decibels allow is flagged.
    """

    steps: int = 50
    guidance: float = 7.5
    features: float = 0.8
    attention: float = 0.5
    up_block: int = 1
    pictures: Literal["typical", "random", "all"] = "typical"
    count: int = 100
    seed: int = 42
    least_psnr: float = 20.0

    def __post_init__(self) -> None:
        if self.steps < 1 or self.count < 1:
            raise UserError(
                "A translation takes at least one step, and there is at least one picture a label."
            )
        if not (0 <= self.features <= 1 and 0 <= self.attention <= 1):
            raise UserError("The shares of steps with injected features and attention lie between 0 and 1.")


@dataclass(frozen=True)
class CotypicalitySpec:
    """Places typical of every label they are seen under (eq. 4): the best `per_picture` of a source that do
    not overlap, of patches' size, and of these the best `top` of the study (paper: 10,000)."""

    per_picture: int = 5
    top: int = 10_000


@dataclass(frozen=True)
class TrendSpec:
    """Parallel clusters: places that look alike under every label. The features of each label are reduced to
    `directions` numbers (paper: 32) and joined; k-means makes at most `clusters` of them."""

    clusters: int = 32
    directions: int = 32
    colours: int = 3
    seed: int = 10


@dataclass(frozen=True)
class StudySpec:
    """What a user opens: a dataset's label column, a denoiser, and the specs of every stage. `pictures`: all
    that have a label, or only those a training on it holds out. `slices`: how volumes become pictures."""

    label_column: str
    pictures: Literal["all", "held-out"] = "all"
    slices: SliceSpec | None = None
    prompt: PromptTemplate = field(default_factory=PromptTemplate)
    denoiser: DenoiserSpec = field(default_factory=DenoiserSpec)
    frame: FrameSpec = field(default_factory=FrameSpec)
    screen: ScreenSpec = field(default_factory=ScreenSpec)
    typicality: TypicalitySpec = field(default_factory=TypicalitySpec)
    patches: PatchSpec = field(default_factory=PatchSpec)
    features: FeatureSpec = field(default_factory=FeatureSpec)
    clusters: ClusterSpec = field(default_factory=ClusterSpec)
    atlas: AtlasSpec = field(default_factory=AtlasSpec)
    translate: TranslateSpec = field(default_factory=TranslateSpec)
    cotypicality: CotypicalitySpec = field(default_factory=CotypicalitySpec)
    trends: TrendSpec = field(default_factory=TrendSpec)

    @property
    def told(self) -> tuple[str, ...]:
        """The columns the denoiser is told of: the label's, and those its prompt names besides."""
        return self.label_column, *self.prompt.given
