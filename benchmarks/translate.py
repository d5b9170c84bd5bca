"""How many passes does a picture under every other label cost, and does it become what it should?

python benchmarks/translate.py [--json] [--quick] [--model FOLDER]

How many passes it takes is counted in `translation_passes.py`, which can be run alone.
"""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.options import DEMO_MODEL, AsJson, Model, Quick, start
from benchmarks.translation_passes import by_steps, latents, translated
from core.config import Settings
from core.demo.roofs import inside, roof_colours, true_range
from core.demo.streets import SOURCE, TARGET, Street, known, unseen
from core.demo.study import PLACE
from core.demo.study import SPEC as DEMO
from core.diffusion.ddim import moved, times, told
from core.diffusion.loading import fingerprint
from core.diffusion.restoring import decode
from core.diffusion.stable_diffusion import StableDiffusion, denoiser
from core.diffusion.translating import psnr
from core.mining.colours import lab
from core.specs import DenoiserSpec, TranslateSpec
from core.terminal import print_json, print_table

Pictures = NDArray[np.uint8]
CURVE = (5, 10, 20, 50)


def measure(model: StableDiffusion, quick: bool) -> dict[str, Any]:
    """Everything this benchmark has to say."""
    sources, few, range_of = (4, 2, 24) if quick else (12, 4, 120)
    streets, spec = unseen(sources), DEMO.translate
    curve = (5, 10) if quick else CURVE
    return {
        "arithmetic": model.machine.why,
        "steps": spec.steps,
        "guidance": spec.guidance,
        "passes": by_steps(model, streets[0]),
        "curve": [quality(model, streets[:few], _with(steps=steps)) for steps in curve],
        "truth": truth(model, streets, known(range_of), spec),
        "truth_gentler": truth(model, streets, known(range_of), _with(guidance=5.0)),
    }


def quality(model: StableDiffusion, streets: Sequence[Street], spec: TranslateSpec) -> dict[str, float]:
    """How exactly sources come back, and how much of their structure translations keep.

    `structure` is the correlation of the strength of edges (Sobel, lightness) where nothing is planted.
    """
    found = translated(model, streets, [TARGET], spec)
    before = _pictures(model, latents(model, streets))
    back, there = _pictures(model, found.reconstructed), _pictures(model, found.translations[:, 0])
    plain = _pictures(model, _as_the_paper_inverts(model, streets, spec.steps))
    decibels = [psnr(one, other) for one, other in zip(before, back, strict=True)]
    return {
        "steps": spec.steps,
        "psnr": float(np.mean(decibels)),
        "lowest_psnr": min(decibels),
        "papers_psnr": float(np.mean([psnr(a, b) for a, b in zip(before, plain, strict=True)])),
        "structure": float(
            np.mean([_alike(a, b, s.background) for a, b, s in zip(before, there, streets, strict=True)])
        ),
    }


def truth(
    model: StableDiffusion, streets: Sequence[Street], twins: Sequence[Street], spec: TranslateSpec
) -> dict[str, Any]:
    """What becomes of red roofs in Kyoto, against the same streets drawn there.

    The true range of each of L, a and b reaches from the least to the greatest mean colour that the twins of
    other streets show where the red roof was, seen through the autoencoder as translations are:
    `in_range` where Kyoto's dark roof took its place, `in_range_of_any_roof` whatever did: one house in five
    keeps a plain roof there too. `twins_in_range` says how often the streets' own twins lie in the first,
    which is the most that can be asked for.
    """
    found = translated(model, streets, [TARGET], spec)
    before = lab(_pictures(model, latents(model, streets)))
    there = lab(_pictures(model, found.translations[:, 0]))
    true, dark = (true_range(twins, TARGET, _twins(model, twins), own) for own in (False, True))
    roofs = roof_colours(there, [street.roof for street in streets])
    expected = true_range(streets, TARGET, _twins(model, streets), own=True)
    apart = np.linalg.norm(there - before, axis=-1)
    roof, background = (
        float(np.mean([one[getattr(s, part)].mean() for one, s in zip(apart, streets, strict=True)]))
        for part in ("roof", "background")
    )
    return {
        "sources": len(streets),
        "guidance": spec.guidance,
        "in_range": inside(roofs, dark),
        "in_range_of_any_roof": inside(roofs, true),
        "twins_in_range": inside(expected, dark),
        "range": _ends(dark),
        "range_of_any_roof": _ends(true),
        "roofs": _rounded(roofs),
        "roof_moves": roof,
        "background_moves": background,
        "background_share": background / roof,
    }


def _twins(model: StableDiffusion, streets: Sequence[Street]) -> NDArray[np.float32]:
    """The streets drawn in Kyoto, seen through the autoencoder as translations are, in CIELAB."""
    drawn = np.stack([street.twins[TARGET].picture for street in streets])
    return lab(_pictures(model, model.encode(drawn)))


def _ends(colours: NDArray[np.float32]) -> list[list[float]]:
    return _rounded(np.stack([colours.min(axis=0), colours.max(axis=0)]))


def _rounded(colours: NDArray[np.float32]) -> list[list[float]]:
    return [[round(float(value), 1) for value in row] for row in colours]


def _with(**changes: Any) -> TranslateSpec:
    return dataclasses.replace(DEMO.translate, **changes)


def _as_the_paper_inverts(model: StableDiffusion, streets: Sequence[Street], steps: int) -> torch.Tensor:
    """There and back, each step there asking about the latent it starts from."""
    moving = latents(model, streets)
    text = model.embed([PLACE.prompt(SOURCE)]).expand(len(moving), -1, -1)
    walk = times(steps, model.steps)
    for start_, end in pairwise(walk):
        moving = moved(model, moving, told(model, moving, text, end), start_, end)
    for start_, end in pairwise(reversed(walk)):
        moving = moved(model, moving, told(model, moving, text, start_), start_, end)
    return moving


@torch.inference_mode()
def _pictures(model: StableDiffusion, latents: torch.Tensor) -> Pictures:
    return np.concatenate([decode(model, one[None]) for one in latents])


def _alike(some: Pictures, other: Pictures, where: NDArray[np.bool_]) -> float:
    edges = []
    for one in (some, other):
        light = lab(one)[..., 0]
        slopes = [cv2.Sobel(light, cv2.CV_32F, *along) for along in ((1, 0), (0, 1))]
        edges.append(np.hypot(*slopes)[where])
    return float(np.corrcoef(*edges)[0, 1])


def show(found: dict[str, Any]) -> None:
    """The same for people."""
    for key in ("passes", "curve"):
        rows = found.pop(key)
        print_table(list(rows[0]), [[round(value, 3) for value in row.values()] for row in rows])
        print()
    for key in ("truth", "truth_gentler"):
        print_table([key, ""], [[name, str(value)] for name, value in found.pop(key).items()])
        print()
    print_table(["", ""], [[name, str(value)] for name, value in found.items()])


def main(as_json: AsJson = False, quick: Quick = False, model: Model = DEMO_MODEL) -> None:
    """How many passes does a picture under every other label cost, and does it become what it should?"""
    loaded = denoiser(DenoiserSpec(model), Settings())
    found = {"model": fingerprint(DenoiserSpec(model)), **measure(loaded, quick)}
    (print_json if as_json else show)(found)


if __name__ == "__main__":
    start(main)
