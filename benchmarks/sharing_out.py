"""Ways to share out noise samples among pictures, judged by answers already there: tables only.

A patch is *settled* when its score lies so many standard errors from its label's bar, above or below. A
picture all of whose patches are settled needs no more samples.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from benchmarks.drawn_runs import DrawnRun
from core.mining.patches import top_patches
from core.mining.screening import survivors
from core.specs import ScreenSpec

Policy = Callable[[DrawnRun, int], "Shared"]
"""How the samples of one run are shared out when the best so many patches of a label are wanted."""


@dataclass(frozen=True)
class Shared:
    """How many samples each picture took, and the patches that compete, each as its picture last saw it."""

    samples: pd.Series[int]
    """Indexed by picture."""
    patches: pd.DataFrame


def all_alike(samples: int) -> Policy:
    """Every picture takes so many."""
    return lambda run, top: _after(run, _each(run.looks[samples], samples))


def screened(first: int, samples: int, sigmas: float) -> Policy:
    """Screening as the project does it: after a first look some go on to the end, the others are out."""

    def policy(run: DrawnRun, top: int) -> Shared:
        keep = survivors(_looked(run.looks[first]), ScreenSpec(first, sigmas), top)
        taken = _each(run.looks[first], first)
        taken[taken.index.isin(keep)] = samples
        shared = _after(run, taken)
        return Shared(taken, shared.patches[shared.patches["picture"].isin(keep)])

    return policy


def one_barrier(looks: Sequence[int], sure: float) -> Policy:
    """After the first look each picture is given as many as should settle its patches."""

    def policy(run: DrawnRun, top: int) -> Shared:
        far = distance(run.looks[looks[0]], top)
        # Errors shrink with the square root of the number of samples.
        needed = looks[0] * (sure / far.clip(lower=1e-6)) ** 2
        places = np.searchsorted(looks, needed).clip(max=len(looks) - 1)
        return _after(run, pd.Series(np.asarray(looks)[places], index=far.index))

    return policy


def rounds(looks: Sequence[int], sure: float) -> Policy:
    """After every look the pictures that are not settled go on to the next, with bars anew."""

    def policy(run: DrawnRun, top: int) -> Shared:
        taken = _each(run.looks[looks[0]], looks[0])
        for before, number in pairwise(looks):
            far = distance(_after(run, taken).patches, top).reindex(taken.index)
            taken[(taken == before) & (far < sure)] = number
        return _after(run, taken)

    return policy


def told(samples: int) -> Policy:
    """A bound, no policy: every picture is told by the truth how many of its patches are among the best."""

    def policy(run: DrawnRun, top: int) -> Shared:
        right = top_patches(run.truth, top)["picture"].value_counts()
        patches = run.looks[samples]
        rank = patches.groupby("picture").cumcount()
        kept = patches[rank < patches["picture"].map(right).fillna(0)]
        return Shared(_each(patches, samples), kept)

    return policy


def bars(patches: pd.DataFrame, top: int) -> pd.Series[float]:
    """By label, the score in the middle between the last patch that is in and the first that is out."""
    scores = patches.groupby("label")["score"]
    return scores.apply(lambda one: one.nlargest(top + 1).iloc[[-2, -1]].mean())


def distance(patches: pd.DataFrame, top: int) -> pd.Series[float]:
    """By picture, how many standard errors its patch nearest to the bar lies from it."""
    away = (patches["score"] - patches["label"].map(bars(patches, top))).abs() / patches["error"]
    return away.groupby(patches["picture"]).min()


def _each(patches: pd.DataFrame, samples: int) -> pd.Series[int]:
    """So many for every picture."""
    return pd.Series(samples, index=patches["picture"].unique())


def _after(run: DrawnRun, taken: pd.Series[int]) -> Shared:
    """What is known when each picture has taken its number."""
    known = [
        run.looks[number][run.looks[number]["picture"].isin(pictures.index)]
        for number, pictures in taken.groupby(taken)
    ]
    return Shared(taken, pd.concat(known, ignore_index=True))


def _looked(patches: pd.DataFrame) -> pd.DataFrame:
    """A row a picture, as `survivors` takes them."""
    of = patches.groupby(["picture", "label"], sort=False)
    return of.agg(scores=("score", list), errors=("error", list)).reset_index()
