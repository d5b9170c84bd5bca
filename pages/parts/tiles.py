"""Addresses of a study's tiles; those that are not there yet are made on the way."""

from __future__ import annotations

from collections.abc import Iterable

import streamlit as st

from core.store.tiles import Kind, make_tiles, tile_url
from core.study import Study

_WORTH_A_BAR = 24


def urls(study: Study, pictures: Iterable[str], kind: Kind = "picture") -> dict[str, str]:
    """Where the browser finds the tile of each picture."""
    wanted = list(dict.fromkeys(pictures))
    _make(study, wanted)
    return {picture: tile_url(study, picture, kind) for picture in wanted}


def _make(study: Study, pictures: list[str]) -> None:
    made = _made(str(study.layout.public), study.name)
    missing = [picture for picture in pictures if picture not in made]
    bar = st.progress(0.0, "Making small pictures\u2026") if len(missing) > _WORTH_A_BAR else None
    for done, picture in enumerate(make_tiles(study, missing), start=1):
        made.add(picture)
        if bar:
            bar.progress(done / len(missing), "Making small pictures\u2026")
    if bar:
        bar.empty()


@st.cache_resource(max_entries=64, show_spinner=False)
def _made(public: str, study: str) -> set[str]:
    """The pictures whose tiles this process has seen to."""
    return set()
