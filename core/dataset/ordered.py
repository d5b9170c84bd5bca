"""Labels that have an order of their own: years, spans of years, decades, centuries."""

from __future__ import annotations

import re
from collections.abc import Sequence

_YEAR = re.compile(r"(\d{3,4})(?:\s*(?:'|\N{RIGHT SINGLE QUOTATION MARK})?s)?")
_SPAN = re.compile(r"(\d{3,4})\s*(?:-|\N{EN DASH}|to)\s*\d{2,4}")
_CENTURY = re.compile(r"(\d{1,2})(?:st|nd|rd|th)(?:[\s_-]*(?:century|cent\.?|c\.?))?", re.IGNORECASE)


def year_of(label: str) -> int | None:
    """The year a label begins with: "1950s", "1950", "1950-1959" give 1950, "19th century" gives 1800.

    None for any other label.
    """
    text = " ".join(label.split())
    if found := _CENTURY.fullmatch(text):
        return (int(found[1]) - 1) * 100
    found = _YEAR.fullmatch(text) or _SPAN.fullmatch(text)
    return int(found[1]) if found else None


def ordered(labels: Sequence[str]) -> dict[str, int]:
    """The year each label begins with, earliest first; empty unless two or more all have one of their own."""
    years = {label: year_of(label) for label in labels}
    known = {label: year for label, year in years.items() if year is not None}
    if len(known) < len(years) or len(known) < 2 or len(set(known.values())) < len(known):
        return {}
    return dict(sorted(known.items(), key=lambda one: one[1]))
