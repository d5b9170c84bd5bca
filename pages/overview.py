"""What is in this dataset, and what does each label look like?"""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from core.stages import STAGES
from core.status import StageStatus
from core.store.artifacts import Artifact
from core.study import Study
from pages.parts import cost, opened, scans, tiles
from pages.parts.gallery import Group, Tile, cut, gallery
from pages.parts.links import href
from pages.parts.records import records
from pages.parts.take import take_it_with_you
from pages.parts.text import asked, count, signed

SHOWN = 8
STATES = {"done": ":green-badge[done]", "partial": ":orange-badge[begun]", "missing": ":gray-badge[not yet]"}


def facts(study: Study) -> None:
    """How much there is."""
    failures = opened.table(study, "dataset", "failures")
    states = [stage.state for stage in study.status()]
    row = st.container(horizontal=True, gap="large")
    row.metric("Pictures", f"{study.size:,}", width="content")
    row.metric("Labels", len(study.labels), width="content")
    row.metric("Could not be used", f"{len(failures):,}", width="content")
    row.metric("Stages done", f"{states.count('done')} of {len(states)}", width="content")
    if len(failures):
        with st.expander("Which files could not be used, and why"):
            st.dataframe(failures[["file_name", "reason"]], hide_index=True, width="stretch")


def best(study: Study) -> pd.DataFrame:
    """Each label's most typical patches, one a picture; whole pictures until there are patches."""
    patches = opened.artifact(study, "patches") if study.state("patches") == "done" else None
    dataset = opened.content(opened.artifact(study, "dataset"))
    return _best(study, patches, f"{study.spec} {dataset} {patches and opened.content(patches)}")


@st.cache_resource(max_entries=8, show_spinner="Looking for the best patches\u2026")
def _best(_study: Study, _patches: Artifact | None, key: str) -> pd.DataFrame:
    column, known = _study.spec.label_column, ("file_name", "width", "height")
    if _patches and "patches" in opened.reading(_patches, lambda: _patches.tables):
        # A picture's best patch is its first. One pass keeps no more than what is shown of each label.
        rows = opened.reading(_patches, lambda: _patches.query(
            f"SELECT unnest(best, max_depth := 2) FROM (SELECT max_by(patches, score, {SHOWN}) AS best "
            "FROM patches WHERE rank = 0 GROUP BY label)"
        ))  # fmt: skip
        rows = rows.drop(columns=["width", "height"], errors="ignore")
    else:
        pictures = _study.column(column).rename(columns={column: "label"}).reset_index()
        rows = pictures.groupby("label").head(SHOWN)
    return rows.join(
        _study.pictures_among(rows["picture"].unique().tolist(), known)[list(known)], on="picture"
    )


def card(study: Study, label: str, rows: pd.DataFrame, urls: dict[str, str]) -> Group:
    """One label with the link to all of it."""
    link = href("clusters", study, label)
    shown = [tile(study, label, row, urls) for row in records(rows)]
    more = f"What makes {label} look like {label}?" if "patch" in rows else ""
    return Group(label, label, shown, link, [count(study.sizes[label], "picture")], more=more)


def tile(study: Study, label: str, row: dict[str, Any], urls: dict[str, str]) -> Tile:
    """A patch, or a picture where there are no patches yet, leading to its heat map."""
    picture = str(row["picture"])
    name, width, height = str(row["file_name"]), int(row["width"]), int(row["height"])
    link = href("typicality", study, label, picture=picture)
    if "patch" not in row:
        return Tile(picture, urls[picture], f"{name}, a picture of {label}", link)
    crop = cut(row, width, height)
    return Tile(picture, urls[picture], f"Patch of {name}, T {signed(row['typicality'])}", link, crop=crop)


def cards(study: Study) -> None:
    """A card a label."""
    rows = best(study)
    urls = tiles.urls_of_any(study, rows["picture"])
    groups = [card(study, label, rows[rows["label"] == label], urls) for label in study.labels]
    label_of = dict(zip(rows["picture"], rows["label"], strict=True))
    pick = gallery(
        groups, "cards", "cards", on_pick=lambda pick: opened.choose_label(label_of.get(pick.key, pick.key))
    )
    if pick and pick.kind == "group":
        st.switch_page("pages/clusters.py", query_params={})  # what is bound to a widget stays
    if pick:
        st.switch_page("pages/typicality.py", query_params={"picture": pick.key})


def found(study: Study, stage: StageStatus) -> str:
    """How many rows of what."""
    if stage.state != "done":
        return f"{stage.finished:,} of {stage.shards:,} parts" if stage.finished else ""
    artifact = opened.artifact(study, stage.name)
    counts = opened.reading(artifact, lambda: artifact.manifest["counts"])
    rows = [count(number, table.removesuffix("s"), table) for table, number in counts.items()]
    return ", ".join(rows) or "nothing to do"


def stages(study: Study) -> None:
    """What has been computed."""
    meaning = {row.name: row.meaning for row in STAGES}
    rows = [(f"**{s.name}**", meaning[s.name], STATES[s.state], found(study, s)) for s in study.status()]
    table = pd.DataFrame(rows, columns=["Stage", "What it does", "State", "Found"])
    st.table(table, border="horizontal", hide_index=True)
    if any(stage.state != "done" for stage in study.status()):
        cost.next_step(study)


study, label = opened.current()
st.title("What does each label look like?")
if study.state("patches") == "done":
    st.markdown(
        "The most typical **patches** of every label: squares of its pictures in which knowing the label "
        "helps a **denoiser** most."
    )
else:
    st.markdown("Some **pictures** of every label. What is typical of them has not been measured yet.")
scans.research_use(study)
cards(study)
st.header("What is in this study?")
facts(study)
stages(study)
st.subheader("How it is computed")
st.markdown(asked(study.spec))
take_it_with_you(study, label)
