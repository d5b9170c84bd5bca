"""What lives long is put aside from the search for garbage, and comes back to it."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest

from pages.parts import memory


class Loop:
    """Nothing but itself holds on to it."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture(autouse=True)
def nothing_stays_aside() -> Iterator[None]:
    yield
    gc.unfreeze()


def test_what_is_put_aside_is_garbage_for_a_while_only(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr(memory.time, "monotonic", lambda: now)
    aside = memory.Aside()
    loop = Loop()
    seen = weakref.ref(loop)
    aside.tidy()
    del loop
    gc.collect()
    aside.tidy()
    assert seen() is not None
    now = memory.ANEW + 1
    aside.tidy()
    assert seen() is None
    assert gc.get_freeze_count()
