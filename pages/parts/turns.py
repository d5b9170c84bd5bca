"""Whose turn it is: pages are put together a few at a time, in the order people clicked."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

AT_ONCE = 2
"""Pages put together at once. Python computes one at a time; a second goes on while that one reads."""

LONGEST = 2.0
"""Seconds after which nobody waits for a page any longer: it reads a folder, or groups a thousand patches."""


class Turns:
    """A line of visitors.

    Thirty pages put together at once are all slow: each gets a thirtieth of the time, and all are finished
    at the end. One after the other, the first is there at once, and the last no later.
    """

    def __init__(self, at_once: int = AT_ONCE, longest: float = LONGEST) -> None:
        self._at_once, self._longest = at_once, longest
        self._line: deque[object] = deque()
        self._ends: dict[object, float] = {}
        self._moved = threading.Condition()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for one's turn, and have it."""
        me = object()
        with self._moved:
            self._line.append(me)
            while self._line[0] is not me or self._full():
                self._moved.wait(self._longest)
            self._line.popleft()
            self._ends[me] = time.monotonic() + self._longest
            self._moved.notify_all()
        try:
            yield
        finally:
            with self._moved:
                self._ends.pop(me)
                self._moved.notify_all()

    def _full(self) -> bool:
        now = time.monotonic()
        return sum(end > now for end in self._ends.values()) >= self._at_once


@st.cache_resource(show_spinner=False)
def turns() -> Turns:
    """One line for all visitors."""
    return Turns()
