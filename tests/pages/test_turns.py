"""Pages are put together a few at a time, in the order people clicked."""

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
    turns, served = Turns(at_once=1, longest=SOON), list[int]()

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


def test_so_many_at_once_and_no_more() -> None:
    turns, inside, most = Turns(at_once=2, longest=SOON), 0, 0
    met, lock = threading.Barrier(2), threading.Lock()

    def visit() -> None:
        nonlocal inside, most
        with turns.turn():
            with lock:
                inside += 1
                most = max(most, inside)
            met.wait(SOON)  # for the other one: two are inside at once
            with lock:
                inside -= 1

    with ThreadPoolExecutor(6) as pool:
        for visited in [pool.submit(visit) for _ in range(6)]:
            visited.result(SOON)
    assert most == 2


def test_nobody_waits_for_a_page_that_takes_long() -> None:
    turns, done = Turns(at_once=1, longest=0.05), threading.Event()

    def visit() -> None:
        with turns.turn():
            done.set()

    with ThreadPoolExecutor(1) as pool, turns.turn():
        pool.submit(visit)
        assert done.wait(SOON)


def test_a_page_that_fails_gives_its_turn_back() -> None:
    turns, done = Turns(at_once=1, longest=10 * SOON), threading.Event()
    with pytest.raises(KeyboardInterrupt), turns.turn():
        raise KeyboardInterrupt

    def visit() -> None:
        with turns.turn():
            done.set()

    threading.Thread(target=visit, daemon=True).start()
    assert done.wait(SOON)


def test_the_app_waits_for_its_turn(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TYPISCOPE_CACHE", str(tmp_path))
    line = Turns(at_once=1, longest=SOON)
    monkeypatch.setattr(parts, "turns", lambda: line)
    app, shown = AppTest.from_file(APP, default_timeout=60), threading.Event()

    def visit() -> None:
        app.run()
        shown.set()

    with ThreadPoolExecutor(1) as pool:
        with line.turn():
            visited = pool.submit(visit)
            in_line(line, 1)
            assert not shown.is_set()
        visited.result(60)
    assert app.title[0].value == "Nothing to look at yet"
