"""Small messages are not held back."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from pages.parts import network


def at_once(one: socket.socket) -> bool:
    return bool(one.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))


def handles(one: socket.socket) -> int:
    """How often a socket is open in this process, whatever other threads open and close meanwhile."""
    known = os.fstat(one.fileno())
    found = 0
    for entry in Path("/dev/fd").iterdir():
        with suppress(OSError):
            found += os.path.samestat(os.fstat(int(entry.name)), known)
    return found


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """A socket bound as Streamlit binds its own."""
    with socket.socket(socket.AF_INET) as one:
        one.bind(("127.0.0.1", 0))
        one.listen()
        yield one


@pytest.mark.skipif(not Path("/dev/fd").is_dir(), reason="this system does not list what a process has open")
def test_those_who_are_here_and_those_who_come_are_answered_at_once(listener: socket.socket) -> None:
    with socket.create_connection(listener.getsockname()) as first, listener.accept()[0] as here:
        assert not at_once(here)
        network.answer_at_once.clear()
        network.answer_at_once()
        assert at_once(here) and at_once(first)
        for one in (listener, first, here):
            assert handles(one) == 1  # no copy is left open, and what was open still is
    with socket.create_connection(listener.getsockname()), listener.accept()[0] as later:
        assert at_once(later)
