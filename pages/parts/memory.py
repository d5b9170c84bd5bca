"""How much memory the server keeps of what it no longer needs."""

from __future__ import annotations

import atexit
import ctypes
import gc
from contextlib import suppress

import pyarrow as pa
import streamlit as st

_ARENA_MAX = -8
"""glibc's name for how many heaps there may be."""


@st.cache_resource(show_spinner=False)
def keep_small() -> None:
    """Let what visitors looked at be used again, by whichever thread comes next.

    Each click runs in a thread, and glibc would give every one a heap of its own, which keeps what the click
    needed at its largest; Arrow's pool does the same. Where there is no glibc, nothing is done about heaps.
    Streamlit looks for garbage after each click: not among what was imported, which is most of what there is.
    """
    gc.freeze()
    atexit.register(gc.unfreeze)  # whatever counts its objects at the end finds them gone
    pa.set_memory_pool(pa.system_memory_pool())
    with suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).mallopt(_ARENA_MAX, 2)


def give_back() -> None:
    """Hand what the last click left free to the machine; a millisecond or two."""
    with suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)
