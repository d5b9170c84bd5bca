"""Whose turn it is: pages are put together one at a time, in the order people clicked."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

LONGEST = 2.0
"""Seconds after which nobody waits for a page any longer: it reads a folder, or groups a thousand patches."""


class Turns:
    """A line of visitors.

    Python computes one page at a time. Thirty put together at once each get a thirtieth of it, and all are
    finished at the end; one after the other, the first is there at once, and the last no later.
    """

    def __init__(self, longest: float = LONGEST) -> None:
        self._longest = longest
        self._line: deque[object] = deque()
        self._whose: object = None
        self._until = 0.0
        self._moved = threading.Condition()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for one's turn, and have it."""
        me = object()
        with self._moved:
            self._line.append(me)
            while self._line[0] is not me or self._taken():
                self._moved.wait(self._longest)
            self._line.popleft()
            self._whose, self._until = me, time.monotonic() + self._longest
            self._moved.notify_all()
        try:
            yield
        finally:
            with self._moved:
                if self._whose is me:
                    self._whose = None
                self._moved.notify_all()

    def _taken(self) -> bool:
        return self._whose is not None and time.monotonic() < self._until


@st.cache_resource(show_spinner=False)
def line() -> Turns:
    """One line for all visitors."""
    return Turns()
