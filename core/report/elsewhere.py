"""What a label's places become under every other one: its best parallel cluster, the change in words."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from PIL import Image

from core.mining.becoming import SEEN, apart, chroma, in_words, mean_colour
from core.mining.colours import srgb
from core.report.findings import Findings
from core.store.artifacts import Artifact
from core.store.reading import reading

LABELS = 10
"""Labels shown beside each other at most, the own one among them."""
ENOUGH = 3
"""Places of its own a label should have in its parallel cluster."""
LONG_SIDE = 96
"""Pixels at most of a place that is cut out."""
OWN, SAME = "as it is here", "hardly another colour"

Swatches = list[tuple[str, float]]


@dataclass(frozen=True)
class Elsewhere:
    """The parallel cluster whose places of a label are the most typical everywhere."""

    label: str
    trend: Mapping[Any, Any]
    """Its row of table `trends/trends`, and `number` from 1."""
    views: pd.DataFrame
    """Table `trends/views` of it, by label: the own one first, then those where its colour changes most.

    Columns added: `words`, what becomes of its colour (empty where nothing does), `note`, the same where
    there is always something to say, and `distance`, how far it moves in CIELAB.
    """


def best(found: Findings, label: str) -> Elsewhere | None:
    """The best parallel cluster of a label; None where the study has no trends."""
    trends, members = found.table("trends", "trends"), found.table("trends", "members")
    if trends.empty or members.empty:
        return None
    table = trends.assign(number=trends["rank"] + 1).set_index("trend", drop=False)
    own = members[members["label"] == label].groupby("trend")["cotypicality"].agg(["size", "median"])
    enough = own[own["size"] >= ENOUGH]
    chosen = enough if len(enough) else own
    name = str(chosen["median"].idxmax() if len(chosen) else table.sort_values("rank").index[0])
    views = found.table("trends", "views").query("trend == @name").set_index("label")
    return Elsewhere(label, table.loc[[name]].to_dict("records")[0], told_from(views, label))


def told_from(views: pd.DataFrame, label: str) -> pd.DataFrame:
    """The rows of `Elsewhere.views`, at most `LABELS` of them."""
    means = {row["label"]: colour_of(row) for row in views.reset_index().to_dict("records")}
    words = [in_words(means[label], means[other]) for other in views.index]
    told = views.assign(
        words=words,
        note=[
            OWN if other == label else word or SAME for other, word in zip(views.index, words, strict=True)
        ],
        distance=[apart(means[label], means[other]) for other in views.index],
    )
    rest = told.drop(index=label).sort_values("distance", ascending=False, kind="stable")
    return pd.concat([told.loc[[label]], rest]).head(LABELS)


def said(told: pd.DataFrame, write: Callable[[str], str] = str) -> str:
    """What changes, in a sentence or two, from the numbers.

    Args:
        told: as of `Elsewhere.views`.
        write: how a label is written.
    """
    rows = told.reset_index().to_dict("records")
    here, others = colour_of(rows[0]), [row for row in rows[1:] if row["words"]]
    if not others:
        return "Under no other label does their colour change so much that an eye would notice."
    most = max(others, key=lambda row: float(row["distance"]))
    there = colour_of(most)
    sentence = (
        f"As {write(most['label'])} these places change colour most: {most['words']} "
        f"(lightness L {here[0]:.0f} to {there[0]:.0f}, chroma {chroma(here):.0f} to {chroma(there):.0f})."
    )
    light = {row["label"]: float(colour_of(row)[0]) for row in rows}
    low, high = min(light, key=light.__getitem__), max(light, key=light.__getitem__)
    if light[high] - light[low] >= SEEN:
        sentence += (
            f" They are darkest as {write(low)} (L {light[low]:.0f}), lightest as {write(high)} "
            f"(L {light[high]:.0f})."
        )
    return sentence


def colour_of(view: Mapping[Any, Any]) -> NDArray[np.float64]:
    """The mean colour of a row of `trends/views`, (3,) CIELAB."""
    return mean_colour(list(view["colours"]), list(view["shares"]))


def examples(found: Findings, trend: str, count: int) -> pd.DataFrame:
    """The members nearest to the centre, one a picture, with where they lie on the frame."""
    members, places = found.table("trends", "members"), found.table("cotypicality", "places")
    own = members[members["trend"] == trend].sort_values("position").drop_duplicates("picture").head(count)
    return own.merge(places[["place", "x", "y", "size"]], on="place", how="inner")


def cuts(artifact: Artifact, picture: str, x: int, y: int, size: int) -> dict[str, bytes]:
    """A place under every label, as small WebP files, from the artifact of stage `translate`.

    Under its own label it is taken from the reconstruction: as what it is compared with, it has been through
    the autoencoder.
    """
    return {
        str(row["label"]): _part(artifact.array(table, "webp", row).tobytes(), x, y, size)
        for table in ("sources", "translations")
        for _, row in artifact.rows(table, "picture", [picture]).iterrows()
    }


def cut_out(found: Findings, place: Mapping[Any, Any]) -> dict[str, bytes]:
    """The same of a row of `examples`; empty where the translations are gone."""
    artifact = found.study.artifact("translate")
    if artifact is None:
        return {}
    x, y, size = (int(place[side]) for side in ("x", "y", "size"))
    return reading(artifact, lambda: cuts(artifact, str(place["picture"]), x, y, size))


def swatches(view: Mapping[Any, Any]) -> Swatches:
    """The dominant colours of a row of `trends/views`, "#rrggbb", with their shares."""
    colours = srgb(np.stack(list(view["colours"])))
    return [
        ("#" + bytes(colour).hex(), float(share))
        for colour, share in zip(colours, view["shares"], strict=True)
    ]


def change(view: Mapping[Any, Any]) -> str:
    """The size of the change in words."""
    return f"change {view['change']:.2f}" if np.isfinite(view["change"]) else "all come from here"


def _part(content: bytes, x: int, y: int, size: int) -> bytes:
    """A square of a WebP picture, as another."""
    kept = io.BytesIO()
    with Image.open(io.BytesIO(content)) as picture:
        part = picture.crop((x, y, x + size, y + size))
        part.thumbnail((LONG_SIDE, LONG_SIDE))
        part.save(kept, "WEBP", quality=90)
    return kept.getvalue()
