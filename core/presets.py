"""How much to ask: three sets of specs to begin with, from a first look to what the paper takes."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from core.specs import StudySpec

SMALL_STEPS = 10
"""Steps of a translation by a small model: it then comes back as exactly as in the paper's 50 steps
(`benchmarks/translate.py`)."""


@dataclass(frozen=True)
class Preset:
    """A name, what it is good for, and the numbers it sets."""

    name: str
    meaning: str
    samples: int
    """Noise samples a picture."""
    clusters: int
    """Clusters a label, at most."""

    def applied(self, spec: StudySpec, picture_size: int) -> StudySpec:
        """The spec with these numbers, for pictures whose short side is `picture_size` pixels.

        A patch is an eighth of it, as in the paper (64 of 512), and at least 24 pixels: three latent ones.
        """
        noise = dataclasses.replace(spec.typicality.noise, samples=self.samples)
        return dataclasses.replace(
            spec,
            frame=dataclasses.replace(spec.frame, size=picture_size),
            typicality=dataclasses.replace(spec.typicality, noise=noise),
            patches=dataclasses.replace(spec.patches, size=max(24, picture_size // 8)),
            clusters=dataclasses.replace(spec.clusters, clusters=self.clusters),
        )


PRESETS: tuple[Preset, ...] = (
    Preset("A first look", "Coarse maps, to see whether the question makes sense.", 8, 8),
    Preset("Balanced", "Maps good enough to trust the clusters.", 32, 16),
    Preset(
        "As good as the paper", "64 noise samples in pairs do what its 100 do; 32 clusters a label.", 64, 32
    ),
)
"""From quick to thorough."""
