"""Parallel clusters for the browser: what each is under every label, with examples cut from translations."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st
from PIL import Image

from core.mining.colours import srgb
from core.store.artifacts import Artifact
from core.study import Study
from pages.parts import opened
from pages.parts.frames import uri
from pages.parts.gallery import Group, Tile
from pages.parts.links import href
from pages.parts.text import between, signed

LONG_SIDE = 96
"""Pixels at most of an example."""

Swatches = list[tuple[str, float]]


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
    members = opened.table(study, "trends", "members")
    own = members[members["trend"] == trend].sort_values("position").drop_duplicates("picture").head(count)
    places = opened.table(study, "cotypicality", "places")[["place", "x", "y", "size"]]
    return own.merge(places, on="place", how="inner")


def columns(study: Study, trend: str, count: int) -> list[Group]:
    """A column a label: the same places under it, how typical they are of it, their colours, their change."""
    table, chosen = views(study, trend), examples(study, trend, count)
    cuts = {row["place"]: cut_out(study, row) for row in chosen.to_dict("records")}
    return [
        _column(study, str(label), row, chosen, cuts)
        for label, row in zip(table.index, table.to_dict("records"), strict=True)
    ]


def cut_out(study: Study, place: Mapping[Any, Any]) -> dict[str, str]:
    """A place under every label, small, as addresses that hold all of it.

    Under its own label it is taken from the reconstruction: as what it is compared with, it has been through
    the autoencoder.
    """
    artifact = opened.artifact(study, "translate")
    box = (int(place["x"]), int(place["y"]), int(place["size"]))
    return _cut_out(artifact, str(place["picture"]), box, opened.content(artifact))


def swatches(view: Mapping[Any, Any]) -> Swatches:
    """The dominant colours of a row of `views`, with their shares."""
    colours = srgb(np.stack(list(view["colours"])))
    return [
        ("#" + bytes(colour).hex(), float(share))
        for colour, share in zip(colours, view["shares"], strict=True)
    ]


def change(view: Mapping[Any, Any]) -> str:
    """The size of the change in words."""
    return f"change {view['change']:.2f}" if np.isfinite(view["change"]) else "all come from here"


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
    notes = [f"median T {signed(view['median'])}", between(view["low"], view["high"]), change(view)]
    return Group(label, label, tiles, notes=notes, estimate=estimate, swatches=swatches(view))


@st.cache_resource(max_entries=1024, show_spinner=False)
def _cut_out(_artifact: Artifact, picture: str, box: tuple[int, int, int], key: str) -> dict[str, str]:
    return opened.reading(_artifact, lambda: _cuts(_artifact, picture, box))


def _cuts(artifact: Artifact, picture: str, box: tuple[int, int, int]) -> dict[str, str]:
    found = {}
    for table in ("sources", "translations"):
        for _, row in artifact.rows(table, "picture", [picture]).iterrows():
            content = artifact.array(table, "webp", row).tobytes()
            found[str(row["label"])] = uri(_part(content, *box))
    return found


def _part(content: bytes, x: int, y: int, size: int) -> bytes:
    """A square of a WebP picture, as another."""
    kept = io.BytesIO()
    with Image.open(io.BytesIO(content)) as picture:
        part = picture.crop((x, y, x + size, y + size))
        part.thumbnail((LONG_SIDE, LONG_SIDE))
        part.save(kept, "WEBP", quality=90)
    return kept.getvalue()
