"""Ways to share out noise samples, judged by many drawn runs: passes, and how much of the truth they find."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.drawn_runs import DrawnRun, Pool
from benchmarks.selection import Pictures, overlap
from benchmarks.sharing_out import Policy, all_alike, screened
from benchmarks.side_by_side import PAPERS
from core.mining.patches import top_patches
from core.terminal import say

FIRST_LOOKS = (8, 16)
"""Samples of a first look."""
DOUBTS = (0.0, 0.25, 0.5)
"""Standard errors of benefit of the doubt in screening as it is (`ScreenSpec.sigmas`)."""

WORTH = 0.01
"""So much overlap may be lost."""
SAMPLES = (16, 24, 32, 48, 64, 80, 100, 128)
"""Numbers of samples among which the fewest are looked for that are as good as the paper's."""

Row = dict[str, Any]
Settings = Callable[[int], Iterable[tuple[Row, Policy]]]
"""What is tried with so many samples at most."""


@dataclass(frozen=True)
class Drawing:
    """How many runs are drawn of each of these numbers of samples, and how many the paper's own takes."""

    draws: int
    samples: tuple[int, ...]
    papers: int


def drawing_of(pool: int) -> Drawing:
    """What is drawn of a pool of so many: of 320, runs of 16 to 128 and the paper's of 100."""
    samples = tuple(number for number in SAMPLES if 2 * number <= pool)
    return Drawing(10, samples, min(PAPERS, pool // 2))


def judged(pool: Pool, drawing: Drawing, settings: Settings, looks: Sequence[int] = FIRST_LOOKS) -> list[Row]:
    """The paper's own first, then every setting at every number of samples.

    Args:
        looks: numbers of samples after which settings look at a run, besides its end.
    """
    rng = np.random.default_rng(0)
    papers = [pool.iid(drawing.papers, rng) for _ in range(drawing.draws)]
    rows = [
        {"way": "iid", "samples": drawing.papers} | _found(papers, all_alike(drawing.papers), pool.pictures)
    ]
    for samples in drawing.samples:
        say(f"{drawing.draws} runs of {samples} samples ...")
        drawn = [pool.antithetic(samples, until(samples, looks), rng) for _ in range(drawing.draws)]
        for setting, policy in settings(samples):
            rows.append({"samples": samples, **setting} | _found(drawn, policy, pool.pictures))
    return rows


def equal_quality(rows: Sequence[Row]) -> Row | None:
    """Of `judged` rows the cheapest that finds as much as the paper's own, within its error."""
    papers, *ours = rows
    good = [row for row in ours if row["overlap"] + row["error"] >= papers["overlap"]]
    return min(({"against": papers, **row} for row in good), key=lambda row: row["passes"], default=None)


def enough(rows: Sequence[Row], overlap: float) -> int | None:
    """The fewest samples that find so much, within the error, all pictures alike; None where none does."""
    good = (row for row in _alike(rows) if row["overlap"] + row["error"] >= overlap)
    return min((row["samples"] for row in good), default=None)


def pruned(rows: Sequence[Row], samples: int) -> Row:
    """The cheapest setting of so many samples that loses next to nothing by its first look."""
    ours = [row for row in rows[1:] if row["samples"] == samples]  # the first is the paper's own
    (alike,) = _alike(ours)
    kept = [row for row in ours if row["overlap"] >= alike["overlap"] - WORTH]
    return min(kept, key=lambda row: row["passes"])


def _alike(rows: Sequence[Row]) -> Iterator[Row]:
    return (row for row in rows if row.get("screen_samples") == 0)


def offered(samples: int) -> Iterator[tuple[Row, Policy]]:
    """All pictures alike, or screened after a first look."""
    yield {"screen_samples": 0, "sigmas": 0.0}, all_alike(samples)
    for first in FIRST_LOOKS:
        for doubt in DOUBTS:
            if first < samples:
                yield {"screen_samples": first, "sigmas": doubt}, screened(first, samples, doubt)


def until(samples: int, looks: Sequence[int]) -> list[int]:
    """Those of the looks that come before the end of a run, and its end."""
    return [*(number for number in looks if number < samples), samples]


def rounded(value: Any) -> Any:
    """A cell of a table for people."""
    return round(value, 3) if isinstance(value, float) else value


def _found(drawn: Sequence[DrawnRun], policy: Policy, pictures: Pictures) -> Row:
    """Means over runs; `error` is of the overlap, for these pictures: others differ by more."""
    spec, passes, overlaps = pictures.patches, [], []
    for run in drawn:
        shared = policy(run, spec.top)
        passes.append(2 * float(shared.samples.mean()))
        wanted = top_patches(run.truth, spec.top)
        overlaps.append(overlap(top_patches(shared.patches, spec.top), wanted, spec.size))
    error = float(np.std(overlaps, ddof=1) / np.sqrt(len(overlaps)))
    return {"passes": float(np.mean(passes)), "overlap": float(np.mean(overlaps)), "error": error}
