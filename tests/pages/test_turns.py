"""Pages are put together one at a time, in the order people clicked."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from pages.parts import turns as parts
from pages.parts.turns import Turns

APP = str(Path(__file__).parents[2] / "app.py")
SOON = 10.0
"""Seconds in which anything that happens has happened, on a busy machine too."""


def in_line(turns: Turns, number: int) -> None:
    """Wait until so many stand in line."""
    for _ in range(int(SOON / 0.005)):
        if len(turns._line) == number:
            return
        threading.Event().wait(0.005)
    raise AssertionError(f"{len(turns._line)} in line")


def test_first_come_first_served() -> None:
    turns, served = Turns(longest=SOON), list[int]()

    def visit(number: int) -> None:
        with turns.turn():
            served.append(number)

    with ThreadPoolExecutor(8) as pool:
        with turns.turn():
            visits = []
            for number in range(8):
                visits.append(pool.submit(visit, number))
                in_line(turns, number + 1)
            assert served == []
        wait(visits, SOON)
    assert served == list(range(8))


def test_nobody_waits_for_a_page_that_takes_long() -> None:
    turns, done = Turns(longest=0.05), threading.Event()

    def visit() -> None:
        with turns.turn():
            done.set()

    with ThreadPoolExecutor(1) as pool, turns.turn():
        pool.submit(visit)
        assert done.wait(SOON)


def test_a_long_page_ends_its_own_turn_alone() -> None:
    turns, second, third = Turns(longest=0.05), threading.Event(), threading.Event()
    go_on = threading.Event()

    def visit(inside: threading.Event) -> None:
        with turns.turn():
            turns._until += SOON
            inside.set()
            go_on.wait(SOON)

    with ThreadPoolExecutor(2) as pool:
        with turns.turn():
            pool.submit(visit, second)
            assert second.wait(SOON)
        pool.submit(visit, third)
        in_line(turns, 1)
        assert not third.wait(0.3)
        go_on.set()
        assert third.wait(SOON)


def test_a_page_that_fails_gives_its_turn_back() -> None:
    turns, done = Turns(longest=10 * SOON), threading.Event()
    with pytest.raises(KeyboardInterrupt), turns.turn():
        raise KeyboardInterrupt

    def visit() -> None:
        with turns.turn():
            done.set()

    threading.Thread(target=visit, daemon=True).start()
    assert done.wait(SOON)


def test_the_app_waits_for_its_turn(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TYPISCOPE_CACHE", str(tmp_path))
    turns = Turns(longest=SOON)
    monkeypatch.setattr(parts, "line", lambda: turns)
    app, shown = AppTest.from_file(APP, default_timeout=60), threading.Event()

    def visit() -> None:
        app.run()
        shown.set()

    with ThreadPoolExecutor(1) as pool:
        with turns.turn():
            visited = pool.submit(visit)
            in_line(turns, 1)
            assert not shown.is_set()
        visited.result(60)
    assert app.title[0].value == "Nothing to look at yet"
