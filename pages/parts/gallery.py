"""Groups of small pictures, drawn in the browser: lazily loaded, walked through with the arrow keys."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import streamlit as st

from pages.parts.browser import component

_COMPONENT = component("gallery")


@dataclass(frozen=True)
class Tile:
    """A picture, or a square cut out of it. All its words are shown as text."""

    key: str
    url: str
    alt: str
    href: str
    """Where it leads: for another tab, or to be copied."""
    caption: str = ""
    detail: str = ""
    hint: str = ""
    """Said where it is pointed at, after the other words."""
    crop: tuple[float, float, float, float] | None = None
    """Left, top, width, height of the cut as shares of its own longer side's square; None shows all."""


@dataclass(frozen=True)
class Group:
    """A title with its tiles: a label, or a cluster."""

    key: str
    title: str
    tiles: Sequence[Tile]
    href: str = ""
    notes: Sequence[str] = ()
    estimate: tuple[float, float, float] | None = None
    """Low end, value and high end, drawn as a whisker on the axis all groups share."""
    more: str = ""
    """The words of a link after the tiles."""
    swatches: Sequence[tuple[str, float]] = ()
    """Colours as "#rrggbb" with the share of each, drawn as a bar."""


@dataclass(frozen=True)
class Picked:
    """What was clicked."""

    kind: Literal["tile", "group"]
    key: str


def gallery(
    groups: Sequence[Group],
    layout: Literal["strip", "grid", "wall", "cards", "rows", "pairs", "stack", "columns"],
    key: str,
    chosen: str = "",
    on_pick: Callable[[Picked], None] | None = None,
) -> Picked | None:
    """Draw the groups and say what was clicked just now; `on_pick` is told before the page runs again."""

    def picked() -> None:
        if on_pick and (pick := st.session_state[key].picked):
            on_pick(Picked(**pick))

    plain_groups = [
        vars(group) | {"tiles": [vars(tile) for tile in group.tiles], "estimate": _known(group.estimate)}
        for group in groups
    ]
    data = {"groups": plain_groups, "layout": layout, "chosen": chosen, "axis": _axis(groups)}
    pick = _COMPONENT(key=key, data=data, on_picked_change=picked).picked
    return Picked(**pick) if pick else None


def cut(patch: Mapping[str, Any], width: int, height: int) -> tuple[float, float, float, float]:
    """`Tile.crop` of a patch in a picture of `width` x `height` pixels: a square around its middle."""
    left, top, right, bottom = (patch[side] for side in ("left", "top", "right", "bottom"))
    side = max(right - left, bottom - top, 1.0)
    x, y = (left + right - side) / 2, (top + bottom - side) / 2
    return x / side, y / side, width / side, height / side


def _known(estimate: tuple[float, float, float] | None) -> list[float | None] | None:
    """The same for JSON, which has no NaN."""
    return estimate and [None if math.isnan(end) else end for end in estimate]


def _axis(groups: Sequence[Group]) -> tuple[float, float] | None:
    """From zero, or less, to the highest end of all groups."""
    ends = [end for group in groups for end in group.estimate or () if not math.isnan(end)]
    return (min(0.0, *ends), max(0.0, *ends)) if ends else None
