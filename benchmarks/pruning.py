"""What a first look at every picture saves, and what it costs in patches found."""

from __future__ import annotations

from typing import Any

import pandas as pd

from benchmarks.counting import counted
from benchmarks.curve import ANTITHETIC, Bench, Question, noise_spec
from benchmarks.demo import with_noise
from benchmarks.in_memory import run
from benchmarks.selection import Estimate, Pictures, best, overlap
from core.mining.patches import top_patches
from core.mining.screening import best_scores, survivors
from core.specs import ScreenSpec
from core.stages import Inputs

FIRST_LOOKS = (4, 8, 16)
SIGMAS = (0.0, 1.0, 2.0, 3.0)
WORTH = 0.01
"""So much overlap may be lost."""


def trials(question: Question, bench: Bench, truth: list[Estimate]) -> list[dict[str, Any]]:
    """No pruning, then every setting, judged by the answers already there: passes a picture and overlap."""
    settings = [ScreenSpec(0)]
    settings += [ScreenSpec(n, sigmas) for n in FIRST_LOOKS if n < question.samples for sigmas in SIGMAS]
    wanted = best(truth, bench.pictures)
    maps = [Estimate.of(total) for total in question.sums(bench.model.steps)]
    rows = []
    for screen in settings:
        going_on = _going_on(question, bench, screen)
        of = bench.pictures
        kept = [i for i, picture in enumerate(of.ids) if picture in going_on]
        ids, labels = [of.ids[i] for i in kept], [of.labels[i] for i in kept]
        chosen = best([maps[i] for i in kept], Pictures(ids, labels, of.frame, of.patches))
        taken = screen.samples + (question.samples - screen.samples) * len(kept) / len(maps)
        row = {"screen_samples": screen.samples, "sigmas": screen.sigmas, "going_on": len(kept) / len(maps)}
        row |= {"passes": question.passes * taken / question.samples}
        rows.append(row | {"overlap": overlap(chosen, wanted, of.patches.size)})
    return rows


def cheapest(rows: list[dict[str, Any]], least: float) -> dict[str, Any]:
    """The trial with the fewest passes whose overlap is `least` or more; else the first, without pruning."""
    return min([rows[0], *(row for row in rows if row["overlap"] >= least)], key=lambda row: row["passes"])


def carried_out(
    inputs: Inputs, samples: int, trial: dict[str, Any], bench: Bench, truth: list[Estimate]
) -> dict[str, float]:
    """The same by the project's own stages, screening for real: passes counted, patches as they come out."""
    screen = ScreenSpec(trial["screen_samples"], trial["sigmas"])
    noise = noise_spec(bench.noise, ANTITHETIC, samples)
    with counted(bench.model) as passes:
        done = run(with_noise(inputs, noise, screen), ("screen", "typicality", "patches"))
    chosen = top_patches(done.artifacts["patches"].table("patches"), inputs.spec.patches.top)
    found = overlap(chosen, best(truth, bench.pictures), inputs.spec.patches.size)
    return {"passes": passes.count / len(inputs.pictures), "overlap": found}


def _going_on(question: Question, bench: Bench, screen: ScreenSpec) -> set[str]:
    """The pictures screening lets through."""
    of = bench.pictures
    if not screen.samples:
        return set(of.ids)
    looks = [
        best_scores(one, of.patches, of.frame) for one in question.sums(bench.model.steps, screen.samples)
    ]
    scores, errors = zip(*looks, strict=True)
    columns = {"picture": of.ids, "label": of.labels, "scores": scores, "errors": errors}
    return survivors(pd.DataFrame(columns), screen, of.patches.top)
