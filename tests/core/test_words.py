"""Numbers in words."""

from __future__ import annotations

import pytest

from core.words import about


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.02, "about 1 s"),
        (7.4, "about 7 s"),
        (58.7, "about 59 s"),
        (527.0, "about 8 min 50 s"),
        (1536.0, "about 25 min"),
        (86_000.0, "about 23 h 53 min"),
        (871_234.0, "about 10 days 1 h"),
    ],
)
def test_about__is_no_more_exact_than_it_is(seconds: float, said: str) -> None:
    assert about(seconds) == said
