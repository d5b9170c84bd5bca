"""Two pictures of one frame, one over the other; a handle says how much of each is seen."""

from __future__ import annotations

from dataclasses import dataclass

from pages.parts.browser import component

_COMPONENT = component("swipe", "address")


@dataclass(frozen=True)
class Shot:
    """One of the two pictures. All its words are shown as text."""

    url: str
    name: str
    """Written on the picture."""
    alt: str


def swipe(
    before: Shot,
    after: Shot,
    size: tuple[int, int],
    crop: tuple[float, float, float, float],
    key: str,
) -> None:
    """Draw the first picture left of the handle, the second right of it.

    Args:
        before: of which the frame may show only a part.
        after: fills the frame.
        size: width and height of the frame; only their proportion counts.
        crop: where the frame lies on `before`, and the size of `before`: left, top, width and height as
            shares of the frame's sides.
        key: of the component.
    """
    _COMPONENT(key=key, data={"before": vars(before), "after": vars(after), "size": size, "crop": crop})
