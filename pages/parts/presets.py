"""Ask as a study of the paper asks: prompt, model, numbers, and what one should know about them."""

from __future__ import annotations

import dataclasses

import streamlit as st

from core.choosing import with_autoencoder
from core.published import PUBLISHED, TAESD, Published
from core.store import models
from core.study import Study
from pages.parts.text import plain

OWN = "None: my own question"


def pick(study: Study) -> Study:
    """The study as a preset asks it, where one is picked; its sentences."""
    names = [OWN, *(one.name for one in PUBLISHED)]
    now = asked(study)
    picked = st.selectbox(
        "Ask as a study of the paper", names, names.index(now.name) if now else 0, key=_key(study),
        help="Fills prompt, model and numbers below; all of them can still be changed.",
    )  # fmt: skip
    preset = next((one for one in PUBLISHED if one.name == picked), None)
    if preset is None:
        return study
    with st.container(border=True):
        for about, sentence in preset.sentences().items():
            st.markdown(f"**{about}.** {plain(sentence)}")
    return study if preset == now else dataclasses.replace(study, spec=preset.applied(study.spec))


def asked(study: Study) -> Published | None:
    """The preset a study asks as it is."""
    return next((one for one in PUBLISHED if one.asks(study.spec)), None)


def chosen(study: Study) -> str:
    """The name of the preset that is picked: part of the key of every field it fills."""
    return str(st.session_state.get(_key(study), OWN))


def pick_autoencoder(study: Study, key: str) -> Study:
    """Whether the tiny autoencoder stands in for the model's own; not for models trained here."""
    now = study.spec.denoiser
    if now.autoencoder not in (None, TAESD) or models.trained_here(study.layout, now.source):
        return study
    fast = st.toggle(
        "Small autoencoder (TAESD)", now.autoencoder == TAESD, key=key,
        help="Encodes pictures many times faster, and a little coarser; 5 MB, MIT.",
    )  # fmt: skip
    spec = with_autoencoder(study.spec, TAESD if fast else None)
    return study.with_spec(denoiser=spec.denoiser)


def _key(study: Study) -> str:
    return f"preset of the paper for {plain(study.name)}"
