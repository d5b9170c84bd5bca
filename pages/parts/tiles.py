"""Addresses of a study's tiles. Those that are not there yet are made while the page is already shown."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Iterable, Iterator
from contextlib import suppress

import pandas as pd
import streamlit as st

from core.errors import UserError
from core.store.reading import UNREADABLE
from core.store.tiles import Kind, make_tiles, tile_urls, without_tiles
from core.study import Study

_AT_ONCE = 2
"""Missing tiles a page waits for: those of the pictures it shows large."""

_WAITING = 64
"""Galleries whose tiles are waited for; those that were asked for longest ago are not looked at any more."""

_READ = ("path", "sha256")


def urls(study: Study, label: str, pictures: Iterable[str], kind: Kind = "picture") -> dict[str, str]:
    """Where the browser finds the tile of each of a label's pictures; a missing one it asks for again."""
    wanted = list(dict.fromkeys(pictures))
    _maker().see_to(study, label, wanted)
    return tile_urls(study, wanted, kind)


def urls_by_label(study: Study, rows: pd.DataFrame, kind: Kind = "picture") -> dict[str, str]:
    """The same of rows of a few labels, each with its `picture` and `label`."""
    found = {}
    for label, pictures in rows.groupby("label")["picture"]:
        found |= urls(study, str(label), pictures, kind)
    return found


def urls_of_any(study: Study, pictures: Iterable[str], kind: Kind = "picture") -> dict[str, str]:
    """The same of pictures of any labels: where some are missing, all of the study are looked through."""
    return urls(study, "", pictures, kind)


class Maker:
    """Makes tiles in a thread of its own, those asked for last first: somebody is looking at them."""

    def __init__(self) -> None:
        self._waiting: OrderedDict[tuple[str, str, tuple[str, ...]], Study] = OrderedDict()
        self._busy = False
        self._some = threading.Condition()
        threading.Thread(target=self._work, daemon=True, name="tiles").start()

    def see_to(self, study: Study, label: str, pictures: list[str]) -> None:
        """Make the tiles that are missing: a few at once, many while the page is already shown."""
        missing = without_tiles(study, pictures)
        if len(missing) <= _AT_ONCE:
            deque(self._making(study, label, missing), 0)
            return
        with self._some:
            self._waiting[study.name, label, tuple(missing)] = study
            self._waiting.move_to_end((study.name, label, tuple(missing)))
            while len(self._waiting) > _WAITING:
                self._waiting.popitem(last=False)
            self._some.notify_all()

    def wait(self, patience: float) -> bool:
        """Wait until nothing is waited for, at most so many seconds; whether that is so."""
        with self._some:
            return self._some.wait_for(lambda: not self._waiting and not self._busy, patience)

    def _making(self, study: Study, label: str, pictures: Iterable[str]) -> Iterator[str]:
        if missing := without_tiles(study, pictures):
            known = study.some_of(label, missing, _READ) if label else study.pictures_among(missing, _READ)
            yield from make_tiles(study, missing, known)

    def _work(self) -> None:
        while True:
            with self._some:
                self._some.wait_for(lambda: self._waiting)
                (_, label, pictures), study = self._waiting.popitem()
                self._busy = True
            # Whatever is wrong with the study, the page that shows it says so.
            with suppress(UserError, *UNREADABLE):
                started = time.monotonic()
                for _ in self._making(study, label, pictures):
                    time.sleep(time.monotonic() - started)  # half of the time is for those who click
                    started = time.monotonic()
            with self._some:
                self._busy = False
                self._some.notify_all()


@st.cache_resource(show_spinner=False)
def _maker() -> Maker:
    return Maker()
