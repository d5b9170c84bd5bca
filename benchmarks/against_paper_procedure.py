"""How much faster than the procedure of the paper's released code, for how good a result?

python benchmarks/against_paper_procedure.py [--json] [--quick] [--model FOLDER] [--t LEAST MOST]
"""

from __future__ import annotations

import dataclasses
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np

from benchmarks.breakdown import breakdown
from benchmarks.curve import ANTITHETIC, Bench, noise_spec
from benchmarks.demo import draw, study_inputs
from benchmarks.drawn_runs import Pool
from benchmarks.in_memory import run
from benchmarks.judging import drawing_of, equal_quality, judged, offered
from benchmarks.options import DEMO_MODEL, PAPERS_T, AsJson, Model, Quick, Range, start
from benchmarks.side_by_side import PAPERS, Paper, our_maps, ours, papers, timed
from core.diffusion.loading import fingerprint
from core.diffusion.stable_diffusion import denoiser
from core.specs import DenoiserSpec, PatchSpec, ScreenSpec
from core.stages import Inputs
from core.terminal import print_json, print_table, say

STORED = Path(__file__).with_name("estimators.json")
"""What `estimators.py --json` said in full, where it was kept."""


@dataclass(frozen=True)
class Plan:
    """How many pictures; how many are timed; how many samples runs are drawn of where none are kept."""

    pictures: int
    timed_on: int
    pool: int


FULL = Plan(24, 6, 400)
QUICK = Plan(6, 2, 64)


def measure(model: str, t: tuple[float, float], plan: Plan, folder: Path) -> dict[str, Any]:
    """Everything this benchmark has to say."""
    pictures = draw(folder, plan.pictures)
    inputs, few = (study_inputs(model, part, t) for part in (pictures, pictures.iloc[: plan.timed_on]))
    noise = inputs.spec.typicality.noise
    paper = Paper.of(few)
    ours(few, noise_spec(noise, ANTITHETIC, 8))  # what only the first passes cost is not timed
    papers_maps, seconds = timed(paper.maps)
    same, same_seconds = timed(lambda: ours(few, papers(few)))
    quality = _quality(inputs, plan)
    shares, floor = breakdown(few, noise_spec(noise, ANTITHETIC, 32))
    return {
        "model": fingerprint(DenoiserSpec(model)),
        "t": t,
        "arithmetic": denoiser(inputs.spec.denoiser, inputs.settings).machine.why,
        "timed_pictures": plan.timed_on,
        "map_correlation": _correlation(papers_maps, our_maps(same)),
        "speedup_equal_samples": seconds / same_seconds,
        **_equal_quality(inputs, quality, seconds / plan.timed_on),
        **_features(paper, same),
        "paper_seconds_per_picture": seconds / plan.timed_on,
        "our_seconds_per_picture": same_seconds / plan.timed_on,
        "breakdown": shares,
        "floor": floor,
    }


def _correlation(a: list[np.ndarray], b: list[np.ndarray]) -> float:
    """Pearson's r of two procedures' maps, of the picture where it is lowest."""
    return min(float(np.corrcoef(one.ravel(), other.ravel())[0, 1]) for one, other in zip(a, b, strict=True))


def _quality(inputs: Inputs, plan: Plan) -> dict[str, Any]:
    """Our cheapest setting as good as 100 iid samples: kept from `estimators.py`, else measured here."""
    kept = json.loads(STORED.read_text()) if STORED.is_file() else {}
    equal, noise = kept.get("equal_quality"), inputs.spec.typicality.noise
    same_model = kept.get("model") == fingerprint(inputs.spec.denoiser)
    same_range = kept.get("t") == [noise.t_min, noise.t_max]
    if equal and same_model and same_range and equal["against"]["samples"] == PAPERS:
        return {**equal, "measured_on": kept["drawn_pictures"]}
    say("No full run of estimators.py is kept for this model and range of t: measuring on a few pictures.")
    rows = judged(Pool.of(Bench.of(inputs), plan.pool), drawing_of(plan.pool), offered)
    return {**(equal_quality(rows) or {}), "measured_on": plan.pictures}


def _equal_quality(inputs: Inputs, quality: dict[str, Any], papers: float) -> dict[str, Any]:
    """Our time a picture at that setting, screening and all, against the paper's of 100 samples."""
    found: dict[str, Any] = {"equal_quality": quality, "speedup_equal_quality": None}
    if "samples" in quality:
        noise = noise_spec(inputs.spec.typicality.noise, ANTITHETIC, quality["samples"])
        screen = ScreenSpec(quality["screen_samples"], quality["sigmas"])
        _, seconds = timed(lambda: ours(inputs, noise, screen))
        found["speedup_equal_quality"] = papers / (seconds / len(inputs.pictures))
    return found


def _features(paper: Paper, done: Inputs) -> dict[str, float]:
    """DIFT of all patches of the pictures: one look a patch, or one a picture."""
    patches = done.artifacts["patches"].table("patches").sort_values("patch")
    everything = PatchSpec(done.spec.patches.size, done.spec.patches.per_picture, top=len(patches))
    done = dataclasses.replace(done, spec=dataclasses.replace(done.spec, patches=everything))
    theirs, papers = timed(lambda: paper.features(patches))
    described, seconds = timed(lambda: run(done, ("features",)))
    vectors = {
        record.row["patch"]: record.arrays["vector"] for record in described.artifacts["features"].records
    }
    cosines = [float(a @ vectors[patch]) for a, patch in zip(theirs, patches["patch"], strict=True)]
    return {"dift_speedup": papers / seconds, "dift_cosine": min(cosines), "dift_patches": len(patches)}


def show(found: dict[str, Any]) -> None:
    """The same for people."""
    for key in ("breakdown", "floor"):
        print_table([key, "share"], [[name, round(value, 3)] for name, value in found.pop(key).items()])
        print()
    quality = found.pop("equal_quality")
    found["equal_quality"] = quality.get("samples", "never reached")
    rows = [[name, round(value, 3) if isinstance(value, float) else value] for name, value in found.items()]
    print_table(["", ""], rows)


def main(
    as_json: AsJson = False, quick: Quick = False, model: Model = DEMO_MODEL, t: Range = PAPERS_T
) -> None:
    """How much faster than the procedure of the paper's released code, for how good a result?"""
    with TemporaryDirectory() as folder:
        found = measure(model, t, QUICK if quick else FULL, Path(folder))
    (print_json if as_json else show)(found)


if __name__ == "__main__":
    start(main)
