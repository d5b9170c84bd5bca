"""Addresses of views: whatever is looked at can be sent to somebody else."""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import quote_plus, urlencode

from core.study import Study


def href(page: str, study: Study, label: str, **more: str) -> str:
    """The address of a page ("clusters"), relative to the app's own."""
    own = [f"&{name}={quote_plus(value)}" for name, value in more.items()]
    return _shared(page, study.name, label) + "".join(own)


@lru_cache(maxsize=256)
def _shared(page: str, study: str, label: str) -> str:
    """What all links to a label have in common; a page may show hundreds of them."""
    return f"{page}?{urlencode({'study': study, 'label': label})}"
