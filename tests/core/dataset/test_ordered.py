"""Which labels have an order."""

from __future__ import annotations

import pytest

from core.dataset.ordered import ordered, year_of


@pytest.mark.parametrize(
    ("label", "year"),
    [
        ("1950s", 1950),
        ("1950's", 1950),
        ("1987", 1987),
        ("800", 800),
        ("1950-1959", 1950),
        ("1950 \N{EN DASH} 59", 1950),
        ("1950 to 1959", 1950),
        ("15th", 1400),
        ("19th century", 1800),
        ("2nd Century", 100),
        ("20th_century", 1900),
    ],
)
def test_year_of__the_year_it_begins_with(label: str, year: int) -> None:
    assert year_of(label) == year


@pytest.mark.parametrize(
    "label", ["Prague", "", "12", "route 1950", "1950s cars", "19500", "5th avenue", "1950-"]
)
def test_year_of__other_labels_have_none(label: str) -> None:
    assert year_of(label) is None


def test_ordered__earliest_first() -> None:
    assert list(ordered(["2010s", "1950s", "19th century"]).items()) == [
        ("19th century", 1800),
        ("1950s", 1950),
        ("2010s", 2010),
    ]


@pytest.mark.parametrize("labels", [[], ["1950s"], ["1950s", "Prague"], ["1950s", "1950"]])
def test_ordered__nothing_where_one_has_no_place_of_its_own(labels: list[str]) -> None:
    assert ordered(labels) == {}
