"""What makes Prague look like Prague? A story to show others, one screen a step, of any study and label."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from core.report import elsewhere as report
from core.store import explained
from core.study import Study
from pages.parts import live, opened, parallel, steps
from pages.parts.found import findings, patch_tiles, picture_tiles
from pages.parts.frames import Reel, frames
from pages.parts.gallery import Group, Tile, gallery
from pages.parts.text import between, count, plain, quoted, signed

FULL_SCREEN = """
<style>
[data-testid="stSidebar"], [data-testid="stExpandSidebarButton"], [data-testid="stHeader"] { display: none; }
[data-testid="stMainBlockContainer"] { max-width: 78rem; padding: 2rem 1rem 18rem; }
h1 { font-size: 2.9rem !important; }
[data-testid="stMain"] [data-testid="stMarkdownContainer"] p { font-size: 1.3rem; line-height: 1.5; }
[data-testid="stMain"] [data-testid="stCaptionContainer"] p { font-size: .9rem; }
[data-testid="stMain"] button p { font-size: .9rem; }
.st-key-foot {
  position: fixed; inset: auto 0 0; z-index: 10; padding: .6rem max(1rem, (100vw - 76rem) / 2);
  border-top: 1px solid rgb(128 128 128 / .25); backdrop-filter: blur(12px);
  background: light-dark(rgb(252 251 248 / .8), rgb(21 23 28 / .8));
}
</style>
"""
SOME = 12
FEW = 4
ROW = 8
SQUARES = 18
PLACES = 9


@dataclass(frozen=True)
class Slide:
    """One screen of the story."""

    name: str
    title: str
    """With `{label}`."""
    show: Callable[[Study, str], None]
    notes: str
    """What a speaker may say, with `{label}`."""


def question(study: Study, label: str) -> None:
    """Pictures of the label."""
    own = opened.pictures(study, label)
    shown = own.sample(min(SOME, len(own)), random_state=0).index
    wall("question", picture_tiles(study, shown))
    st.markdown(f"{count(len(own), 'picture')} of {plain(label)}, among {count(len(study.labels), 'label')}.")


def guess(study: Study, label: str) -> None:
    """A few pictures of every label, without their names."""
    labels = pd.Series(study.labels).sample(frac=1, random_state=1).head(SOME)
    parts = [opened.pictures(study, str(one)) for one in labels]
    mixed = pd.concat([part.sample(min(2, len(part)), random_state=1) for part in parts])
    wall("guess", picture_tiles(study, mixed.sample(frac=1, random_state=2).index[:SOME]))
    st.markdown(
        f"Which of these are {plain(label)}? Take a moment, and name **three things** you would look for."
    )


def idea(study: Study, label: str) -> None:
    """Two sentences, one difference; with pictures of it, where they were made for this label."""
    prompt, found = study.spec.prompt, explained.read(study.layout, study.name)
    st.markdown(
        f"A **denoiser** takes noise off a picture, once told only {quoted(prompt.null)} and once told "
        f"{quoted(prompt.prompt(label))}. Where the second answer is better than the first, the picture "
        f"shows something that goes with {plain(label)}: that gain is called **typicality**, T."
    )
    if found and found.label == label:
        reels = [
            Reel("With noise", found.frames["noised"]),
            Reel(f"Told \u201c{found.null}\u201d", found.frames["restored"]),
            Reel(f"Told \u201c{found.prompt}\u201d", found.frames["told"]),
        ]
        frames(reels, "How much noise: t", [f"t = {t:g}" for t in found.t], len(found.t) - 3, "idea")


def maps(study: Study, label: str) -> None:
    """The label's most typical picture under its map."""
    _, middle, _ = st.columns([2, 3, 2])  # so narrow that the controls below still fit on the screen
    with middle:
        live.heat_map(study, label)


def patches(study: Study, label: str) -> None:
    """The best patches, one a picture."""
    found = findings(study)
    opened.artifact(study, "patches")
    own = found.patches_of(label)
    if own.empty:
        st.info("No patch of this label was found.", icon=":material/search_off:")
        return
    best = own.sort_values("score", ascending=False).drop_duplicates("picture").head(SQUARES)
    wall("patches", patch_tiles(study, label, best))


def clusters(study: Study, label: str) -> None:
    """The first clusters."""
    found = findings(study)
    opened.artifact(study, "clusters")
    groups = [
        Group(
            str(row["rank"] + 1), f"In {row['coverage']:.0%} of the pictures",
            patch_tiles(study, label, found.patches(row["cluster"], ROW)),
            notes=[f"median T {signed(row['median'])}", count(row["size"], "patch", "patches")],
            estimate=(row["low"], row["median"], row["high"]),
        )
        for _, row in found.top_clusters(label, FEW).iterrows()
    ]  # fmt: skip
    gallery(groups, "rows", "clusters")


def others(study: Study, label: str) -> None:
    """The first cluster of every other label."""
    found = findings(study)
    opened.artifact(study, "clusters")
    groups = []
    for other in [name for name in study.labels if name != label][:9]:
        first = found.top_clusters(other, 1)
        if len(first):
            shown = patch_tiles(study, other, found.patches(first.iloc[0]["cluster"], FEW))
            groups.append(Group(other, other, shown))
    gallery(groups, "cards", "others")


