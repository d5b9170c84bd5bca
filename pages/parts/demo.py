"""The demo's pictures: drawn on the first visit, since they are too many bytes to ship."""

from __future__ import annotations

from threading import Lock

import streamlit as st

from core.demo.study import NAME, prepare

_WORDS = "Drawing the demo\u2019s pictures, once\u2026"

__all__ = ["NAME", "draw"]


def draw() -> None:
    """Draw what is not drawn yet; a second visitor waits for the first."""
    with _one_at_a_time():
        drawing = prepare()
        total = len(drawing)
        if not total:
            return
        bar = st.progress(0.0, _WORDS)
        for done, _ in enumerate(drawing, start=1):
            bar.progress(min(done / total, 1.0), _WORDS)
        bar.empty()


@st.cache_resource(show_spinner=False)
def _one_at_a_time() -> Lock:
    return Lock()
