"""Samples shared out by hand; runs drawn from a pool."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from benchmarks.drawn_runs import DrawnRun, Pool
from benchmarks.selection import Estimate, Pictures, best, candidates
from benchmarks.sharing_out import all_alike, bars, distance, one_barrier, rounds, screened, told
from core.diffusion.asking import Answers
from core.specs import NoiseSpec, PatchSpec

TOP = 2


def patches(error, **scores):
    """Two patches a picture; those of Paris are named p..., of Kyoto k..."""
    rows = []
    for picture, both in scores.items():
        label = {"p": "Paris", "k": "Kyoto"}[picture[0]]
        for rank, score in enumerate(both):
            place = {"patch": f"{picture}-{rank}", "picture": picture, "label": label, "x": 9 * rank, "y": 0}
            rows.append({**place, "score": float(score), "error": error})
    return pd.DataFrame(rows)


# Paris: 10 and 6 are in, 4 is the first that is out, so its bar is 5. Kyoto: 9, 8 | 2, bar 5.
FIRST = patches(1.0, p1=(10, 0), p2=(6, 4), p3=(2, 1), k1=(9, 8), k2=(2, 1))
# Later p2's best turns out to be 4.5 and p3's, which is asked no more by then, would be 7.
SECOND = patches(0.5, p1=(11, 0), p2=(4.5, 4), p3=(7, 1), k1=(9, 8), k2=(2, 1))
RUN = DrawnRun({8: FIRST, 32: SECOND}, truth=SECOND)


def test_bars_lie_between_the_last_in_and_the_first_out():
    assert bars(FIRST, TOP).to_dict() == {"Kyoto": 5.0, "Paris": 5.0}
    assert bars(SECOND, TOP)["Paris"] == 5.75


def test_distance__is_that_of_the_nearest_patch_in_standard_errors():
    assert distance(FIRST, TOP).to_dict() == {"p1": 5.0, "p2": 1.0, "p3": 3.0, "k1": 3.0, "k2": 3.0}
    assert distance(SECOND, TOP)["p2"] == 2.5


def test_all_alike():
    shared = all_alike(32)(RUN, TOP)
    assert set(shared.samples) == {32}
    assert shared.patches["score"].tolist() == SECOND["score"].tolist()


@pytest.mark.parametrize(("sure", "taken"), [(0.9, 8), (1.0, 8), (1.1, 32), (1.9, 32), (9.0, 32)])
def test_one_barrier__gives_what_the_distance_asks_for(sure, taken):
    """p2 lies one error from its bar: 8 samples settle it at one error, 9.7 at 1.1, 29 at 1.9."""
    shared = one_barrier((8, 32), sure)(RUN, TOP)
    assert shared.samples["p2"] == taken
    assert shared.samples["p1"] == (32 if sure == 9.0 else 8)
    scores = shared.patches.set_index("patch")["score"]
    assert scores["p2-0"] == (6 if taken == 8 else 4.5)


def test_one_barrier__takes_the_next_number_that_is_offered():
    run = DrawnRun({8: FIRST, 16: SECOND, 32: SECOND}, truth=SECOND)
    assert one_barrier((8, 16, 32), 1.4)(run, TOP).samples["p2"] == 16  # 15.7
    assert one_barrier((8, 16, 32), 1.5)(run, TOP).samples["p2"] == 32  # 18


def test_rounds__only_the_unsettled_go_on_and_the_others_keep_what_they_had():
    shared = rounds((8, 32), 2.0)(RUN, TOP)
    assert shared.samples.to_dict() == {"p1": 8, "p2": 32, "p3": 8, "k1": 8, "k2": 8}
    scores = shared.patches.set_index("patch")["score"]
    assert (scores["p1-0"], scores["p2-0"], scores["p3-0"]) == (10, 4.5, 2)


def test_rounds__look_at_the_bar_anew():
    """After 16 p2 is at 4.5 and 4; the bar of Paris, 10 | 4.5 | 4, is 4.25: half an error from both."""
    run = DrawnRun({8: FIRST, 16: SECOND, 32: SECOND}, truth=SECOND)
    assert rounds((8, 16, 32), 2.0)(run, TOP).samples["p2"] == 32
    calm = DrawnRun({8: FIRST, 16: patches(0.5, p2=(8, 3)), 32: SECOND}, truth=SECOND)
    assert rounds((8, 16, 32), 2.0)(calm, TOP).samples["p2"] == 16  # 10, 8 | 3: bar 5.5


def test_screened__leaves_out_who_cannot_hold_one():
    shared = screened(8, 32, 0.0)(RUN, TOP)
    assert shared.samples.to_dict() == {"p1": 32, "p2": 32, "p3": 8, "k1": 32, "k2": 8}
    assert set(shared.patches["picture"]) == {"p1", "p2", "k1"}


def test_told__knows_how_many_but_not_which():
    shared = told(8)(RUN, TOP)  # in truth one of p1 and one of p3 are in, and both of k1
    assert shared.patches["patch"].tolist() == ["p1-0", "p3-0", "k1-0", "k1-1"]


def pool(pictures=2, pairs=20):
    """Answers that are their own number: pair j has t = 500 + 20 j, its samples say 2 j and 2 j + 1."""
    numbers = np.arange(2 * pairs, dtype=np.float32)
    answers = np.broadcast_to(numbers[None, None, :, None, None], (pictures, 1, 2 * pairs, 4, 4))
    of = Pictures(["a", "b"], ["Paris", "Kyoto"], (16, 16), PatchSpec(size=8, per_picture=1, top=1))
    return Pool(Answers(answers, answers, 500 + 20 * (np.arange(2 * pairs) // 2)), of, 2, 1000, NoiseSpec())


def test_pool__a_run_has_a_pair_of_each_stratum_and_is_no_part_of_its_truth():
    rng = np.random.default_rng(0)
    run = pool().antithetic(10, (2, 10), rng)
    score, truth = (table["score"].iloc[0] for table in (run.looks[10], run.truth))
    assert 10 * score + 30 * truth == pytest.approx(sum(range(40)), rel=1e-3)
    # One pair j out of each four: 0, 4, 8 ... at least and 3, 7, 11 ... at most, of mean 2 j + 0.5.
    assert 16.5 <= score <= 22.5
    assert 0.5 <= run.looks[2]["score"].iloc[0] <= 6.5  # the first stratum comes first


def test_pool__iid_runs_are_of_single_samples():
    rng = np.random.default_rng(0)
    means = [pool().iid(1, rng).looks[1]["score"].iloc[0] for _ in range(60)]
    assert set(means) <= set(range(40)) and len(set(means)) > 20


def test_candidates__of_which_the_best_are_the_best_patches():
    rng = np.random.default_rng(0)
    maps = [
        Estimate(*(rng.normal(size=(8, 8)).astype(np.float32) for _ in range(2)), np.ones((8, 8), np.float16))
        for _ in range(4)
    ]
    of = Pictures(list("abcd"), ["Paris", "Kyoto"] * 2, (16, 16), PatchSpec(size=5, per_picture=3, top=2))
    found, wanted = candidates(maps, of), best(maps, of)
    assert len(found) == 12 and (found["error"] == 1).all()
    pd.testing.assert_frame_equal(
        found.nlargest(1, "score")[["patch", "x", "y", "score"]].reset_index(drop=True),
        wanted.nlargest(1, "score")[["patch", "x", "y", "score"]].reset_index(drop=True),
    )
