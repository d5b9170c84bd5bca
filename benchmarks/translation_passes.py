"""What does a picture under every other label cost, in passes of the UNet?

python benchmarks/translation_passes.py [--json] [--quick] [--model FOLDER]

One street of the demo is truly translated to all other places, and what enters the UNet on the way is
counted. Against it stands what the paper's released code spends on one source at as many steps (pnp.py
there, as described by it): 999 passes of inversion, 999 of a reconstruction that only a debugging picture
shows, then for each target label 3 a step (source, null, target): with 10 labels at 50 steps
1998 + 10 * 50 * 3 = 3,498, the "about 3,500 a source". The demo has 5 other labels, so at s steps its
procedure costs 1998 + 15 s: 2,748 at 50. Its own label, which it translates to as well, is left out here,
since ours does not. A second, kinder figure takes s steps of inversion instead of 999 and no debugging
pass: s + 15 s.
"""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
import torch

from benchmarks.counting import counted
from benchmarks.options import DEMO_MODEL, AsJson, Model, Quick, start
from core.config import Settings
from core.demo.streets import SOURCE, Street, unseen
from core.demo.study import PLACE
from core.demo.study import SPEC as DEMO
from core.demo.world import PLACES
from core.diffusion.loading import fingerprint
from core.diffusion.pnp import Prompts, Translated, translate
from core.diffusion.stable_diffusion import StableDiffusion, denoiser
from core.specs import DenoiserSpec, TranslateSpec
from core.terminal import print_json, print_table

PAPER_STEPS = 50
INVERSION = 999
OTHERS = tuple(place for place in PLACES if place != SOURCE)


def passes(model: StableDiffusion, street: Street, steps: int) -> dict[str, float]:
    """UNet passes that are truly sent for one picture to all other places, against the paper's procedure."""
    with counted(model) as sent:
        translated(model, [street], OTHERS, dataclasses.replace(DEMO.translate, steps=steps))
    papers = 2 * INVERSION + 3 * steps * len(OTHERS)
    kinder = steps + 3 * steps * len(OTHERS)
    return {
        "steps": steps,
        "passes": sent.count,
        "paper_passes": papers,
        "ratio": sent.count / papers,
        "kinder_paper_passes": kinder,
        "kinder_ratio": sent.count / kinder,
    }


def by_steps(model: StableDiffusion, street: Street) -> list[dict[str, float]]:
    """At the paper's number of steps, and at the demo's own."""
    return [passes(model, street, steps) for steps in dict.fromkeys((PAPER_STEPS, DEMO.translate.steps))]


def translated(
    model: StableDiffusion, streets: Sequence[Street], places: Sequence[str], spec: TranslateSpec
) -> Translated:
    """Streets under other places, as stage `translate` does it."""
    null, own, *others = model.embed([PLACE.null, *(PLACE.prompt(place) for place in (SOURCE, *places))])
    n = len(streets)
    prompts = Prompts(*(one.expand(n, *one.shape) for one in (null, own, torch.stack(others))))
    return translate(model, latents(model, streets), prompts, spec)


def latents(model: StableDiffusion, streets: Sequence[Street]) -> torch.Tensor:
    """Streets as the UNet is given them."""
    return model.encode(np.stack([street.picture for street in streets]))


def main(as_json: AsJson = False, quick: Quick = False, model: Model = DEMO_MODEL) -> None:
    """What does a picture under every other label cost, in passes of the UNet?"""
    loaded, (street,) = denoiser(DenoiserSpec(model), Settings()), unseen(1, ())
    papers, *more = [passes(loaded, street, PAPER_STEPS)] if quick else by_steps(loaded, street)
    found: dict[str, Any] = {"model": fingerprint(DenoiserSpec(model)), "labels": len(OTHERS), **papers}
    if as_json:
        print_json({**found, "more": more})
        return
    for row in (papers, *more):
        print_table(["", ""], [[name, str(round(value, 3))] for name, value in row.items()])
        print()


if __name__ == "__main__":
    start(main)
