"""One file that comes from the hub, told while it comes; whoever stops listening stops it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

from huggingface_hub.utils.tqdm import tqdm

LOOK = 0.2
"""Seconds between two looks at how much has come."""


def arriving(fetch: Callable[[type[tqdm]], object]) -> Iterator[int]:
    """Bytes of a file that have come so far, again and again until it is here.

    Args:
        fetch: gets the file, given the class of the bars it tells its progress with.

    Raises:
        Exception: whatever `fetch` raises.
    """
    errand = _Errand(fetch)
    errand.start()
    try:
        while errand.is_alive():
            errand.join(LOOK)
            yield errand.come
    finally:
        errand.stop.set()
    if errand.problem:
        raise errand.problem


class _StoppedError(Exception):
    """Nobody listens any more."""


class _Errand(threading.Thread):
    def __init__(self, fetch: Callable[[type[tqdm]], object]) -> None:
        super().__init__(name="arriving", daemon=True)
        self._fetch = fetch
        self.come = 0
        self.stop = threading.Event()
        self.problem: Exception | None = None

    def run(self) -> None:
        try:
            self._fetch(self._bar())
        except _StoppedError:
            pass
        except Exception as problem:
            self.problem = problem

    def _bar(self) -> type[tqdm]:
        """A bar that nobody sees. A fetch may have two, of what came and of what was put together from it."""
        errand = self

        class Bar(tqdm):  # type: ignore[misc]
            def __init__(self, *args: Any, **kwargs: Any) -> None:
                super().__init__(*args, **{**kwargs, "disable": True})  # type: ignore[no-untyped-call]
                self._come = int(kwargs.get("initial") or 0)

            def update(self, n: float | None = 1) -> None:
                self._come += int(n or 0)
                errand.come = max(errand.come, self._come)
                if errand.stop.is_set():
                    raise _StoppedError

        return Bar
