"""London: brick terraces, chimney stacks, red phone boxes and double-deckers."""

from core.demo.canvas import Canvas, darker, lighter
from core.demo.houses import box, paint_windows, shade_wall
from core.demo.layout import House, Spot
from core.demo.palette import GLASS, SHADE
from core.demo.plant import Plant
from core.demo.street import mirror, shadow, wheels

_BRICK = (150, 78, 62)
_STACK = (168, 102, 70)
_POT = (226, 138, 84)
_RED = (212, 28, 40)
_CREAM = (252, 246, 232)


def paint_brick_wall(canvas: Canvas, house: House) -> None:
    """A red-brown brick front with white window frames."""
    canvas.rect(house.left, house.eaves, house.right, house.ground, _BRICK)
    for course, y in enumerate(range(round(house.eaves) + 5, round(house.ground), 5)):
        canvas.rect(house.left, y, house.right, y + 0.5, lighter(_BRICK, 0.2))
        for x in range(round(house.left) + 4 + 5 * (course % 2), round(house.right), 10):
            canvas.rect(x, y, x + 0.5, y + 5, lighter(_BRICK, 0.2))
    shade_wall(canvas, house)
    canvas.rect(
        house.left,
        house.eaves + house.storey - 1.5,
        house.right,
        house.eaves + house.storey + 1,
        _CREAM,
    )
    paint_windows(canvas, house, _CREAM)


def paint_chimney(canvas: Canvas, house: House) -> None:
    """A chunky brick stack with a row of clay pots."""
    x = house.left + house.width * (0.3 if house.seed % 2 else 0.7)
    foot, top = house.eaves - 4, house.eaves - house.roof_height - 10
    canvas.rect(x - 9, top, x + 9, foot, _STACK)
    for y in range(round(top) + 6, round(foot), 4):
        canvas.rect(x - 9, y, x + 9, y + 0.5, darker(_STACK, 0.25))
    canvas.veil(box(x + 4, top, x + 9, foot), SHADE, 0.2)
    canvas.rect(x - 11, top - 1, x + 11, top + 4, lighter(_STACK, 0.2))
    for i in (-1, 0, 1):
        canvas.rect(x + i * 7 - 2.6, top - 11, x + i * 7 + 2.6, top - 1, _POT)
        canvas.rect(x + i * 7 - 3.2, top - 12, x + i * 7 + 3.2, top - 9.5, lighter(_POT, 0.25))


def paint_phone_box(canvas: Canvas, spot: Spot) -> None:
    """The red telephone box."""
    x, y, s = spot.x, spot.y, spot.scale * 1.08
    shadow(canvas, x, y, 14 * s)
    canvas.rect(x - 10 * s, y - 41 * s, x + 10 * s, y, _RED)
    canvas.poly(
        [
            (x - 11 * s, y - 41 * s),
            (x - 8 * s, y - 46 * s),
            (x + 8 * s, y - 46 * s),
            (x + 11 * s, y - 41 * s),
        ],
        _RED,
    )
    canvas.rect(x - 8 * s, y - 40 * s, x + 8 * s, y - 36 * s, _CREAM)
    canvas.rect(x - 6.5 * s, y - 33 * s, x + 6.5 * s, y - 8 * s, lighter(GLASS, 0.4))
    for i in (1, 2, 3):
        canvas.rect(x - 7 * s, y - (33 - 6.3 * i) * s - 0.7, x + 7 * s, y - (33 - 6.3 * i) * s + 0.7, _RED)
    for side in (-2.2, 2.2):
        canvas.rect(x + side * s - 0.7, y - 33 * s, x + side * s + 0.7, y - 8 * s, _RED)
    canvas.veil(box(x + 6 * s, y - 43 * s, x + 10 * s, y), SHADE, 0.18)
    canvas.rect(x - 11 * s, y - 3 * s, x + 11 * s, y, darker(_RED, 0.4))


def paint_bus(canvas: Canvas, spot: Spot) -> None:
    """A red double-decker."""
    turn = mirror(spot)
    shadow(canvas, spot.x, spot.y, 34)
    canvas.poly(turn([(-31, -4), (-31, -40), (-28, -43), (26, -43), (30, -40), (31, -4)]), _RED)
    canvas.poly(turn([(-31, -24), (31, -24), (31, -21), (-31, -21)]), _CREAM)
    for i in range(5):
        left = -28 + i * 11.4
        canvas.poly(turn([(left, -38), (left + 9.5, -38), (left + 9.5, -28), (left, -28)]), GLASS)
        if i < 4:
            canvas.poly(turn([(left, -19), (left + 9.5, -19), (left + 9.5, -11), (left, -11)]), GLASS)
    canvas.poly(turn([(18, -19), (29, -19), (29, -5), (23, -5)]), lighter(GLASS, 0.25))
    canvas.poly(turn([(-31, -4), (-31, -7), (31, -7), (31, -4)]), darker(_RED, 0.35))
    wheels(canvas, spot, (-18, 17), 5.4)


PLANTS = (
    Plant("brick terrace", 0.8, "wall", (0,), paint_brick_wall),
    Plant("chimney stack", 0.8, "rooftop", (1, 2), paint_chimney),
    Plant("phone box", 0.7, "pavement", (0,), paint_phone_box),
    Plant("double-decker bus", 0.55, "near_lane", (0,), paint_bus),
)
