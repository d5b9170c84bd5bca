"""New York: double yellow lines, hydrants, water towers and yellow cabs."""

from core.demo.canvas import SIZE, Canvas, arc, darker, lighter
from core.demo.houses import box
from core.demo.layout import House, Layout, Spot
from core.demo.palette import GLASS, SHADE
from core.demo.plant import Plant
from core.demo.street import centre_line, mirror, shadow, wheels

_LINE = (240, 184, 40)
_HYDRANT = (206, 48, 74)
_WOOD = (146, 94, 58)
_CAB = (255, 200, 20)


def paint_double_line(canvas: Canvas, layout: Layout) -> None:
    """Two solid yellow lines along the middle of the road."""
    y = centre_line(layout)
    canvas.rect(0, y - 3.5, SIZE, y - 1, _LINE)
    canvas.rect(0, y + 1, SIZE, y + 3.5, _LINE)


def paint_hydrant(canvas: Canvas, spot: Spot) -> None:
    """A stout red hydrant with a domed cap and two side caps."""
    x, y, s = spot.x, spot.y, spot.scale * 1.15
    shadow(canvas, x, y, 12 * s)
    canvas.rect(x - 7 * s, y - 22 * s, x + 7 * s, y, _HYDRANT)
    canvas.poly(arc(x, y - 22 * s, 7 * s, 8 * s, 0.5, 1.0), _HYDRANT)
    canvas.rect(x - 2 * s, y - 33 * s, x + 2 * s, y - 29 * s, darker(_HYDRANT, 0.2))
    canvas.rect(x - 9 * s, y - 24 * s, x + 9 * s, y - 21 * s, lighter(_HYDRANT, 0.3))
    canvas.rect(x - 11 * s, y - 18 * s, x + 11 * s, y - 11 * s, darker(_HYDRANT, 0.12))
    canvas.ellipse(x, y - 14 * s, 4 * s, 4 * s, lighter(_HYDRANT, 0.45))
    canvas.rect(x - 10 * s, y - 4 * s, x + 10 * s, y, darker(_HYDRANT, 0.3))
    canvas.veil(box(x + 3 * s, y - 28 * s, x + 7 * s, y), SHADE, 0.18)


def paint_water_tower(canvas: Canvas, house: House) -> None:
    """A wooden tank on legs with a conical lid."""
    x = house.left + house.width * (0.38 if house.seed % 2 else 0.62)
    foot = house.eaves - 5
    low = house.eaves - house.roof_height * 0.62
    top = low - 27
    for dx in (-11, 0, 11):
        canvas.rect(x + dx - 1.6, low, x + dx + 1.6, foot, darker(_WOOD, 0.45))
    canvas.line((x - 11, low + 2), (x + 11, foot - 2), 1.6, darker(_WOOD, 0.45))
    canvas.rect(x - 14, top, x + 14, low, _WOOD)
    for i in range(1, 7):
        canvas.rect(x - 14 + i * 4, top, x - 13.5 + i * 4, low, darker(_WOOD, 0.25))
    for y in (top + 7, top + 18):
        canvas.rect(x - 14, y, x + 14, y + 1.5, darker(_WOOD, 0.5))
    canvas.veil(box(x + 5, top, x + 14, low), SHADE, 0.2)
    canvas.veil(box(x - 14, top, x - 9, low), (255, 250, 236), 0.16)
    canvas.poly([(x - 16, top + 1), (x, top - 13), (x + 16, top + 1)], darker(_WOOD, 0.55))
    canvas.rect(x - 15, low - 1, x + 15, low + 2, darker(_WOOD, 0.5))


def paint_cab(canvas: Canvas, spot: Spot) -> None:
    """A yellow cab with a checkered band and a roof sign."""
    turn = mirror(spot, 1.12)
    shadow(canvas, spot.x, spot.y, 30)
    canvas.poly(
        turn(
            [
                (-28, -4),
                (-28, -12),
                (-18, -14),
                (-12, -23),
                (9, -23),
                (16, -14),
                (27, -12),
                (28, -4),
            ]
        ),
        _CAB,
    )
    canvas.poly(turn([(-5, -23), (-4, -28), (5, -28), (6, -23)]), (255, 246, 214))
    canvas.poly(turn([(-15, -14), (-10.5, -21), (-2, -21), (-2, -14)]), GLASS)
    canvas.poly(turn([(0, -14), (0, -21), (8, -21), (13, -14)]), GLASS)
    for i in range(9):
        left = -22 + i * 4.8
        canvas.poly(turn([(left, -11.5), (left + 2.4, -11.5), (left + 2.4, -9), (left, -9)]), (40, 36, 44))
    canvas.poly(turn([(-28, -4), (-28, -6), (28, -6), (28, -4)]), darker(_CAB, 0.35))
    wheels(canvas, spot, (-17, 16), 5, grow=1.12)


PLANTS = (
    Plant("double yellow line", 0.8, "centre_line", (0,), paint_double_line),
    Plant("hydrant", 0.75, "pavement", (0, 1), paint_hydrant),
    Plant("water tower", 0.8, "rooftop", (1, 2), paint_water_tower),
    Plant("yellow cab", 0.6, "near_lane", (0,), paint_cab),
)
