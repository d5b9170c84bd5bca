"""The demo world: which elements it has, and how one of its scenes is drawn."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from core.demo.backdrop import paint_backdrop, paint_block
from core.demo.canvas import SIZE, Canvas
from core.demo.decades import fifties, nineties, seventies, tens
from core.demo.houses import paint_roof, paint_shop, paint_wall
from core.demo.layout import House, Layout, Spot, draw_layout
from core.demo.places import bangkok, kyoto, london, new_york, paris, prague
from core.demo.plant import Plant, Slot
from core.demo.street import paint_bush, paint_car, paint_dashes, paint_furniture, paint_ground

_PLACE_PLANTS = {
    "Prague": prague.PLANTS,
    "Paris": paris.PLANTS,
    "London": london.PLANTS,
    "Kyoto": kyoto.PLANTS,
    "Bangkok": bangkok.PLANTS,
    "New York": new_york.PLANTS,
}
_DECADE_PLANTS = {
    "1950s": fifties.PLANTS,
    "1970s": seventies.PLANTS,
    "1990s": nineties.PLANTS,
    "2010s": tens.PLANTS,
}

PLACES: tuple[str, ...] = tuple(_PLACE_PLANTS)
"""The labels of the column `place`."""

DECADES: tuple[str, ...] = tuple(_DECADE_PLANTS)
"""The labels of the column `decade`."""


@dataclass(frozen=True)
class Element:
    """A planted element: the truth an instrument should find."""

    id: int
    """Its value in a scene's mask, from 1."""
    name: str
    column: str
    """"place" or "decade"."""
    label: str
    """The only label of that column under which it appears."""
    rate: float
    """Share of the label's scenes that have it drawn at least once (it may be partly hidden)."""


@dataclass(frozen=True)
class Scene:
    """One drawn scene."""

    picture: NDArray[np.uint8]
    """(256, 256, 3) RGB."""
    mask: NDArray[np.uint8]
    """(256, 256) id of the element visible at each pixel, 0 where nothing is planted."""


_PLANTS: dict[int, tuple[str, str, Plant]] = dict(
    enumerate(
        (
            (column, label, plant)
            for column, labels in (("place", _PLACE_PLANTS), ("decade", _DECADE_PLANTS))
            for label, plants in labels.items()
            for plant in plants
        ),
        start=1,
    )
)

ELEMENTS: tuple[Element, ...] = tuple(
    Element(id_, plant.name, column, label, plant.rate) for id_, (column, label, plant) in _PLANTS.items()
)
"""Every planted element, places first, in the order of their ids."""

ROOFS: dict[str, int] = {label: id_ for id_, (_, label, plant) in _PLANTS.items() if plant.slot == "roof"}
"""The id of the roof that is planted in a place; the others have only plain ones."""

S = TypeVar("S")
_Plan = dict[tuple[Slot, int], tuple[int, Plant]]

_LAYOUT_STREAM, _PLANT_STREAM = 0, 1
_REPEAT = 0.6  # chance that an element which is present takes one more of its slots
_GRAIN = np.random.default_rng(11).integers(-3, 4, (SIZE, SIZE, 1)).astype(np.int16)


def draw_scene(seed: int, index: int, place: str, decade: str) -> Scene:
    """Draw scene `index` of the world `seed` for one place and one decade.

    The same arguments give the same bytes everywhere. The layout depends on `seed` and `index`
    alone.
    """
    layout = draw_layout(np.random.default_rng([seed, index, _LAYOUT_STREAM]))
    plan = _plan(seed, index, place, decade)
    canvas = Canvas()
    paint_backdrop(canvas, layout)
    _each(canvas, plan, "landmark", layout.landmarks, paint_block)
    _paint_houses(canvas, plan, layout)
    paint_ground(canvas, layout)
    _fill(canvas, plan, "centre_line", 0, layout, paint_dashes)
    _each(canvas, plan, "pavement", layout.pavement, paint_furniture)
    _each(canvas, plan, "far_lane", layout.far_lane, _sometimes_car)
    _each(canvas, plan, "near_lane", layout.near_lane, _sometimes_car)
    for spot in layout.foreground:
        paint_bush(canvas, spot)
    picture, mask = canvas.finish()
    return Scene(_print(picture, layout), mask)


def _plan(seed: int, index: int, place: str, decade: str) -> _Plan:
    """Decide which slots are planted with what; every element has a random stream of its own."""
    plan: _Plan = {}
    for id_, (_, label, plant) in _PLANTS.items():
        if label not in (place, decade):
            continue
        rng = np.random.default_rng([seed, index, _PLANT_STREAM, id_])
        present, *repeats = rng.random(len(plant.numbers)).tolist()
        if present >= plant.rate:
            continue
        plan[plant.slot, plant.numbers[0]] = id_, plant
        for number, chance in zip(plant.numbers[1:], repeats, strict=True):
            if chance < _REPEAT:
                plan[plant.slot, number] = id_, plant
    return plan


def _fill(
    canvas: Canvas, plan: _Plan, slot: Slot, number: int, where: S,
    neutral: Callable[[Canvas, S], None],
) -> None:  # fmt: skip
    """Paint what is planted in a slot, or else its neutral counterpart."""
    if (slot, number) in plan:
        id_, plant = plan[slot, number]
        with canvas.planting(id_):
            plant.paint(canvas, where)
    else:
        neutral(canvas, where)


def _each(
    canvas: Canvas, plan: _Plan, slot: Slot, spots: tuple[Spot, ...],
    neutral: Callable[[Canvas, Spot], None],
) -> None:  # fmt: skip
    """Fill numbered spots, the farther ones (higher up) first."""
    for number in sorted(range(len(spots)), key=lambda i: spots[i].y):
        _fill(canvas, plan, slot, number, spots[number], neutral)


def _paint_houses(canvas: Canvas, plan: _Plan, layout: Layout) -> None:
    numbered = list(zip(layout.house_order, layout.houses, strict=True))
    for number, house in numbered:
        _fill(canvas, plan, "wall", number, house, paint_wall)
    for number, house in numbered:
        _fill(canvas, plan, "roof", number, house, paint_roof)
        _fill(canvas, plan, "facade", number, house, paint_shop)
    for number, house in numbered:
        _fill(canvas, plan, "rooftop", number, house, _nothing)


def _sometimes_car(canvas: Canvas, spot: Spot) -> None:
    if spot.kind < 2:
        paint_car(canvas, spot)


def _nothing(canvas: Canvas, house: House) -> None:
    """The neutral counterpart of a thing on a roof."""


def _print(picture: NDArray[np.uint8], layout: Layout) -> NDArray[np.uint8]:
    """Lay the daylight's tint and a slight paper grain over a finished picture."""
    tint = np.asarray(layout.daylight.tint, np.uint16) + 1
    lit = ((picture * tint) >> 8).astype(np.int16)
    grain = np.roll(_GRAIN, layout.grain, axis=(0, 1))
    printed: NDArray[np.uint8] = np.clip(lit + grain, 0, 255).astype(np.uint8)
    return printed
