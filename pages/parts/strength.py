"""A translation asked more or less strongly: the sliders, its job, and the result beside the stored one."""

from __future__ import annotations

from functools import partial

import streamlit as st

from core.jobs import asking
from core.retranslating import Retranslation, retranslate
from core.specs import TranslateSpec
from core.study import Study
from pages.parts import errand, opened
from pages.parts.frames import uri
from pages.parts.gallery import Group, Tile, gallery
from pages.parts.links import href
from pages.parts.text import plain

TRANSLATE = "Translate it so"
STRONGEST = 20.0


def strength(study: Study, label: str, target: str, picture: str, source: str, stored: str) -> None:
    """The sliders, and what comes of them.

    Args:
        source, stored: addresses of the picture led back to itself, and of its stored translation.
    """
    st.header("Stronger, or closer to the picture?")
    st.markdown(
        f"**Guidance** pulls away from the prompt without a label: more of it, more {plain(target)}. The "
        "picture\u2019s **features** and **attention** are held for the first part of the way: the longer, "
        "the closer the layout stays."
    )
    asked = _sliders(study.spec.translate)
    if asked == _strength(study.spec.translate):
        st.caption("These are the strengths of this study: what stands above. Move one to ask differently.")
        return
    with opened.explained():
        work = retranslate(study, picture, target, *asked)
        if work.artifact is None:
            errand.ask(
                asking.translation_job(work), TRANSLATE, ":material/translate:",
                errand.cost(work.study, work.passes), "translate so",
                partial(asking.submit_translation, work),
            )  # fmt: skip
            return
        _beside(study, label, work, source, stored)


def _sliders(spec: TranslateSpec) -> tuple[float, float, float]:
    """Guidance, and the shares of the steps; part of the link."""
    usual, features, attention = _strength(spec)
    opened.refuse_beyond("guidance", 1, max(STRONGEST, usual))
    for name in ("features", "attention"):
        opened.refuse_beyond(name, 0, 100)
    first, second, third = st.columns(3, gap="large")
    with first:
        guidance = st.slider(
            "Guidance", 1.0, max(STRONGEST, usual), usual, 0.5, key="guidance", bind="query-params",
            help="At 1 the label is told and no more; the paper takes 7.5.",
        )  # fmt: skip
    with second:
        held = st.slider(
            "Features held until", 0, 100, round(100 * features), 10, "%d%%", key="features",
            bind="query-params", help="Of the steps; the paper takes 80%.",
        )  # fmt: skip
    with third:
        attended = st.slider(
            "Attention held until", 0, 100, round(100 * attention), 10, "%d%%", key="attention",
            bind="query-params", help="Of the steps; the paper takes 50%.",
        )  # fmt: skip
    return float(guidance), held / 100, attended / 100


def _strength(spec: TranslateSpec) -> tuple[float, float, float]:
    """What the study asks, in whole percents, as the sliders have them."""
    return float(spec.guidance), round(100 * spec.features) / 100, round(100 * spec.attention) / 100


def _beside(study: Study, label: str, work: Retranslation, source: str, stored: str) -> None:
    """The picture, its stored translation, and the one that was asked for."""
    artifact = work.artifact
    assert artifact is not None

    def read() -> str:
        (row,) = artifact.table("translations").to_dict("records")
        return uri(artifact.array("translations", "webp", row).tobytes())

    found = opened.reading(artifact, read)
    link = href("translate", study, label, picture=work.id, to=work.target)
    shown = [
        Tile("source", source, f"The picture as {label}", link, label, "led back to itself"),
        Tile("stored", stored, f"The picture as {work.target}", link, "Stored", words(study.spec.translate)),
        Tile(
            "asked",
            found,
            f"The picture as {work.target}, asked so",
            link,
            "So",
            words(work.study.spec.translate),
        ),
    ]
    gallery([Group("strength", "", shown)], "wall", "strength", "asked")


def words(spec: TranslateSpec) -> str:
    """ "guidance 7.5, features 80%, attention 50%"."""
    return f"guidance {spec.guidance:g}, features {spec.features:.0%}, attention {spec.attention:.0%}"
