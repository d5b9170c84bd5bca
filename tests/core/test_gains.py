"""When a training had better stop, and when it learns by heart."""

from __future__ import annotations

import pytest

from core.gains import Gain, best, is_over, overfitting


def looks(*gains: float) -> list[Gain]:
    return [Gain(10 * number, gain, gain) for number, gain in enumerate(gains)]


@pytest.mark.parametrize(
    ("gains", "patience", "over"),
    [
        ((), 2, False),
        ((0.1,), 1, False),
        ((0.1, 0.2, 0.1), 2, False),
        ((0.1, 0.2, 0.1, 0.1), 2, True),
        ((0.1, 0.2, 0.2, 0.2), 2, True),
        ((0.1, 0.2, 0.1, 0.3), 2, False),
        ((0.3, 0.2, 0.1, 0.0), 0, False),
    ],
)
def test_is_over__when_the_gain_has_not_risen(gains, patience, over) -> None:
    assert is_over(looks(*gains), patience) == over


def test_best__is_the_first_of_the_highest() -> None:
    assert best([]) is None
    assert best(looks(0.1, 0.3, 0.3)) == Gain(10, 0.3, 0.3)


FALLING = [1 - 0.01 * step for step in range(40)]
LEVEL = [1.0] * 40


def test_overfitting__is_named_where_the_loss_falls_on_and_the_gain_falls() -> None:
    said = overfitting(FALLING, looks(0.0, 0.2, 0.3, 0.2, 0.1))
    assert "after step 20" in said and "by heart" in said


@pytest.mark.parametrize(
    ("losses", "gains"),
    [
        (FALLING, (0.0, 0.1, 0.2, 0.3, 0.4)),
        (FALLING, (0.0, 0.1, 0.2, 0.4, 0.3)),  # one look lower is nothing yet
        (LEVEL, (0.0, 0.2, 0.3, 0.2, 0.1)),
        (FALLING[:5], (0.0,)),
        ([], (0.3, 0.2, 0.1)),
        (FALLING, ()),
    ],
)
def test_overfitting__else_nothing_is_said(losses, gains) -> None:
    assert overfitting(losses, looks(*gains)) == ""
