"""Pictures side by side that change together with one slider, in the browser, without a rerun."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass

from pages.parts.browser import component

_COMPONENT = component("frames", "address")


@dataclass(frozen=True)
class Reel:
    """One column: a title, and a WebP picture for every place of the slider."""

    title: str
    pictures: Sequence[bytes]


def frames(reels: Sequence[Reel], slider: str, notes: Sequence[str], start: int, key: str) -> None:
    """Draw the reels.

    Args:
        reels: all of one length.
        slider: what it changes, in a few words.
        notes: said below, one for every place of the slider.
        start: where it stands at first.
        key: of the component.
    """
    columns = [{"title": reel.title, "urls": [uri(picture) for picture in reel.pictures]} for reel in reels]
    _COMPONENT(key=key, data={"reels": columns, "slider": slider, "notes": notes, "start": start})


def uri(webp: bytes) -> str:
    """A WebP picture as an address that holds all of it."""
    return "data:image/webp;base64," + base64.b64encode(webp).decode()
