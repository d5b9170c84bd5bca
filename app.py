"""The map of the app: its pages, and the study and label all of them look at."""

from __future__ import annotations

import streamlit as st

from pages.parts import demo, opened

PAGES = [
    st.Page("pages/overview.py", title="Overview", icon=":material/dashboard:", default=True),
    st.Page("pages/typicality.py", title="Typicality", icon=":material/blur_on:"),
    st.Page("pages/clusters.py", title="Clusters", icon=":material/apps:"),
]

LOGO = """
<svg xmlns="http://www.w3.org/2000/svg" width="148" height="28" viewBox="0 0 148 28">
<circle cx="10" cy="14" r="9" fill="#4A90C4"/><circle cx="18" cy="14" r="9" fill="#D9603F" fill-opacity=".9"/>
<text x="36" y="20.5" font-family="Georgia, serif" font-size="20" font-weight="600"
 fill="#D2694B">Typiscope</text>
</svg>
"""


def pick_study(names: list[str]) -> str:
    """The study to look at; part of every link."""
    return st.sidebar.selectbox("Study", names, key="study", bind="query-params", persist_state="session")


def pick_label(labels: tuple[str, ...]) -> str:
    """The label to look at: Prague, where there is one."""
    first = labels.index("Prague") if "Prague" in labels else 0
    return st.sidebar.selectbox(
        "Label", labels, first, key="label", bind="query-params", persist_state="session",
        on_change=opened.forget_details,
        help="One value of the study\u2019s label column: what the pictures are compared by.",
    )  # fmt: skip


def main() -> None:
    """One run of the app."""
    st.set_page_config("Typiscope", ":material/blur_on:", layout="wide")
    st.logo(LOGO, size="large")
    page = st.navigation(PAGES)
    with opened.explained():
        names = opened.study_names()
        if not names:
            st.title("Nothing to look at yet")
            st.markdown("A **study** is a folder of pictures whose subfolders are labels. Make one by typing")
            st.code("python -m core import path/to/pictures", language="bash")
            return
        study = opened.open_study(pick_study(names))
        if study.name == demo.NAME:
            demo.draw()
        pick_label(study.labels)
        opened.run(page)


main()
