"""One screen a step: which one is in the link, and the way on and back."""

from __future__ import annotations

import streamlit as st

from pages.parts import opened

KEY = "step"


def current(count: int) -> int:
    """The step the link asks for, from 0; where there is no such step that is said, and it is the first."""
    known = [str(number + 1) for number in range(count)]
    opened.refuse_unknown(KEY, known, "no. 1")
    asked = st.query_params.get(KEY, "1")
    return known.index(asked) if asked in known else 0


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
