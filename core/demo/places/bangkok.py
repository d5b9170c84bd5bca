"""Bangkok: tiered temple roofs, palms and tuk-tuks."""

from core.demo.canvas import Canvas, Point, darker, lighter
from core.demo.houses import EAVES
from core.demo.layout import House, Spot
from core.demo.palette import SHADE
from core.demo.plant import Plant
from core.demo.street import mirror, shadow, wheels

_ORANGE = (240, 138, 36)
_GREEN = (24, 124, 78)
_GOLD = (252, 212, 96)
_FROND = (64, 150, 58)
_TRUNK = (170, 132, 96)
_BLUE = (36, 92, 196)
_YELLOW = (250, 206, 52)


def paint_temple_roof(canvas: Canvas, house: House) -> None:
    """Two stacked gables, orange fields in green borders, gold finials."""
    height = house.roof_height * 1.05
    half = house.width / 2 + EAVES + 1
    _tier(canvas, house.middle, house.eaves + 2, half, height)
    _tier(canvas, house.middle, house.eaves - height * 0.52, half * 0.76, height * 0.95)


def _tier(canvas: Canvas, x: float, y: float, half: float, height: float) -> None:
    def gable(grow: float, lift: float) -> list[Point]:
        w, h = half * grow, height * grow
        return [
            (x - w, y - lift),
            (x - w * 0.5, y - lift - h * 0.45),
            (x, y - lift - h),
            (x + w * 0.5, y - lift - h * 0.45),
            (x + w, y - lift),
        ]

    canvas.poly(gable(1.0, 0), _GREEN)
    canvas.poly(gable(0.74, 2), _ORANGE)
    canvas.poly(gable(0.36, 2), _GOLD)
    canvas.veil([(x, y - height), (x + half, y), (x + half * 0.25, y)], SHADE, 0.16)
    for side in (-1, 1):
        tip = x + side * half
        canvas.poly([(tip - side * 5, y), (tip, y), (tip + side * 4, y - 8)], _GOLD)
    canvas.poly([(x - 2.5, y - height + 4), (x, y - height - 9), (x + 2.5, y - height + 4)], _GOLD)


def paint_palm(canvas: Canvas, spot: Spot) -> None:
    """A leaning palm with broad fronds."""
    turn = mirror(spot)
    shadow(canvas, spot.x, spot.y, 14)
    canvas.poly(turn([(-4, 0), (-3, -26), (2, -62), (7, -62), (4, -26), (4, 0)]), _TRUNK)
    for i in range(6):
        canvas.poly(
            turn([(-3.5 + i * 0.9, -6 - 9 * i), (4 + i * 0.5, -7 - 9 * i), (4 + i * 0.5, -5 - 9 * i)]),
            darker(_TRUNK, 0.3),
        )
    for i, (u, v) in enumerate(
        ((-28, 4), (30, 6), (-26, -16), (28, -15), (-12, -28), (14, -28), (-15, 16), (18, 17))
    ):
        colour = (_FROND, darker(_FROND, 0.22), lighter(_FROND, 0.18))[i % 3]
        canvas.poly(turn(_frond(u, v)), colour)
    for dx in (1, 6):
        canvas.ellipse(*turn([(dx, -60)])[0], 2.6, 2.6, (150, 96, 56))


def _frond(u: float, v: float) -> list[Point]:
    """A leaf from the top of the trunk to a tip (u, v) away from it."""
    x, y = 4.0, -63.0
    return [
        (x, y),
        (x + u * 0.4, y + v * 0.5 - 9),
        (x + u * 0.8, y + v * 0.8 - 4),
        (x + u, y + v),
        (x + u * 0.55, y + v * 0.6 + 2),
        (x, y + 3),
    ]


def paint_tuk_tuk(canvas: Canvas, spot: Spot) -> None:
    """A three-wheeler: blue body, yellow canopy."""
    turn = mirror(spot, 1.18)
    shadow(canvas, spot.x, spot.y, 26)
    canvas.poly(turn([(-20, -28), (-18, -32), (12, -32), (15, -28)]), _YELLOW)
    canvas.poly(turn([(-20, -28), (15, -28), (15, -25), (-20, -25)]), darker(_YELLOW, 0.2))
    for a, b in ((-18, -18), (-5, -5), (13, 18)):
        canvas.poly(turn([(a - 1, -25), (a + 1, -25), (b + 1, -10), (b - 1, -10)]), (230, 230, 232))
    canvas.poly(
        turn(
            [
                (-21, -4),
                (-21, -16),
                (-4, -16),
                (-2, -8),
                (8, -8),
                (11, -16),
                (18, -15),
                (23, -6),
                (22, -4),
            ]
        ),
        _BLUE,
    )
    canvas.poly(turn([(-16, -16), (-16, -22), (-13, -22), (-12, -16)]), (196, 64, 70))
    canvas.poly(turn([(-21, -11), (-4, -11), (-3, -8.5), (-21, -8.5)]), _YELLOW)
    canvas.ellipse(*turn([(21, -11)])[0], 2.4, 2.4, (255, 246, 206))
    wheels(canvas, spot, (-13, 17), 4.6, grow=1.18)


PLANTS = (
    Plant("tiered temple roof", 0.8, "roof", (0, 1), paint_temple_roof),
    Plant("palm", 0.8, "pavement", (0, 1), paint_palm),
    Plant("tuk-tuk", 0.7, "near_lane", (0,), paint_tuk_tuk),
)
