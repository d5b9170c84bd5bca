"""What a scene looks like before any label is known: houses, slots, weather and light."""

from dataclasses import dataclass
from itertools import pairwise
from typing import TypeVar

import numpy as np

from core.demo.canvas import SIZE, Colour
from core.demo.palette import (
    CARS,
    COATS,
    DAYLIGHTS,
    FOLIAGE,
    LAWNS,
    PAVEMENTS,
    ROADS,
    ROOFS,
    WALLS,
    Daylight,
)  # fmt: skip

Rng = np.random.Generator
T = TypeVar("T")

HOUSES = 5
PAVEMENT_SLOTS = 5


@dataclass(frozen=True)
class House:
    """One house of the front row; x to the right, y downwards, in canvas pixels."""

    left: float
    right: float
    eaves: float  # y where the wall ends and the roof begins
    ground: float
    roof_height: float
    wall: Colour
    roof: Colour
    roof_shape: int  # 0 flat, 1 gable, 2 hip
    trim: Colour
    columns: int
    storeys: int
    shutters: bool
    door: int  # the column the door is in
    lit: tuple[bool, ...]  # window by window, row by row
    seed: int  # for small choices of whoever decorates it

    @property
    def width(self) -> float:
        """Width of the wall."""
        return self.right - self.left

    @property
    def middle(self) -> float:
        """x of the wall's centre line."""
        return (self.left + self.right) / 2

    @property
    def storey(self) -> float:
        """Height of one storey."""
        return (self.ground - self.eaves) / self.storeys


@dataclass(frozen=True)
class Spot:
    """A place to stand something: its foot, its scale and what stands there by default."""

    x: float
    y: float
    scale: float
    flip: bool
    kind: int  # which neutral thing stands here if nothing is planted
    colour: Colour
    seed: int


@dataclass(frozen=True)
class Layout:
    """A whole scene without labels. The order of slots is random, so slot 0 may be anywhere."""

    daylight: Daylight
    sun: tuple[float, float, float]  # x, y, radius
    clouds: tuple[Spot, ...]
    hills: tuple[tuple[float, ...], ...]  # heights above the ground at nine even steps, far to near
    skyline: tuple[tuple[float, float, float], ...]  # left, width, height of far houses
    houses: tuple[House, ...]
    house_order: tuple[int, ...]
    landmarks: tuple[Spot, ...]
    pavement: tuple[Spot, ...]
    far_lane: tuple[Spot, ...]
    near_lane: tuple[Spot, ...]
    foreground: tuple[Spot, ...]
    ground: float  # y where houses stand
    kerb: float  # y where the road begins
    verge: float  # y where the road ends
    road: Colour
    paving: Colour
    lawn: Colour
    grain: tuple[int, int]  # how far the paper grain is rolled, rows and columns


def draw_layout(rng: Rng) -> Layout:
    """Draw one layout; the same generator state gives the same layout."""
    daylight = _pick(rng, DAYLIGHTS)
    ground = float(rng.integers(174, 183))
    kerb = ground + rng.integers(18, 23)
    verge = kerb + rng.integers(40, 45)
    houses = _houses(rng, ground, daylight)
    return Layout(
        daylight=daylight,
        sun=(rng.uniform(20, 236), rng.uniform(24, 80), rng.uniform(9, 16)),
        clouds=tuple(
            _spot(rng, rng.uniform(0, SIZE), rng.uniform(14, 74), FOLIAGE) for _ in range(rng.integers(1, 5))
        ),
        hills=tuple(tuple(rng.uniform(low, low + 40, 9).tolist()) for low in (62, 44)),
        skyline=tuple(
            (x + rng.uniform(-6, 6), rng.uniform(20, 34), rng.uniform(58, 98)) for x in range(-10, SIZE, 26)
        ),
        houses=houses,
        house_order=tuple(rng.permutation(HOUSES).tolist()),
        landmarks=_landmarks(rng, houses),
        pavement=_pavement(rng, (ground + kerb) / 2 + 4),
        far_lane=_lane(rng, kerb + 15, 2),
        near_lane=_lane(rng, verge - 3, 2),
        foreground=tuple(
            _spot(rng, rng.uniform(0, SIZE), SIZE + 3, FOLIAGE) for _ in range(rng.integers(1, 5))
        ),
        ground=ground,
        kerb=kerb,
        verge=verge,
        road=_pick(rng, ROADS),
        paving=_pick(rng, PAVEMENTS),
        lawn=_pick(rng, LAWNS),
        grain=(int(rng.integers(SIZE)), int(rng.integers(SIZE))),
    )


