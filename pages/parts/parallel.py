"""Parallel clusters for the browser: what each is under every label, with examples cut from translations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from core.mining import trends as mining
from core.report import elsewhere
from core.report.elsewhere import change, swatches
from core.store.artifacts import Artifact
from core.study import Study
from pages.parts import opened
from pages.parts.found import findings
from pages.parts.frames import uri
from pages.parts.gallery import Group, Tile
from pages.parts.links import href
from pages.parts.text import between, signed

__all__ = ["change", "columns", "cut_out", "examples", "moves", "ranked", "swatches", "views"]


def ranked(study: Study) -> pd.DataFrame:
    """All parallel clusters, the most co-typical first, with their `number` from 1; empty where none is."""
    table = opened.table(study, "trends", "trends")
    return table if table.empty else table.sort_values("rank").assign(number=table["rank"] + 1)


def views(study: Study, trend: str) -> pd.DataFrame:
    """What a parallel cluster is under each label: table `trends/views`, indexed by label."""
    table = opened.table(study, "trends", "views")
    return table[table["trend"] == trend].set_index("label")


def examples(study: Study, trend: str, count: int) -> pd.DataFrame:
    """The members nearest to the centre, one a picture, with where they lie on the frame."""
    for stage in ("trends", "cotypicality"):
        opened.artifact(study, stage)
    return elsewhere.examples(findings(study), trend, count)


def columns(study: Study, trend: str, count: int, table: pd.DataFrame | None = None) -> list[Group]:
    """A column a label: the same places under it, how typical they are of it, their colours, their change.

    Args:
        table: rows of `views` with a column `note`, to be said first; None takes all there are.
    """
    told, chosen = views(study, trend) if table is None else table, examples(study, trend, count)
    cuts = {row["place"]: cut_out(study, row) for row in chosen.to_dict("records")}
    return [
        _column(study, str(label), row, chosen, cuts)
        for label, row in zip(told.index, told.to_dict("records"), strict=True)
    ]


def cut_out(study: Study, place: Mapping[Any, Any]) -> dict[str, str]:
    """A place under every label, small, as addresses that hold all of it.

    Under its own label it is taken from the reconstruction: as what it is compared with, it has been through
    the autoencoder.
    """
    artifact = opened.artifact(study, "translate")
    box = (int(place["x"]), int(place["y"]), int(place["size"]))
    return _cut_out(artifact, str(place["picture"]), box, opened.content(artifact))


def _column(
    study: Study,
    label: str,
    view: Mapping[Any, Any],
    chosen: pd.DataFrame,
    cuts: Mapping[str, Mapping[str, str]],
) -> Group:
    tiles = []
    for row in chosen.to_dict("records"):
        own = str(row["label"])
        link = {} if own == label else {"to": label}
        words = f"A place of {own}" + ("" if own == label else f", as {label}")
        where = href("translate", study, own, picture=row["picture"], **link)
        tiles.append(Tile(f"{row['place']} {label}", cuts[row["place"]].get(label, ""), words, where))
    estimate = (view["low"], view["median"], view["high"])
    notes = [view["note"]] if "note" in view else []
    notes += [f"median T {signed(view['median'])}", between(view["low"], view["high"]), change(view)]
    return Group(label, label, tiles, notes=notes, estimate=estimate, swatches=swatches(view))


def moves(study: Study, trend: str) -> pd.DataFrame:
    """How far its places move from the label they come from (rows) to every other one (columns)."""
    artifact, trends = opened.artifact(study, "appearance"), opened.artifact(study, "trends")
    return _moves(study, artifact, trend, f"{opened.content(artifact)} {opened.content(trends)}")


@st.cache_data(max_entries=64, show_spinner=False)
def _moves(_study: Study, _appearance: Artifact, trend: str, key: str) -> pd.DataFrame:
    members, labels = opened.table(_study, "trends", "members"), _study.labels
    own = members[members["trend"] == trend].set_index("place")["label"]

    def read() -> dict[str, NDArray[np.float32]]:
        rows = _appearance.rows("views", "place", own.index.tolist())
        of = {
            label: part.set_index("place", drop=False).loc[own.index] for label, part in rows.groupby("label")
        }
        return {
            str(label): _appearance.stacked("views", "vector", part).astype(np.float32)
            for label, part in of.items()
        }

    found = mining.moves(labels, own.tolist(), opened.reading(_appearance, read))
    return pd.DataFrame(found, index=list(labels), columns=list(labels))


@st.cache_resource(max_entries=1024, show_spinner=False)
def _cut_out(_artifact: Artifact, picture: str, box: tuple[int, int, int], key: str) -> dict[str, str]:
    found = opened.reading(_artifact, lambda: elsewhere.cuts(_artifact, picture, *box))
    return {label: uri(content) for label, content in found.items()}
