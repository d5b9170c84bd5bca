"""What pages are made of."""

from __future__ import annotations

import pytest

from pages.parts.bar import said
from pages.parts.gallery import cut
from pages.parts.overlay import outline
from pages.parts.text import between, count, plain, signed

NAN = float("nan")


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.0, "+0.000"),
        (0.01234, "+0.0123"),
        (-0.5, "\u22120.500"),
        (12.0, "+12.0"),
        (1e-9, "+0.000000"),
        (NAN, "unknown"),
    ],
)
def test_a_typicality_has_its_sign_and_three_digits(value: float, shown: str) -> None:
    assert signed(value) == shown


def test_an_interval_that_is_not_known_is_not_made_up() -> None:
    assert between(NAN, NAN) == "no interval"
    assert between(-0.1, 0.25) == "95%: \u22120.100 to +0.250"


def test_one_is_one() -> None:
    assert [count(n, "patch", "patches") for n in (0, 1, 1200)] == ["0 patches", "1 patch", "1,200 patches"]


def test_a_plain_name_has_no_markdown_left() -> None:
    assert plain("a_b *c* <d>\n# e") == r"a\_b \*c\* \<d\> \# e"


def test_a_cut_fills_its_square_with_the_patch() -> None:
    patch = {"left": 30, "top": 10, "right": 50, "bottom": 30}
    left, top, width, height = cut(patch, 100, 60)
    assert (left, top, width, height) == (1.5, 0.5, 5.0, 3.0)  # in squares of 20 pixels


def test_a_cut_of_a_patch_at_the_edge_keeps_its_middle() -> None:
    left, top, width, height = cut({"left": 0, "top": 0, "right": 20, "bottom": 10}, 100, 60)
    assert (left, top, width, height) == (0.0, -0.25, 5.0, 3.0)


def test_an_outline_is_a_share_of_the_picture() -> None:
    assert outline({"left": 25, "top": 30, "right": 50, "bottom": 60}, 100, 60) == (0.25, 0.5, 0.25, 0.5)


@pytest.mark.parametrize(
    ("done", "seconds", "shown"),
    [
        (1, 0.5, "Reading: 1 of 360 files"),
        (120, 5.0, "Reading: 120 of 360 files, 24.0 a second, 10 s left"),
        (36, 90.0, "Reading: 36 of 360 files, 2.5 s each, 13 min 30 s left"),
    ],
)
def test_a_bar_says_how_fast_it_goes_and_what_is_left(done: int, seconds: float, shown: str) -> None:
    assert said("Reading", done, 360, seconds, "file") == shown