def _houses(rng: Rng, ground: float, daylight: Daylight) -> tuple[House, ...]:
    shares = rng.uniform(0.8, 1.25, HOUSES)
    gaps = rng.choice([0.0, 0.0, 4.0, 9.0, 13.0], HOUSES - 1).tolist()
    widths = (shares / shares.sum() * (SIZE - 4 - sum(gaps))).tolist()
    left, houses = 2.0, []
    for width, gap in zip(widths, [*gaps, 0.0], strict=True):
        houses.append(_house(rng, round(left), round(left + width), ground, daylight))
        left += width + gap
    return tuple(houses)


def _house(rng: Rng, left: float, right: float, ground: float, daylight: Daylight) -> House:
    storeys = int(rng.integers(2, 5))
    columns = int(rng.integers(2, 4)) if right - left < 50 else 3
    height = round(storeys * rng.uniform(20, 24) + (6 if storeys == 2 else 0))
    return House(
        left=left,
        right=right,
        eaves=ground - height,
        ground=ground,
        roof_height=float(rng.integers(22, 30)),
        wall=_pick(rng, WALLS),
        roof=_pick(rng, ROOFS),
        roof_shape=int(rng.integers(3)),
        trim=_pick(rng, ((250, 246, 236), (232, 222, 206), (140, 126, 118), (206, 196, 186))),
        columns=columns,
        storeys=storeys,
        shutters=bool(rng.random() < 0.3),
        door=int(rng.integers(columns)),
        lit=tuple((rng.random(storeys * columns) < daylight.lit).tolist()),
        seed=int(rng.integers(1 << 30)),
    )


def _landmarks(rng: Rng, houses: tuple[House, ...]) -> tuple[Spot, ...]:
    """Three spots behind the row, each near the border of two houses."""
    borders = list(pairwise(houses))
    spots = []
    for i in rng.permutation(len(borders))[:3].tolist():
        a, b = borders[i]
        # High enough to look over the taller neighbour, low enough to stay in the picture.
        y = min(max(min(a.eaves, b.eaves) + 28, 126), 138)
        spots.append(_spot(rng, (a.right + b.left) / 2 + rng.uniform(-6, 6), y, FOLIAGE))
    return tuple(spots)


def _pavement(rng: Rng, y: float) -> tuple[Spot, ...]:
    step, margin = 49.0, 30.0
    spots = [
        _spot(rng, margin + i * step + rng.uniform(-7, 7), y + rng.uniform(-3, 3), FOLIAGE)
        for i in range(PAVEMENT_SLOTS)
    ]
    return tuple(spots[i] for i in rng.permutation(PAVEMENT_SLOTS))


def _lane(rng: Rng, y: float, count: int) -> tuple[Spot, ...]:
    step = SIZE / count
    spots = [_spot(rng, (i + 0.5) * step + rng.uniform(-24, 24), y, CARS) for i in range(count)]
    return tuple(spots[i] for i in rng.permutation(count))


def _spot(rng: Rng, x: float, y: float, colours: tuple[Colour, ...]) -> Spot:
    return Spot(
        x=x,
        y=y,
        scale=rng.uniform(0.92, 1.12),
        flip=bool(rng.random() < 0.5),
        kind=int(rng.integers(4)),
        colour=_pick(rng, colours),
        seed=int(rng.integers(1 << 30)),
    )


def _pick(rng: Rng, options: tuple[T, ...]) -> T:
    return options[int(rng.integers(len(options)))]


def coat(spot: Spot) -> Colour:
    """The coat of a person standing at the spot."""
    return COATS[spot.seed % len(COATS)]
