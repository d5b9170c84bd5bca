"""What was found, to take elsewhere. Nothing is made before it is asked for."""

from __future__ import annotations

import re
from functools import partial

import streamlit as st

from core.exporting import patches_csv
from core.report.html import report
from core.report.sheet import Sheet, encoded
from core.study import Study
from pages.parts.text import plain


def take_it_with_you(study: Study, label: str) -> None:
    """Buttons that make and hand over a label's report, contact sheet and patches."""
    st.header("Take it with you")
    measured, cut = study.state("typicality") == "done", study.state("patches") == "done"
    st.markdown(f"What was found of {plain(label)}, as files that open without Typiscope.")
    files = (
        ("Report", ".html", "text/html", "description", measured, partial(report_of, study, label)),
        ("Contact sheet", ".pdf", "application/pdf", "grid_view", measured, partial(sheet_of, study, label)),
        ("As one picture", ".png", "image/png", "image", measured, partial(sheet_of, study, label, "PNG")),
        ("Patches as CSV", ".csv", "text/csv", "table", cut, partial(patches_csv, study, label)),
    )
    with st.container(horizontal=True):
        for words, suffix, kind, icon, there, make in files:
            st.download_button(
                words, make, f"{file_name(study, label)}{suffix}", kind, key=f"take {suffix}",
                icon=f":material/{icon}:", on_click="ignore", disabled=not there,
            )  # fmt: skip
    st.caption("Everything else, all labels at once too, is made by these commands:")
    st.code(
        f"python -m core report {study.name} --out report.html\n"
        f"python -m core export {study.name} --format csv --out FOLDER  # or parquet, coco, fiftyone",
        language=None,
        wrap_lines=True,
    )


def report_of(study: Study, label: str) -> bytes:
    """The label's report."""
    return report(study, (label,)).encode()


def sheet_of(study: Study, label: str, kind: str = "PDF") -> bytes:
    """The label's contact sheet, as a file of this kind."""
    return encoded(Sheet(study, (label,), clusters=12, patches=8, maps=6), kind)


def file_name(study: Study, label: str) -> str:
    """A name every file system takes."""
    return "-".join(filter(None, (study.name, re.sub(r"[^\w-]+", "-", label).strip("-")[:80])))
