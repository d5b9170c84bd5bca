"""Which pictures, and what is asked of them?"""

from __future__ import annotations

import streamlit as st

from core.study import Study
from pages.parts import opened, visitor
from pages.parts.ask import ask
from pages.parts.bring import bring
from pages.parts.text import count, plain


def what_was_read(study: Study) -> None:
    """How many pictures of which labels, and every file that could not be used."""
    failures = opened.table(study, "dataset", "failures")
    sizes = study.sizes.values()
    least, most = min(sizes, default=0), max(sizes, default=0)
    each = f"{least:,}" if least == most else f"from {least:,} to {most:,}"
    st.markdown(
        f"**{count(study.size, 'picture')}** of {count(len(study.labels), 'label')} in column "
        f"{plain(study.spec.label_column)}, {each} a label; "
        f"**{count(len(failures), 'file')}** could not be used."
    )
    if len(failures):
        with st.expander("Which files could not be used, and why", expanded=len(failures) <= 20):
            columns = [name for name in ("file_name", "reason") if name in failures]
            st.dataframe(failures[columns], hide_index=True, width="stretch", alt="File names and reasons")


st.title("Which pictures, and what is asked of them?")
st.markdown(
    "A **study** is a set of labelled pictures and what a diffusion model is asked about them. Nothing "
    "starts before you have seen what it costs."
)
names = opened.study_names()
with (
    opened.explained(),
    st.expander("Bring pictures", expanded=not names, icon=":material/add_photo_alternate:"),
):
    visitor.settings().refuse_if_read_only("Bringing pictures")
    bring()
if names:
    study = opened.open_study(st.session_state["study"])
    st.header(f"Study {plain(study.name)}")
    what_was_read(study)
    ask(study)
