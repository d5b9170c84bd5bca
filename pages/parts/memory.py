"""How much memory the server keeps of what it no longer needs."""

from __future__ import annotations

import atexit
import ctypes
import gc
import time
from contextlib import suppress

import pyarrow as pa
import streamlit as st

_ARENA_MAX = -8
"""glibc's name for how many heaps there may be."""
_MMAP_THRESHOLD = -3
"""glibc's name for the size from which what is asked for lies outside of all heaps."""
LARGE = 128 << 10
"""Bytes; where glibc begins, before it moves that size up by what is given back."""
ANEW = 20.0
"""Seconds after which everything is searched for garbage."""


@st.cache_resource(show_spinner=False)
def keep_small() -> None:
    """Let what visitors looked at be used again, by whichever thread comes next.

    Each click runs in a thread, and glibc would give every one a heap of its own, which keeps what the click
    needed at its largest; Arrow's pool does the same. Tables and arrays lie outside of the heap, since one
    small thing that stays behind them would keep them there. Where there is no glibc, nothing is done about
    heaps.
    """
    atexit.register(gc.unfreeze)  # whatever counts its objects at the end finds them gone
    pa.set_memory_pool(pa.system_memory_pool())
    with suppress(OSError, AttributeError, TypeError):
        libc = ctypes.CDLL(None)
        libc.mallopt(_ARENA_MAX, 1)
        libc.mallopt(_MMAP_THRESHOLD, LARGE)


class Aside:
    """What is there before a click will mostly be there after it: modules, caches, what others look at.

    Streamlit looks for garbage after every click, while nobody else can compute. With many visitors at once
    that was a fifth of all time. Put aside, all of this is looked through a few times a minute only.
    """

    def __init__(self) -> None:
        gc.freeze()
        self._searched = time.monotonic()

    def tidy(self) -> None:
        """Before a click's work."""
        now = time.monotonic()
        if now - self._searched > ANEW:
            self._searched = now
            gc.unfreeze()
            gc.collect()
        gc.freeze()


@st.cache_resource(show_spinner=False)
def aside() -> Aside:
    """One for all visitors."""
    return Aside()


def give_back() -> None:
    """Hand what the last click left free to the machine; a millisecond or two."""
    with suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)
