"""One screen a step: which one is in the link, and the way on and back."""

from __future__ import annotations

import streamlit as st

KEY = "step"


def current(count: int) -> int:
    """The step the link asks for, from 0; nonsense is the first, beyond the end the last."""
    asked = st.query_params.get(KEY, "1")
    number = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 6 else 1
    return min(max(number, 1), count) - 1


def buttons(step: int, titles: list[str]) -> None:
    """Back and next, also with the arrow keys, and where one is between them."""
    last = len(titles) - 1
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Back", shortcut="Left",
            disabled=step == 0, on_click=go, args=(step - 1,),
        )  # fmt: skip
        st.button(
            "Next", shortcut="Right", type="primary",
            disabled=step == last, on_click=go, args=(step + 1,),
        )  # fmt: skip
        st.caption(f"{step + 1} of {len(titles)}: {titles[step]}")


def go(step: int) -> None:
    """To another step; it becomes part of the link."""
    st.query_params[KEY] = str(step + 1)
