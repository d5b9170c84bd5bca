"""What pages add where pictures come out of medical scans: a plain sentence, and the way through a volume."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pandas as pd
import streamlit as st

from core.dataset.manifest import SLICE_COLUMNS
from core.store.reading import reading
from core.study import Study
from pages.parts import opened

_KEY = "slice"


def research_use(study: Study) -> None:
    """Under the title of every page that shows scans, so that nobody takes a map for a finding."""
    dataset = opened.artifact(study, "dataset")
    if reading(dataset, lambda: dataset.manifest.get("medical") or "volume" in dataset.columns("pictures")):
        st.caption("Research use, no diagnosis.")


def through_volume(
    study: Study, label: str, picture: str, measured: Iterable[str], choose: Callable[[str], None]
) -> None:
    """A slider through those slices of a picture's volume that have maps; nothing where it is no slice.

    Args:
        study: whose picture it is.
        label: the picture's.
        picture: the one in view.
        measured: ids of pictures that have maps.
        choose: makes another picture part of the link.
    """
    known = of_label(study, label)
    if known.empty:
        return
    beside, there = beside_it(known, picture), set(measured)
    slices = {number: name for name, number in beside.items() if name in there}
    now = beside.get(picture)
    if now not in slices or len(slices) < 2:
        return
    st.session_state[_KEY] = now  # whatever led here, the slider stands where the picture is
    st.select_slider(
        "Slice of its volume", list(slices), key=_KEY, help="Only slices that have a map.",
        on_change=lambda: choose(slices[st.session_state[_KEY]]),
    )  # fmt: skip


def of_label(study: Study, label: str) -> pd.DataFrame:
    """`file_name`, `volume` and `slice` of a label's slices, indexed by picture; empty without any."""
    content = opened.content(opened.artifact(study, "dataset"))
    return _of_label(study, label, f"{study.spec.told} {study.spec.pictures} {content}")


def beside_it(slices: pd.DataFrame, picture: str) -> dict[str, int]:
    """The slices of the picture's volume along the same axis: each one's id and number, sorted by number."""
    if picture not in slices.index:
        return {}
    along = slices["file_name"].str.rpartition("=")[0].where(slices["file_name"].str.contains("#"), "")
    same = (slices["volume"] == slices.at[picture, "volume"]) & (along == along[picture])
    numbers = slices.loc[same, "slice"].drop_duplicates().sort_values()
    return {str(name): int(number) for name, number in numbers.items()}


@st.cache_resource(max_entries=opened.LABELS, show_spinner=False)
def _of_label(_study: Study, label: str, key: str) -> pd.DataFrame:
    dataset, wanted = opened.artifact(_study, "dataset"), ("file_name", *SLICE_COLUMNS)
    if not set(wanted) <= set(reading(dataset, lambda: dataset.columns("pictures"))):
        return pd.DataFrame(columns=list(wanted))
    found = reading(dataset, lambda: _study.pictures_of(label, wanted))[list(wanted)]
    return found.dropna(subset=list(SLICE_COLUMNS))
