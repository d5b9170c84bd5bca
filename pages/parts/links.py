"""Addresses of views: whatever is looked at can be sent to somebody else."""

from __future__ import annotations

from urllib.parse import urlencode

from core.study import Study


def href(page: str, study: Study, label: str, **more: str) -> str:
    """The address of a page ("clusters"), relative to the app's own."""
    return f"{page}?{urlencode({'study': study.name, 'label': label, **more})}"
