"""How many noise samples are enough, and which ones?

python benchmarks/estimators.py [--json] [--quick] [--model FOLDER] [--t LEAST MOST]
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.counting import counted
from benchmarks.curve import ANTITHETIC, ESTIMATORS, Bench, Plan, noise_spec, point, questions, reference
from benchmarks.demo import draw, study_inputs, with_noise
from benchmarks.drawn_runs import Pool
from benchmarks.in_memory import run
from benchmarks.judging import Row, drawing_of, enough, equal_quality, judged, offered, pruned, rounded
from benchmarks.options import DEMO_MODEL, PAPERS_T, AsJson, Model, Quick, Range, start
from benchmarks.selection import Estimate, best, overlap
from core.diffusion.loading import fingerprint
from core.mining.patches import top_patches
from core.specs import DenoiserSpec, ScreenSpec
from core.stages import Inputs
from core.terminal import print_json, print_table, say

GOOD = 0.9
"""The overlap with the truth at which samples are enough."""
COUNTS = (4, 8, 16, 32, 64, 100)


@dataclass(frozen=True)
class Plans:
    """The curve, by one run of each; and what runs are drawn of: so many samples of so many pictures."""

    curve: Plan
    drawn_of: tuple[int, int]


FULL = Plans(
    Plan(48, {**dict.fromkeys(ESTIMATORS, COUNTS), ANTITHETIC: (*COUNTS, 128)}, reference=400), (144, 320)
)
QUICK = Plans(Plan(12, dict.fromkeys(ESTIMATORS, (4, 8, 16, 32)), reference=64), (12, 64))


def measure(model: str, t: tuple[float, float], plans: Plans, folder: Path) -> dict[str, Any]:
    """Everything this benchmark has to say."""
    plan, (many, pool) = plans.curve, plans.drawn_of
    pictures = draw(folder, max(plan.pictures, many))
    few = study_inputs(model, pictures.iloc[: plan.pictures], t)
    bench = Bench.of(few)
    truth = reference(bench, plan)
    curve = [point(question, bench, truth) for question in questions(bench, plan)]
    say(f"{pool} samples of {many} pictures ...")
    drawn = judged(
        Pool.of(Bench.of(study_inputs(model, pictures.iloc[:many], t)), pool), drawing_of(pool), offered
    )
    default = enough(drawn, GOOD)
    used = default or max(row["samples"] for row in drawn)
    chosen = pruned(drawn, used)
    done = carried_out(few, chosen, bench, truth)
    return {
        "model": fingerprint(DenoiserSpec(model)),
        "t": t,
        "default_samples": default,
        "samples_used": used,
        "passes_per_picture": done["passes"],
        "overlap": done["overlap"],
        "pruned": chosen,
        "equal_quality": equal_quality(drawn),
        "pictures": plan.pictures,
        "reference_samples": plan.reference,
        "top_per_label": few.spec.patches.top,
        "curve": curve,
        "drawn_pictures": many,
        "drawn_pool": pool,
        "drawn": drawn,
    }


def carried_out(inputs: Inputs, chosen: Row, bench: Bench, truth: list[Estimate]) -> dict[str, float]:
    """The same by the project's own stages, screening for real: passes counted, patches as they come out."""
    screen = ScreenSpec(chosen["screen_samples"], chosen["sigmas"])
    noise = noise_spec(bench.noise, ANTITHETIC, chosen["samples"])
    with counted(bench.model) as passes:
        done = run(with_noise(inputs, noise, screen), ("screen", "typicality", "patches"))
    patches = top_patches(done.artifacts["patches"].table("patches"), inputs.spec.patches.top)
    found = overlap(patches, best(truth, bench.pictures), inputs.spec.patches.size)
    return {"passes": passes.count / len(inputs.pictures), "overlap": found}


def show(found: dict[str, Any]) -> None:
    """The same for people."""
    for rows in (found["curve"], found["drawn"]):
        names = list(rows[-1])
        cells = [[rounded(row.get(name, "")) for name in names] for row in rows]
        print_table([name.replace("_", " ") for name in names], cells)
        print()
    print(
        f"{found['default_samples'] or 'No number tried of'} {ANTITHETIC} samples find {GOOD} of the truth. "
        f"Pruned, {found['samples_used']} samples take {found['passes_per_picture']:.0f} passes "
        f"a picture and find {found['overlap']:.2f}."
    )


def main(
    as_json: AsJson = False, quick: Quick = False, model: Model = DEMO_MODEL, t: Range = PAPERS_T
) -> None:
    """How many noise samples are enough, and which ones?"""
    with TemporaryDirectory() as folder:
        found = measure(model, t, QUICK if quick else FULL, Path(folder))
    (print_json if as_json else show)(found)


if __name__ == "__main__":
    start(main)
