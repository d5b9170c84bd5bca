"""Words and numbers as a page shows them."""

from __future__ import annotations

import re

from core import words
from core.specs import StudySpec
from core.words import between, count, signed

__all__ = ["asked", "between", "count", "plain", "quoted", "signed"]

_MARKDOWN = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~$:&^=])")


def plain(text: object) -> str:
    """A name from outside as Markdown that shows exactly its characters: no link, no picture, no HTML."""
    return _MARKDOWN.sub(r"\\\1", " ".join(str(text).split()))


def quoted(text: object) -> str:
    """The same in quotation marks."""
    return f"\u201c{plain(text)}\u201d"


def asked(spec: StudySpec) -> str:
    """Every stage of a study in words, as Markdown."""
    return "\n".join(f"- **{name}** {plain(sentence)}" for name, sentence in words.asked(spec))


def duration(seconds: float | None) -> str:
    """ "42 s", "3 min 20 s", "2 h 5 min", "4 days"."""
    if seconds is None:
        return ""
    whole = round(seconds)
    for unit, name, part, rest in ((86400, "days", 3600, "h"), (3600, "h", 60, "min"), (60, "min", 1, "s")):
        if whole >= unit:
            more = whole % unit // part
            return f"{whole // unit} {name}" + (f" {more} {rest}" if more else "")
    return f"{whole} s"


def size(number: float) -> str:
    """A number of bytes: "9.5 MB"."""
    unit = next((name for name in ("kB", "MB") if number < 1000 ** (2 if name == "kB" else 3)), "GB")
    number /= {"kB": 1e3, "MB": 1e6, "GB": 1e9}[unit]
    return f"{number:,.1f} {unit}" if number < 10 else f"{number:,.0f} {unit}"
