"""How many noise samples are enough, and which ones?

python benchmarks/estimators.py [--json] [--quick] [--model FOLDER] [--t LEAST MOST]
"""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.curve import ANTITHETIC, ESTIMATORS, Plan
from benchmarks.demo import draw, study_inputs
from benchmarks.options import DEMO_MODEL, DEMO_T, AsJson, Model, Quick, Range, start
from benchmarks.pruning import carried_out
from benchmarks.verdict import GOOD, Measured
from core.diffusion.loading import fingerprint
from core.specs import DenoiserSpec
from core.terminal import print_json, print_table

FULL = Plan(48, dict.fromkeys(ESTIMATORS, (4, 8, 16, 20, 24, 32, 64, 100)), reference=400)
QUICK = Plan(12, dict.fromkeys(ESTIMATORS, (4, 8, 16, 32)), reference=64)


def measure(model: str, t: tuple[float, float], plan: Plan, folder: Path) -> dict[str, Any]:
    """Everything this benchmark has to say."""
    inputs = study_inputs(model, draw(folder, plan.pictures), t)
    measured = Measured.of(inputs, plan)
    default = measured.smallest(GOOD)
    used = default or max(measured.ours)
    pruned = measured.pruned(used)
    done = carried_out(inputs, used, pruned["chosen"], measured.bench, measured.truth)
    return {
        "model": fingerprint(DenoiserSpec(model)),
        "t": t,
        "pictures": plan.pictures,
        "reference_samples": plan.reference,
        "top_per_label": inputs.spec.patches.top,
        "default_samples": default,
        "samples_used": used,
        "passes_per_picture": done["passes"],
        "overlap": done["overlap"],
        "interval_coverage": measured.point(used)["interval_coverage"],
        "curve": measured.curve,
        "pruning": pruned,
        "equal_quality": measured.equal_quality(),
    }


def show(found: dict[str, Any]) -> None:
    """The same for people."""
    for rows in (found["curve"], found["pruning"]["trials"]):
        cells = (
            [round(value, 3) if isinstance(value, float) else value for value in row.values()] for row in rows
        )
        print_table([name.replace("_", " ") for name in rows[0]], cells)
        print()
    print(
        f"{found['default_samples'] or 'No number tried of'} {ANTITHETIC} samples reach an overlap "
        f"of {GOOD} with a reference of {found['reference_samples']}. "
        f"With pruning, {found['samples_used']} samples take {found['passes_per_picture']:.0f} passes "
        f"a picture and reach {found['overlap']:.2f}."
    )


def main(as_json: AsJson = False, quick: Quick = False, model: Model = DEMO_MODEL, t: Range = DEMO_T) -> None:
    """How many noise samples are enough, and which ones?"""
    with TemporaryDirectory() as folder:
        found = measure(model, t, QUICK if quick else FULL, Path(folder))
    (print_json if as_json else show)(found)


if __name__ == "__main__":
    start(main)
