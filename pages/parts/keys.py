"""The keys each page knows, listed by `?`; the browser takes them, and never while somebody types."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from pages.parts.browser import component

_COMPONENT = component("keys")


@dataclass(frozen=True)
class Key:
    """Keys that do one thing."""

    keys: tuple[str, ...]
    does: str
    name: str = ""
    """What the browser's parts are told; empty where a button or a tile takes the key itself."""


LIST = Key(("?",), "This list")
TILES = (
    Key(("\u2190", "\u2191", "\u2192", "\u2193"), "From tile to tile, once one has the focus"),
    Key(("Enter",), "Open the tile"),
)
PICTURE = (
    Key(("O",), "Map on or off", "overlay"),
    Key(("+", "="), "Zoom in, as the wheel or two fingers do", "in"),
    Key(("-",), "Zoom out", "out"),
    Key(("0",), "All of the picture, as a double click does", "whole"),
    Key(("\u2190", "\u2191", "\u2192", "\u2193"), "Move the picture that has the focus, zoomed in"),
)
STEPS = (Key(("\u2190",), "Back"), Key(("\u2192",), "Next"))

OF_PAGE: dict[str, tuple[Key, ...]] = {
    "overview": TILES,
    "typicality": (Key(("N",), "Next picture"), Key(("P",), "Previous picture"), *PICTURE),
    "clusters": (
        *TILES,
        Key(("N",), "Next patch, where one is open"),
        Key(("P",), "Previous patch"),
        Key(("Esc",), "Close the patch"),
        *PICTURE,
    ),
    "compare": (*TILES, *PICTURE),
    "translate": (Key(("\u2190", "\u2192"), "Move the handle that has the focus"), *TILES, *PICTURE),
    "trends": TILES,
    "localisation": (*TILES, *PICTURE),
    "before_after": (*TILES, *PICTURE),
    "how_it_works": (*STEPS, *PICTURE),
    "present": (*STEPS, *PICTURE),
}
"""By the name of the page's file; other pages know no key but `?`."""


def draw(page: str) -> None:
    """The small button that says there are keys, and what opens on it."""
    _COMPONENT(key="keys", data={"keys": [asdict(key) for key in (*OF_PAGE.get(page, ()), LIST)]})
