"""Words and numbers as a page shows them."""

from __future__ import annotations

import math
import re
from pathlib import PurePath

from core.specs import StudySpec

_MARKDOWN = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~$:&^=])")


def plain(text: object) -> str:
    """A name from outside as Markdown that shows exactly its characters: no link, no picture, no HTML."""
    return _MARKDOWN.sub(r"\\\1", " ".join(str(text).split()))


def quoted(text: object) -> str:
    """The same in quotation marks."""
    return f"\u201c{plain(text)}\u201d"


def signed(value: float) -> str:
    """A typicality: always with its sign, three digits that count."""
    if not math.isfinite(value):
        return "unknown"
    digits = 3 if value == 0 else min(max(2 - math.floor(math.log10(abs(value))), 0), 6)
    return f"{value:+.{digits}f}".replace("-", "\N{MINUS SIGN}")


def between(low: float, high: float) -> str:
    """An interval, or that there is none."""
    if not (math.isfinite(low) and math.isfinite(high)):
        return "no interval"
    return f"95%: {signed(low)} to {signed(high)}"


def count(number: int, one: str, many: str = "") -> str:
    """ "1 picture", "360 pictures"."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def asked(spec: StudySpec) -> str:
    """Every stage of a study in words, as Markdown."""
    noise, patches = spec.typicality.noise, spec.patches
    pairs = ", in pairs of opposite noise" if noise.antithetic else ""
    compared = "its own label" if spec.typicality.labels == "own" else "every label"
    shown = {"crop": "cropped at the middle", "pad": "padded with its own edge"}[spec.frame.fit]
    first = spec.screen.samples
    screened = f" A first look takes {first} and ends where nothing typical shows." if first else ""
    return (
        f"- **Denoiser** {plain(_name(spec.denoiser.source))}, at {spec.frame.size} pixels, {shown}.\n"
        f"- **Prompt template** {quoted(spec.prompt.template)} against {quoted(spec.prompt.null)}, "
        f"for each picture with {compared}.\n"
        f"- **Noise samples** {noise.samples} a picture{pairs}, t from {noise.t_min:g} to {noise.t_max:g}."
        f"{screened}\n"
        f"- **Patches** squares of {patches.size} pixels, up to {patches.per_picture} a picture, "
        f"the best {patches.top:,} of a label.\n"
        f"- **Clusters** up to {spec.clusters.clusters} a label, of patches whose DIFT features are alike."
    )


def _name(denoiser: str) -> str:
    """A hub id as it is, of a folder its last part."""
    return PurePath(denoiser).name if PurePath(denoiser).is_absolute() else denoiser
