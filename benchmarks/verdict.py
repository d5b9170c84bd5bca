"""What the curve says: how many samples are enough, and how few are as good as the paper's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from benchmarks.curve import ANTITHETIC, Bench, Plan, Question, point, questions, reference
from benchmarks.pruning import WORTH, cheapest, trials
from benchmarks.selection import Estimate
from core.stages import Inputs

GOOD = 0.9
"""The overlap with the reference at which samples are enough."""

Row = dict[str, Any]


@dataclass(frozen=True)
class Measured:
    """Every point of the curve, and the answers of our own estimator by their number."""

    bench: Bench
    truth: list[Estimate]
    curve: list[Row]
    ours: dict[int, Question]

    @staticmethod
    def of(inputs: Inputs, plan: Plan) -> Measured:
        """Ask everything of the plan about the pictures of `inputs`."""
        bench = Bench.of(inputs)
        truth = reference(bench, plan)
        curve, ours = [], {}
        for question in questions(bench, plan):
            curve.append(point(question, bench, truth))
            if question.estimator == ANTITHETIC:
                ours[question.samples] = question
        return Measured(bench, truth, curve, ours)

    def smallest(self, least: float) -> int | None:
        """The fewest samples of ours with an overlap of `least` or more; None where none has it."""
        enough = [row["samples"] for row in self._of(ANTITHETIC) if row["overlap"] >= least]
        return min(enough, default=None)

    def point(self, samples: int) -> Row:
        """Our own estimator at so many samples."""
        return next(row for row in self._of(ANTITHETIC) if row["samples"] == samples)

    def pruned(self, samples: int, least: float | None = None) -> Row:
        """Every trial of pruning, and the cheapest that loses next to nothing (or keeps `least`)."""
        rows = trials(self.ours[samples], self.bench, self.truth)
        least = rows[0]["overlap"] - WORTH if least is None else least
        return {"samples": samples, "chosen": cheapest(rows, least), "trials": rows}

    def equal_quality(self) -> Row | None:
        """The fewest samples of ours that find as much of the reference as the most iid ones, then pruned."""
        papers = max(self._of("iid"), key=lambda row: row["samples"])
        samples = self.smallest(papers["overlap"])
        if samples is None:
            return None
        chosen = self.pruned(samples, least=papers["overlap"])["chosen"]
        return {"against": papers, "samples": samples, **chosen}

    def _of(self, estimator: str) -> list[Row]:
        return [row for row in self.curve if row["estimator"] == estimator]
