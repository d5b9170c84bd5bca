"""How an element gets into a scene: which slots it may take and who paints it there."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from core.demo.canvas import Canvas

Slot = Literal[
    "wall", "roof", "facade", "rooftop",  # painted for a House
    "landmark", "pavement", "far_lane", "near_lane",  # painted at a Spot
    "centre_line",  # painted for the whole Layout
]  # fmt: skip


@dataclass(frozen=True)
class Plant:
    """One element of one label, ready to be planted.

    Where it is present it takes the first of its slots for sure and each further one by chance.
    Slots of one kind are numbered in the layout's random order; places and decades use different
    numbers, so the two labels of a scene never compete for a slot.
    """

    name: str
    rate: float
    slot: Slot
    numbers: tuple[int, ...]
    paint: Callable[[Canvas, Any], None]
