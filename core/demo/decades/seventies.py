"""The 1970s: rooftop aerials, wood-panelled estate cars and round pop signs."""

from core.demo.canvas import Canvas, Colour, arc, darker
from core.demo.layout import House, Spot
from core.demo.palette import GLASS, SHADE
from core.demo.plant import Plant
from core.demo.street import mirror, shadow, wheels

_ROD = (84, 78, 88)
_OLIVE = (150, 142, 48)
_PANEL = (122, 74, 40)
_RINGS: tuple[Colour, ...] = (
    (122, 52, 108), (242, 120, 150), (255, 232, 196), (122, 52, 108),
)  # fmt: skip


def paint_aerial(canvas: Canvas, house: House) -> None:
    """A big comb-shaped television aerial."""
    x = house.left + house.width * (0.36 if house.seed % 2 else 0.64)
    foot = house.eaves - 4
    top = house.eaves - house.roof_height - 24
    canvas.rect(x - 2, top - 4, x + 2, foot, _ROD)
    for i, half in enumerate((17, 15, 13, 11)):
        y = top + i * 6.5
        canvas.rect(x - half, y - 2, x + half, y + 2, _ROD)
    canvas.line((x, top + 28), (x - 12, foot), 1.6, _ROD)
    canvas.line((x, top + 28), (x + 12, foot), 1.6, _ROD)


def paint_estate_car(canvas: Canvas, spot: Spot) -> None:
    """A long boxy estate car with wooden flanks."""
    turn = mirror(spot, 1.05)
    shadow(canvas, spot.x, spot.y, 32)
    canvas.poly(turn([(-30, -4), (-30, -15), (-27, -25), (8, -25), (14, -15), (29, -14), (30, -4)]), _OLIVE)
    canvas.poly(turn([(-29, -5), (-29, -13), (27, -13), (27, -5)]), _PANEL)
    canvas.poly(turn([(-28, -9.5), (26, -9.5), (26, -8), (-28, -8)]), darker(_PANEL, 0.35))
    for left, right in ((-26, -16), (-14, -4), (-2, 6)):
        canvas.poly(
            turn([(left, -15), (left + 0.6, -23), (right, -23), (right + 1.5 * (right > 0) * 2, -15)]),
            GLASS,
        )
    canvas.poly(turn([(-31, -5), (31, -5), (31, -3), (-31, -3)]), (206, 204, 200))
    wheels(canvas, spot, (-18, 18), 5, grow=1.05)


def paint_pop_sign(canvas: Canvas, house: House) -> None:
    """A round shop sign of bold concentric rings."""
    x = house.left + house.width * (0.4 if house.seed % 2 else 0.6)
    y = house.eaves + house.storey * 0.9
    canvas.veil(arc(x + 2, y + 3, 15, 15), SHADE, 0.25)
    for radius, colour in zip((15, 12, 8, 4), _RINGS, strict=True):
        canvas.ellipse(x, y, radius, radius, colour)


PLANTS = (
    Plant("television aerial", 0.75, "rooftop", (3, 4), paint_aerial),
    Plant("wood-panelled estate car", 0.75, "far_lane", (0,), paint_estate_car),
    Plant("round pop sign", 0.65, "facade", (4,), paint_pop_sign),
)
