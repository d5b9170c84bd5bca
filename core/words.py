"""Numbers and specs in words, the same on a page, in a report and on a contact sheet."""

from __future__ import annotations

import math
from pathlib import PurePath

from core.specs import StudySpec


def count(number: int, one: str, many: str = "") -> str:
    """ "1 picture", "360 pictures"."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def signed(value: float) -> str:
    """A typicality: always with its sign, three digits that count."""
    if not math.isfinite(value):
        return "unknown"
    digits = 3 if value == 0 else min(max(2 - math.floor(math.log10(abs(value))), 0), 6)
    return f"{value:+.{digits}f}".replace("-", "\N{MINUS SIGN}")


def duration(seconds: float | None) -> str:
    """ "42 s", "3 min 20 s", "2 h 5 min", "4 days"."""
    if seconds is None:
        return ""
    whole = round(seconds)
    for unit, name, part, rest in ((86400, "days", 3600, "h"), (3600, "h", 60, "min"), (60, "min", 1, "s")):
        if whole >= unit:
            more = whole % unit // part
            return f"{whole // unit} {name}" + (f" {more} {rest}" if more else "")
    return f"{whole} s"


def about(seconds: float) -> str:
    """An estimated duration, no more exact than it is: "about 25 min"; two digits of its seconds count."""
    unit = 10 ** max(math.floor(math.log10(max(seconds, 1))) - 1, 0)
    return f"about {duration(max(round(seconds / unit) * unit, 1))}"


def pace(rate: float) -> str:
    """How fast it goes: "24.1 a second", or "1.3 s each" where it is slow."""
    return f"{rate:,.1f} a second" if rate >= 1 else f"{1 / rate:,.1f} s each"


def size(number: float) -> str:
    """A number of bytes: "9.5 MB"."""
    unit = next((name for name in ("kB", "MB") if number < 1000 ** (2 if name == "kB" else 3)), "GB")
    number /= {"kB": 1e3, "MB": 1e6, "GB": 1e9}[unit]
    return f"{number:,.1f} {unit}" if number < 10 else f"{number:,.0f} {unit}"


def between(low: float, high: float) -> str:
    """An interval, or that there is none."""
    if not (math.isfinite(low) and math.isfinite(high)):
        return "no interval"
    return f"95%: {signed(low)} to {signed(high)}"


def asked(spec: StudySpec) -> list[tuple[str, str]]:
    """Every stage of a study in words: what it is called, and what it was asked. Plain text."""
    noise, patches = spec.typicality.noise, spec.patches
    pairs = ", in pairs of opposite noise" if noise.antithetic else ""
    compared = "its own label" if spec.typicality.labels == "own" else "every label"
    shown = {"crop": "cropped at the middle", "pad": "padded with its own edge"}[spec.frame.fit]
    first = spec.screen.samples
    screened = f" A first look takes {first} and ends where nothing typical shows." if first else ""
    return [
        ("Denoiser", f"{model(spec.denoiser.source)}, at {spec.frame.size} pixels, {shown}."),
        (
            "Prompt template",
            f"\u201c{spec.prompt.template}\u201d against \u201c{spec.prompt.null}\u201d, "
            f"for each picture with {compared}.",
        ),
        (
            "Noise samples",
            f"{noise.samples} a picture{pairs}, t from {noise.t_min:g} to {noise.t_max:g}.{screened}",
        ),
        (
            "Patches",
            f"squares of {patches.size} pixels, up to {patches.per_picture} a picture, "
            f"the best {patches.top:,} of a label.",
        ),
        ("Clusters", f"up to {spec.clusters.clusters} a label, of patches whose DIFT features are alike."),
    ]


def model(denoiser: str) -> str:
    """What a denoiser is called: a hub id as it is, of a folder its last part."""
    return PurePath(denoiser).name if PurePath(denoiser).is_absolute() else denoiser