def elsewhere(study: Study, label: str) -> None:
    """The label's best parallel cluster under every label."""
    found = findings(study)
    opened.artifact(study, "trends")
    best = report.best(found, label)
    if best is None:
        st.info("No place was found that is typical everywhere.", icon=":material/search_off:")
        return
    st.markdown(
        f"Pictures of {plain(label)} and of the others, **translated**: their layout held, each told another "
        f"label. These places are typical of them all. {report.said(best.views, plain)}"
    )
    gallery(parallel.columns(study, str(best.trend["trend"]), PLACES, best.views), "columns", "elsewhere")


def conclusion(study: Study, label: str) -> None:
    """What was found, in numbers, and what it does not say."""
    found = findings(study)
    opened.artifact(study, "clusters")
    top = found.top_clusters(label, FEW)
    if len(top):
        first = top.iloc[0]
        firsts = [found.patches(row["cluster"], 2) for _, row in top.head(3).iterrows()]
        wall("conclusion", [one for rows in firsts for one in patch_tiles(study, label, rows)])
        st.markdown(
            f"What helps most to see {plain(label)} is in **{first['coverage']:.0%}** of its pictures, with "
            f"a median T of {signed(first['median'])} ({between(first['low'], first['high'])}). Nobody told "
            f"the denoiser what to look for; it was told the names of {count(len(study.labels), 'label')}, "
            "and shown pictures."
        )
    st.markdown(
        "It is an answer about **these pictures** and this denoiser: what goes with the label here, wanted "
        "or not. Look at the patches before you believe a number."
    )
    st.page_link("pages/clusters.py", label="Look for yourself", icon=":material/apps:")


def wall(key: str, shown: list[Tile]) -> None:
    """Large pictures, with no words."""
    gallery([Group(key, "", shown)], "wall", key)


SLIDES = (
    Slide(
        "The question", "What makes {label} look like {label}?", question,
        "Let people look in silence first. Everybody recognises places, styles and times within a glance, "
        "and hardly anybody can say by what.",
    ),
    Slide(
        "Your guess", "What would you look for?", guess,
        "Collect three guesses aloud and keep them; we come back to them. Most people name landmarks, and "
        "landmarks are rare in ordinary pictures.",
    ),
    Slide(
        "The idea", "Ask a machine that restores pictures", idea,
        "The denoiser is not asked to name anything. We only compare how well it does with the hint and "
        "without it; if somebody asks how, the page How it works shows it.",
    ),
    Slide(
        "Heat map", "Where does {label} show?", maps,
        "Red is where the hint helps, blue where it misleads. Move the opacity slider to let people see "
        "what lies underneath, then ask who had that among their guesses.",
    ),
    Slide(
        "Patches", "The most typical squares of all pictures", patches,
        "One square from each picture, the reddest. Let people find the repetitions by themselves before "
        "the next screen sorts them.",
    ),
    Slide(
        "Clusters", "Sorted by what they look like", clusters,
        "The bar is the 95% interval of the median: where bars overlap, do not speak of first and second. "
        "Coverage says how common the element is, T how telling.",
    ),
    Slide(
        "The others", "And the other labels?", others,
        "The same question, asked of every label of the study. What is typical is always typical against "
        "the rest: take other labels away, and other things become telling.",
    ),
    Slide(
        "Conclusion", "What {label} looks like, and how we know", conclusion,
        "Go back to the three guesses. Then say what it is not: no cause, no judgement, and no more than "
        "this collection of pictures can show.",
    ),
)  # fmt: skip
ELSEWHERE = Slide(
    "Elsewhere", "And what would that be elsewhere?", elsewhere,
    "Pick one square and follow it from label to label: same place, same picture. What you see is what the "
    "denoiser believes, so it exaggerates; the colours below are counted, not chosen.",
)  # fmt: skip
"""Only where pictures were translated."""


def story(study: Study) -> list[Slide]:
    """The screens of a study, the conclusion last."""
    more = [ELSEWHERE] if study.state("trends") == "done" else []
    return [*SLIDES[:-1], *more, SLIDES[-1]]


def foot(step: int, titles: list[str], notes: str) -> None:
    """On and back, speaker notes, and the way out: at the same place on every screen."""
    with st.container(key="foot"):
        above = st.container()
        left, right = st.columns([3, 2], vertical_alignment="center")
        with left:
            steps.buttons(step, titles)
        with right, st.container(horizontal=True, horizontal_alignment="right", vertical_alignment="center"):
            spoken = st.toggle("Speaker notes", key="notes", bind="query-params")
            st.page_link("pages/overview.py", label="Leave", icon=":material/close:")
        if spoken:
            above.info(notes, icon=":material/record_voice_over:")


study, label = opened.current()
slides = story(study)
step = steps.current(len(slides))
slide = slides[step]
st.html(FULL_SCREEN)
st.title(slide.title.replace("{label}", plain(label)))
body = st.container()
foot(step, [one.name for one in slides], slide.notes)
with body:
    slide.show(study, label)
