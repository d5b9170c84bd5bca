"""The demo's pictures: drawn on the first visit, since they are too many bytes to ship."""

from __future__ import annotations

from threading import Lock

import streamlit as st

from core import config
from core.demo.study import NAME, prepare
from pages.parts.bar import with_bar

_WORDS = "Drawing the demo\u2019s pictures, once"

__all__ = ["NAME", "draw"]


def draw() -> None:
    """Draw what is not drawn yet; a second visitor waits for the first."""
    with _one_at_a_time():
        drawing = prepare(config.known())
        if len(drawing):
            for _ in with_bar(drawing, _WORDS, "picture", stops=False):
                pass


@st.cache_resource(show_spinner=False)
def _one_at_a_time() -> Lock:
    return Lock()
