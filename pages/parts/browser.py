"""What is drawn by a script of our own in the browser, in files beside the Python that hands it its data."""

from __future__ import annotations

from pathlib import Path

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

_HERE = Path(__file__).parent


def component(name: str, *before: str) -> ComponentRenderer:
    """The component of `name.html`, `name.css` and `name.js`.

    Args:
        name: of its files.
        before: scripts that are put before its own: what it shares with others.
    """
    scripts = [_text(f"{script}.js") for script in (*before, name)]
    return st.components.v2.component(
        name, html=_text(f"{name}.html"), css=_text(f"{name}.css"), js="\n".join(scripts)
    )


def _text(file: str) -> str:
    return (_HERE / file).read_text(encoding="utf-8")
