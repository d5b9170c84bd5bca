"""Would fewer noise samples do if pictures whose patches are settled were asked no more?

python benchmarks/racing.py [--json] [--quick] [--model FOLDER] [--t LEAST MOST]
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np

from benchmarks.curve import Bench
from benchmarks.demo import draw, study_inputs
from benchmarks.drawn_runs import Pool
from benchmarks.judging import DOUBTS, WORTH, Drawing, Row, judged, rounded, until
from benchmarks.options import DEMO_MODEL, PAPERS_T, AsJson, Model, Quick, Range, start
from benchmarks.sharing_out import Policy, all_alike, one_barrier, rounds, screened, told
from core.diffusion.loading import fingerprint
from core.specs import DenoiserSpec
from core.stages import Inputs
from core.terminal import print_json, print_table, say

LOOKS = (8, 16, 24, 32, 48, 64)
"""Numbers of samples after which a picture may be left alone."""
SURE = (0.25, 0.35, 0.5, 0.75, 1.0)
"""Standard errors from the bar at which a patch counts as settled."""


@dataclass(frozen=True)
class Plan:
    """How many pictures settings are chosen on (as many again are held out), how many samples are asked, and
    what is drawn of them."""

    pictures: int
    pool: int
    drawing: Drawing


FULL = Plan(48, 400, Drawing(20, (32, 48, 64), 100))
QUICK = Plan(6, 64, Drawing(2, (16, 24), 24))


def measure(model: str, t: tuple[float, float], plan: Plan, folder: Path) -> Row:
    """Everything this benchmark has to say."""
    pictures = draw(folder, 2 * plan.pictures)
    half = np.arange(len(pictures)) < plan.pictures
    chosen_on, held_out = (_judged(study_inputs(model, pictures[part], t), plan) for part in (half, ~half))
    return {
        "model": fingerprint(DenoiserSpec(model)),
        "t": t,
        "pictures": plan.pictures,
        "pool": plan.pool,
        "draws": plan.drawing.draws,
        "papers": {"chosen_on": chosen_on[0], "held_out": held_out[0]},
        "best": _best(chosen_on[1:], held_out[1:], chosen_on[0]["overlap"] - WORTH),
        "chosen_on": chosen_on,
        "held_out": held_out,
    }


def policies(samples: int) -> Iterator[tuple[Row, Policy]]:
    """Every way and setting that is tried with `samples` at most."""
    numbers = until(samples, LOOKS)
    yield {"way": "all alike"}, all_alike(samples)
    for first in numbers[:2]:
        for doubt in DOUBTS:
            yield {"way": "screened", "first": first, "sigmas": doubt}, screened(first, samples, doubt)
        rest = [number for number in numbers if number >= first]
        for sure in SURE:
            setting = {"first": first, "sigmas": sure}
            yield {"way": "one barrier", **setting}, one_barrier(rest, sure)
            yield {"way": "rounds", **setting}, rounds(rest, sure)
    for number in numbers:
        yield {"way": "told how many", "first": number}, told(number)


def _judged(inputs: Inputs, plan: Plan) -> list[Row]:
    say(f"{plan.pool} samples of {len(inputs.pictures)} pictures ...")
    return judged(Pool.of(Bench.of(inputs), plan.pool), plan.drawing, policies, LOOKS)


def _best(chosen_on: Sequence[Row], held_out: Sequence[Row], least: float) -> dict[str, dict[str, Row]]:
    """By way, its cheapest setting with `least` overlap or more, and the same on pictures held out."""
    found = {}
    for way in dict.fromkeys(row["way"] for row in chosen_on):
        pairs = zip(chosen_on, held_out, strict=True)
        good = [pair for pair in pairs if pair[0]["way"] == way and pair[0]["overlap"] >= least]
        if good:
            cheapest, same = min(good, key=lambda pair: pair[0]["passes"])
            found[way] = {"chosen_on": cheapest, "held_out": same}
    return found


def show(found: Row) -> None:
    """The same for people."""
    names = ("way", "samples", "first", "sigmas", "passes", "overlap", "error")
    for title in ("chosen_on", "held_out"):
        pairs = {"iid": found["papers"], **found["best"]}
        rows = [[rounded(pair[title].get(name, "")) for name in names] for pair in pairs.values()]
        print_table([title.replace("_", " "), *names[1:]], rows)
        print()


def main(
    as_json: AsJson = False, quick: Quick = False, model: Model = DEMO_MODEL, t: Range = PAPERS_T
) -> None:
    """Would fewer noise samples do if pictures whose patches are settled were asked no more?"""
    with TemporaryDirectory() as folder:
        found = measure(model, t, QUICK if quick else FULL, Path(folder))
    (print_json if as_json else show)(found)


if __name__ == "__main__":
    start(main)
