"""How soon the server's words go out."""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from pathlib import Path

import streamlit as st

_HANDLES = Path("/dev/fd")
"""Where Linux and macOS list what a process has open."""


@st.cache_resource(show_spinner=False)
def answer_at_once() -> None:
    """Send every message as soon as it is made, however small.

    A page is many small messages. By itself TCP holds the last one back until those before are acknowledged,
    for 40 ms; asyncio switches that off only for sockets made by name of the protocol, and Streamlit's is
    made without. What the listening socket is told holds for every visitor it lets in from then on.
    """
    with suppress(OSError):  # Windows has no such list, and other timers
        for handle in [int(entry.name) for entry in _HANDLES.iterdir()]:
            with suppress(OSError):  # this one is no socket
                _hold_nothing_back(os.dup(handle))


def _hold_nothing_back(handle: int) -> None:
    try:
        copy = socket.socket(fileno=handle)
    except OSError:
        os.close(handle)
        raise
    with copy:
        if copy.family in (socket.AF_INET, socket.AF_INET6) and copy.type == socket.SOCK_STREAM:
            copy.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
