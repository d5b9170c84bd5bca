"""A bar along something long that a page does itself: how fast it goes, how much is left, and a way out."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sized
from typing import Protocol

import streamlit as st

from core.words import count, duration, pace

EVERY = 0.3
"""Seconds between two states of the bar."""


class Work(Sized, Iterable[object], Protocol):
    """Something long, one step after the other."""


def with_bar(
    work: Work, title: str, unit: str = "file", note: str = "", stops: bool = True
) -> Iterator[object]:
    """Pass on what `work` yields, with a bar above it that is gone at its end.

    Args:
        unit: what is counted.
        note: what stopping loses, or does not.
        stops: with a button that stops it: any click runs the page again, and so ends this run of it.
    """
    total, began, shown = len(work), time.monotonic(), -EVERY
    place = st.empty()
    with place.container():
        bar = st.progress(0.0, f"{title}\u2026")
        if stops:
            st.button("Cancel", key=f"cancel {title}", icon=":material/stop:", help=note or None)
    for done, item in enumerate(work, start=1):
        seconds = time.monotonic() - began
        if seconds - shown >= EVERY:
            shown = seconds
            bar.progress(min(done / max(total, 1), 1.0), said(title, done, total, seconds, unit))
        yield item
    place.empty()


def said(title: str, done: int, total: int, seconds: float, unit: str) -> str:
    """ "Reading: 120 of 360 pictures, 24 a second, 10 s left"."""
    text = f"{title}: {done:,} of {count(total, unit)}"
    if seconds < 1:
        return text
    return f"{text}, {pace(done / seconds)}, {duration((total - done) * seconds / done)} left"
