"""The neutral colours of the demo world; none comes near the colour of a planted element."""

from dataclasses import dataclass

from core.demo.canvas import Colour


def tones(codes: str) -> tuple[Colour, ...]:
    """Colours from their six-digit hexadecimal codes."""
    rgb = [bytes.fromhex(code) for code in codes.split()]
    return tuple((red, green, blue) for red, green, blue in rgb)


@dataclass(frozen=True)
class Daylight:
    """One time of day."""

    top: Colour
    middle: Colour
    horizon: Colour
    sun: Colour
    cloud: Colour
    tint: Colour  # what the light multiplies every colour by, white = unchanged
    lit: float  # share of windows with the lamp on


def _daylight(codes: str, lit: float) -> Daylight:
    top, middle, horizon, sun, cloud, tint = tones(codes)
    return Daylight(top, middle, horizon, sun, cloud, tint, lit)


DAYLIGHTS: tuple[Daylight, ...] = (
    # top, middle, horizon, sun, cloud, tint
    _daylight("78b0d0 acd2de e8eee2 fff6d6 fafaf4 fffef8", lit=0.0),  # a clear noon
    _daylight("96c0cc cedad0 fae2c4 fff4d8 fff6ea fffaf0", lit=0.05),  # a mild morning
    _daylight("7c94bc d8bab4 fccc92 ffe8b2 ffdec4 fff4e2", lit=0.2),  # the golden hour
    _daylight("626496 c490a4 f8b898 ffdcba e8acb0 f6e8ee", lit=0.55),  # dusk
    _daylight("b6c4ca d0d6d4 eae6da faf6e8 f0f0ec fafafa", lit=0.12),  # an overcast day
    _daylight("66a0b2 96c6c4 ece8c8 fff6d2 f0f6ec fcfffa", lit=0.0),  # early afternoon
    _daylight("b0acc8 e4c4cc fee2cc fff0dc ffece8 fff8f6", lit=0.15),  # a rosy morning
)

WALLS = tones(
    "f4e8d0 ecd6aa f0ccb2 e6beb4 cedac8 c4d6da d4ccdc f8f2e6 e2ce96 d8c6b2 "
    "d6b480 cea69c a6bcbc baacc4 beccba eedcd8 ccc0aa b8c6d4"
)
ROOFS = tones("968476 a69c90 866e60 beaa8e 8e7a80 b09e96 7e7068 9e8a70")
FOLIAGE = tones("708c5c 869a62 5e8064 989e60 7a9478 b09c58")
CARS = tones("cec8be a09e9c b6a694 8a8e84 e0dace 96888a")
ROADS = tones("767278 847e7e 6c6c74 8c888c")
PAVEMENTS = tones("cec6ba c4beba d6cab6 bcb6ac")
LAWNS = tones("96ac6e 84a06c aab070 c4ba96")
COATS = tones("7c6070 607080 aa8c6e 787c62 baa096")

(GLASS,) = tones("708496")
(LAMPLIGHT,) = tones("ffdc8a")
(SHADE,) = tones("2c2246")
