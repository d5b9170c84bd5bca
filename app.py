"""The map of the app: its pages, and the study and label all of them look at."""

from __future__ import annotations

import streamlit as st

from pages.parts import demo, memory, network, opened, server, turns, visitor

STUDY_OR_NOT = ("studies", "jobs")
"""Pages that have something to show without a study that can be opened."""

LOGO = """
<svg xmlns="http://www.w3.org/2000/svg" width="148" height="28" viewBox="0 0 148 28">
<circle cx="10" cy="14" r="9" fill="#4A90C4"/><circle cx="18" cy="14" r="9" fill="#D9603F" fill-opacity=".9"/>
<text x="36" y="20.5" font-family="Georgia, serif" font-size="20" font-weight="600"
 fill="#D2694B">Typiscope</text>
</svg>
"""
LEGIBLE = """
<style>[data-testid="stBaseButton-primary"]:not(:disabled) p { color: light-dark(#FFFFFF, #1B0D08); }</style>
"""
"""White words on the lighter vermilion of the night could not be read."""


def pages() -> dict[str, list[st.Page]]:
    """Every page, as the sidebar lists them."""
    return {
        "Look": [
            st.Page("pages/overview.py", title="Overview", icon=":material/dashboard:", default=True),
            st.Page("pages/typicality.py", title="Typicality", icon=":material/blur_on:"),
            st.Page("pages/clusters.py", title="Clusters", icon=":material/apps:"),
            st.Page("pages/compare.py", title="Compare", icon=":material/compare:"),
            st.Page("pages/translate.py", title="Translate", icon=":material/swap_horiz:"),
            st.Page("pages/trends.py", title="Trends", icon=":material/trending_up:"),
        ],
        "Explain": [
            st.Page("pages/how_it_works.py", title="How it works", icon=":material/school:"),
            st.Page("pages/present.py", title="Present", icon=":material/slideshow:"),
        ],
        "Check": [
            st.Page("pages/localisation.py", title="Localisation", icon=":material/target:"),
            st.Page("pages/before_after.py", title="Before and after", icon=":material/compare_arrows:"),
        ],
        "Make": [
            st.Page("pages/studies.py", title="Studies", icon=":material/tune:"),
            st.Page("pages/train.py", title="Train", icon=":material/model_training:"),
            st.Page("pages/jobs.py", title="Jobs", icon=":material/manufacturing:"),
        ],
    }


def pick_study(names: list[str]) -> str:
    """The study to look at; part of every link."""
    opened.refuse_unknown("study", names, names[0])
    return st.sidebar.selectbox(
        "Study", names, key="study", bind="query-params", persist_state="session",
        on_change=opened.other_study,
    )  # fmt: skip


def pick_label(labels: tuple[str, ...]) -> str:
    """The label to look at."""
    first = labels.index(opened.first_label(labels))
    opened.refuse_unknown("label", labels, labels[first])
    return st.sidebar.selectbox(
        "Label", labels, first, key="label", bind="query-params", persist_state="session",
        on_change=opened.forget_details,
        help="One value of the study\u2019s label column: what the pictures are compared by.",
    )  # fmt: skip


def main() -> None:
    """One run of the app."""
    memory.keep_small()
    memory.aside().tidy()
    network.answer_at_once()
    memory.give_back()
    st.set_page_config("Typiscope", ":material/blur_on:", layout="wide")
    st.logo(LOGO, size="large")
    st.html(LEGIBLE)
    page = st.navigation(pages(), expanded=True)
    visitor.draw()
    with opened.explained():
        names = opened.study_names()
        opened.take_next()
        picked = pick_study(names) if names else ""
        if page.url_path in STUDY_OR_NOT:
            opened.run(page)
            return
        if not names:
            st.title("Nothing to look at yet")
            st.markdown("A **study** is a folder of pictures whose subfolders are labels.")
            st.page_link("pages/studies.py", label="Bring pictures", icon=":material/add_photo_alternate:")
            st.markdown("Or make one by typing")
            st.code("python -m core import path/to/pictures", language=None)
            return
        study = opened.open_study(picked)
        if study.name == demo.NAME:
            demo.draw()
        pick_label(study.labels)
        opened.run(page)


if __name__ == "__main__":  # for every click of every visitor
    with turns.line().turn():
        main()
else:  # once, by the server: what pages are made of is loaded before anybody comes
    app = st.App(__file__, routes=server.routes(), lifespan=server.opening)
