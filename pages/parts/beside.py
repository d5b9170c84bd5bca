"""Other studies of the same pictures: other models that were asked about them."""

from __future__ import annotations

import shlex
from contextlib import suppress
from pathlib import Path

import streamlit as st

from core.errors import UserError
from core.store import models
from core.store.adapters import beneath
from core.study import Study
from pages.parts import opened
from pages.parts.text import plain


def others(study: Study, label: str) -> list[str]:
    """Studies of the same pictures: some of the label's were measured by both models."""
    own, found = set(opened.pictures(study, label).index), []
    for name in opened.study_names():
        try:
            other = opened.open_study(name)
            if name == study.name or label not in other.labels or other.state("typicality") != "done":
                continue
            if own & set(opened.pictures(other, label).index):
                found.append(name)
        except UserError:
            continue  # its own pages say what is wrong with it
    return found


def _not_measured(study: Study) -> list[str]:
    """Studies of the same source whose model has not been asked yet."""
    found = []
    for name in opened.study_names():
        with suppress(UserError):  # its own pages say what is wrong with it
            other = opened.open_study(name)
            if name != study.name and other.source == study.source and other.state("typicality") != "done":
                found.append(name)
    return found


def base_of(study: Study) -> str:
    """The model a study's own was trained from; where that is none, MODEL, for the reader to fill in."""
    source = study.spec.denoiser.source
    whole = beneath(source)[0]
    if whole != source:
        return whole
    spec = models.training_notes(Path(source)).get("spec")
    return str(spec.get("base") or "MODEL") if isinstance(spec, dict) else "MODEL"


def how_to(study: Study) -> None:
    """What to type so that there is something to hold against this study."""
    if waiting := _not_measured(study):
        names = " and ".join(f"**{plain(name)}**" for name in waiting)
        st.info(
            f"The same pictures are in {names}, which has not been run: run it first.",
            icon=":material/hourglass_empty:",
        )
        if st.button(f"Go to {plain(waiting[0])}", icon=":material/arrow_forward:"):
            opened.go_to("pages/overview.py", waiting[0])
        return
    st.info(
        f"No other study holds pictures of {plain(study.name)} under this label, so there is no other model "
        "to look at.",
        icon=":material/compare_arrows:",
    )
    st.markdown(
        "Bring the same pictures again under another name, asked of the model **before** its training:"
    )
    words = [study.source, "--name", f"{study.name}-before", "--label-column", study.spec.label_column]
    words += ["--template", study.spec.prompt.template, "--null", study.spec.prompt.null]
    words += ["--denoiser", base_of(study)]
    st.code(
        f"python -m core import {shlex.join(words)}\npython -m core run {study.name}-before", language=None,
        wrap_lines=True,
    )  # fmt: skip
    st.page_link("pages/train.py", label="Or train one on these pictures", icon=":material/model_training:")
