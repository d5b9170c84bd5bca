"""The 1990s: satellite dishes and small teal hatchbacks."""

from core.demo.canvas import Canvas, arc, darker
from core.demo.layout import House, Spot
from core.demo.palette import GLASS, SHADE
from core.demo.plant import Plant
from core.demo.street import mirror, shadow, wheels

_DISH = (246, 246, 250)
_ARM = (92, 94, 108)
_VIOLET = (116, 62, 176)
_PINK = (252, 92, 168)


def paint_dish(canvas: Canvas, house: House) -> None:
    """A large white dish bracketed to the wall."""
    side = -1 if house.seed % 2 else 1
    x, y = house.middle + side * house.width * 0.2, house.eaves + house.storey * 0.55
    canvas.veil(arc(x + 2, y + 4, 14, 15), SHADE, 0.3)
    canvas.rect(x - 2, y + 4, x + 2, y + 20, _ARM)
    canvas.ellipse(x, y, 13, 15, _ARM)
    canvas.ellipse(x, y, 11.6, 13.6, _DISH)
    canvas.ellipse(x + side * 2.5, y + 2, 7.5, 9.5, darker(_DISH, 0.14))
    canvas.line((x, y + 12), (x - side * 8, y - 1), 2, _ARM)
    canvas.ellipse(x - side * 8, y - 1, 3.2, 3.2, _ARM)


def paint_hatchback(canvas: Canvas, spot: Spot) -> None:
    """A short wedge of a car, violet with a pink slash."""
    turn = mirror(spot, 1.1)
    shadow(canvas, spot.x, spot.y, 24)
    canvas.poly(turn([(-20, -4), (-21, -13), (-17, -25), (2, -25), (11, -15), (22, -11), (22, -4)]), _VIOLET)
    canvas.poly(turn([(-17, -15), (-14.5, -23), (-5, -23), (-5, -15)]), GLASS)
    canvas.poly(turn([(-3, -15), (-3, -23), (1, -23), (8, -15)]), GLASS)
    canvas.poly(turn([(-20, -6), (-8, -13), (-1, -13), (-13, -6)]), _PINK)
    canvas.poly(turn([(-9, -6), (3, -13), (7, -13), (-5, -6)]), _PINK)
    canvas.poly(turn([(-21, -4), (-21, -6), (23, -6), (23, -4)]), darker(_VIOLET, 0.5))
    wheels(canvas, spot, (-12, 13), 4.8, grow=1.1)


PLANTS = (
    Plant("satellite dish", 0.8, "facade", (3, 4), paint_dish),
    Plant("violet hatchback", 0.75, "far_lane", (0, 1), paint_hatchback),
)
