"""Words and numbers as a page shows them."""

from __future__ import annotations

import re

from core import words
from core.specs import StudySpec
from core.words import about, between, count, duration, pace, signed, size

__all__ = ["about", "asked", "between", "count", "duration", "pace", "plain", "quoted", "signed", "size"]

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
