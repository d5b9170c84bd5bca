"""Small messages are not held back."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from pages.parts import network


def at_once(one: socket.socket) -> bool:
    return bool(one.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))


def open_now() -> set[str]:
    return {entry.name for entry in Path("/dev/fd").iterdir()}


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
        before = open_now()
        network.answer_at_once.clear()
        network.answer_at_once()
        assert at_once(here) and at_once(first)
        assert open_now() == before  # nothing is left open, nothing was closed
    with socket.create_connection(listener.getsockname()), listener.accept()[0] as later:
        assert at_once(later)
