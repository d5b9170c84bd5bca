"""What is in this dataset, and what does each label look like?"""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.stages import STAGES
from core.study import StageStatus, Study
from pages.parts import opened, tiles
from pages.parts.gallery import Group, Tile, cut, gallery
from pages.parts.links import href
from pages.parts.text import asked, count, signed

SHOWN = 8
STATES = {"done": ":green-badge[done]", "partial": ":orange-badge[begun]", "missing": ":gray-badge[not yet]"}


def facts(study: Study) -> None:
    """How much there is."""
    failures = opened.table(study, "dataset", "failures")
    done = sum(stage.state == "done" for stage in study.status())
    row = st.container(horizontal=True, gap="large")
    row.metric("Pictures", f"{len(study.pictures):,}", width="content")
    row.metric("Labels", len(study.labels), width="content")
    row.metric("Could not be used", f"{len(failures):,}", width="content")
    row.metric("Stages done", f"{done} of {len(STAGES)}", width="content")
    if len(failures):
        with st.expander("Which files could not be used, and why"):
            st.dataframe(failures[["picture", "reason"]], hide_index=True, width="stretch")


def best(study: Study) -> pd.DataFrame:
    """Each label's most typical patches, one a picture; whole pictures until there are patches."""
    column = study.spec.label_column
    done = study.state("patches") == "done"
    patches = opened.table(study, "patches", "patches") if done else pd.DataFrame()
    if patches.empty:
        pictures = study.pictures.rename(columns={column: "label"})[["label"]].reset_index()
        return pictures.groupby("label").head(SHOWN)
    best_first = patches.sort_values("score", ascending=False)
    return best_first.drop_duplicates(["label", "picture"]).groupby("label").head(SHOWN)


def card(study: Study, label: str, rows: pd.DataFrame, urls: dict[str, str]) -> Group:
    """One label with the link to all of it."""
    pictures = int((study.pictures[study.spec.label_column] == label).sum())
    link = href("clusters", study, label)
    shown = [tile(study, label, row, urls) for row in rows.to_dict("records")]
    more = f"What makes {label} look like {label}?"
    return Group(label, label, shown, link, [count(pictures, "picture")], more=more)


def tile(study: Study, label: str, row: dict[str, object], urls: dict[str, str]) -> Tile:
    """A patch, or a picture where there are no patches yet, leading to its heat map."""
    picture = str(row["picture"])
    name, width, height = study.pictures.loc[picture, ["file_name", "width", "height"]]
    link = href("typicality", study, label, picture=picture)
    if "patch" not in row:
        return Tile(picture, urls[picture], f"{name}, a picture of {label}", link)
    crop = cut(row, width, height)
    return Tile(picture, urls[picture], f"Patch of {name}, T {signed(row['typicality'])}", link, crop=crop)


def cards(study: Study) -> None:
    """A card a label."""
    rows = best(study)
    urls = tiles.urls(study, rows["picture"])
    groups = [card(study, label, rows[rows["label"] == label], urls) for label in study.labels]
    label_of = study.pictures[study.spec.label_column]
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
    counts = opened.artifact(study, stage.name).manifest["counts"]
    return ", ".join(f"{rows:,} {table}" for table, rows in counts.items()) or "nothing to do"


def stages(study: Study) -> None:
    """What has been computed."""
    meaning = {row.name: row.meaning for row in STAGES}
    rows = [(f"**{s.name}**", meaning[s.name], STATES[s.state], found(study, s)) for s in study.status()]
    table = pd.DataFrame(rows, columns=["Stage", "What it does", "State", "Found"])
    st.table(table, border="horizontal", hide_index=True)


study, _ = opened.current()
st.title("What does each label look like?")
st.markdown(
    "The most typical **patches** of every label: squares of its pictures in which knowing the label helps "
    "a **denoiser** most."
)
cards(study)
st.header("What is in this study?")
facts(study)
stages(study)
st.subheader("How it is computed")
st.markdown(asked(study.spec))
