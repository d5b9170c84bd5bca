"""How does it work? For someone who has never heard of diffusion."""

from __future__ import annotations

import streamlit as st

from core.store.explained import Explanation
from core.study import Study
from pages.parts import live, opened, steps
from pages.parts.found import explanation, findings, patch_tiles
from pages.parts.frames import Reel, frames
from pages.parts.gallery import Group, gallery
from pages.parts.questions import QUESTIONS
from pages.parts.text import count, plain, quoted, signed

TITLES = [
    "Take a picture apart, and put it together again",
    "Tell the denoiser what it looks at",
    "Where does the hint help?",
    "Gather what is typical, and sort it",
    "What people ask",
]
ROW = 8


def not_made() -> None:
    """Say how the pictures of the first steps are made."""
    st.info(
        "The pictures of this step are not made yet. Make them, once, by typing",
        icon=":material/hourglass_empty:",
    )
    st.code("python -m core demo explain", language=None)


def apart(found: Explanation) -> None:
    """Noise on a picture, and what a denoiser makes of it."""
    st.markdown(
        "A **diffusion model** learned one thing from very many pictures: to see through noise. Move the "
        "slider: on the left noise is mixed into the picture, **t** says how much; on the right is what "
        "the **denoiser** makes of it, in one go. It first loses small things, then whole ones, and fills "
        "the gaps with what streets usually look like."
    )
    reels = [
        Reel("With noise", found.frames["noised"]),
        Reel("What the denoiser restores", found.frames["restored"]),
    ]
    frames(reels, "How much noise: t", [f"t = {t:g}" for t in found.t], 4, "apart")


def told(found: Explanation) -> None:
    """Restored with the label and without, and the two losses."""
    st.markdown(
        f"Now it gets a hint. Once it hears only {quoted(found.null)}, once it hears "
        f"{quoted(found.prompt)}. The **loss** says how far its answer is from the truth; where the hint is "
        "worth something, the loss is lower."
    )
    notes = [
        f"t = {t:g}: the hint lowers the loss by {100 * (loss - with_label) / loss:.1f}% "
        f"({loss:.4f} without, {with_label:.4f} with it)"
        for t, loss, with_label in zip(found.t, found.loss, found.loss_told, strict=True)
    ]
    reels = [
        Reel("With noise", found.frames["noised"]),
        Reel(f"Told \u201c{found.null}\u201d", found.frames["restored"]),
        Reel(f"Told \u201c{found.prompt}\u201d", found.frames["told"]),
    ]
    frames(reels, "How much noise: t", notes, len(found.t) - 3, "told")


def averaged(found: Explanation) -> None:
    """The map as samples are averaged."""
    st.markdown(
        "Subtract the two losses at every place: **red** where the hint helped, **blue** where it misled. "
        "One try is mostly chance. Averaged over more and more samples of noise, chance cancels out and "
        f"what is typical of {plain(found.label)} stays: this is the **typicality** map, T, and its colours "
        f"end at {signed(found.scale)}."
    )
    notes = [f"{count(number, 'noise sample')} averaged" for number in found.samples]
    frames([Reel("T over the picture", found.frames["averaged"])], "Noise samples", notes, 0, "averaged")


def gathered(study: Study, label: str) -> None:
    """Patches and clusters of the open study."""
    found = findings(study)
    opened.artifact(study, "clusters")
    st.markdown(
        f"The reddest squares of all pictures of {plain(label)} are its most typical **patches**. Sorted by "
        "what they look like (**DIFT features**, numbers taken from inside the same denoiser) they fall "
        "into **clusters**: the visual elements that make the label look like itself. These are from the "
        "study that is open."
    )
    groups = [
        Group(
            str(row["rank"] + 1), f"Cluster {row['rank'] + 1}",
            patch_tiles(study, label, found.patches(row["cluster"], ROW)),
            notes=[f"median T {signed(row['median'])}", f"in {row['coverage']:.0%} of the pictures"],
        )
        for _, row in found.top_clusters(label, 4).iterrows()
    ]  # fmt: skip
    gallery(groups, "rows", "gathered")
    st.page_link("pages/clusters.py", label="See all clusters", icon=":material/apps:")


def asked(study: Study, label: str) -> None:
    """One question at a time."""
    words = [question.words for question in QUESTIONS]
    left, right = st.columns([2, 3], gap="large")
    with left:
        picked = st.radio(
            "Question", words, key="question", bind="query-params", label_visibility="collapsed"
        )
    question = QUESTIONS[words.index(picked)]
    with right:
        st.subheader(question.words)
        st.markdown(question.answer)
        question.figure(study, label)


def screen(step: int, study: Study, label: str) -> None:
    """One step."""
    if step == len(TITLES) - 1:
        asked(study, label)
    elif step == len(TITLES) - 2:
        gathered(study, label)
    else:
        found = explanation(study)
        if found is None:
            not_made()
            return
        (apart, told, averaged)[step](found)
        if step == 1:
            live.hint(study)


study, label = opened.current()
step = steps.current(len(TITLES))
st.caption("How it works")
st.title(TITLES[step])
steps.buttons(step, TITLES)
screen(step, study, label)
