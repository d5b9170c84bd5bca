"""The 1950s: round two-tone cars and globe street lamps."""

from core.demo.canvas import Canvas, arc, darker, lighter
from core.demo.layout import Spot
from core.demo.palette import GLASS
from core.demo.plant import Plant
from core.demo.street import mirror, shadow, wheels

_MINT = (92, 196, 180)
_IVORY = (255, 244, 220)
_POST = (62, 72, 88)


def paint_round_car(canvas: Canvas, spot: Spot) -> None:
    """A round-bodied car, mint below and ivory above."""
    turn = mirror(spot, 1.05)
    shadow(canvas, spot.x, spot.y, 28)
    canvas.poly(turn(arc(-2, -13, 15, 14, 0.5, 1.0)), _IVORY)
    canvas.poly(
        turn([*arc(-14, -8, 14, 8, 0.5, 0.8), *arc(15, -8, 13, 7, 0.7, 1.0), (28, -3), (-28, -3)]),
        _MINT,
    )
    canvas.poly(turn([(-26, -9), (24, -11), (27, -9), (-26, -7)]), _IVORY)
    canvas.poly(turn([(-3, -15), *arc(-3, -15, 11, 9.5, 0.5, 0.75)]), GLASS)
    canvas.poly(turn([(-1, -15), *arc(-1, -15, 10.5, 9.5, 0.75, 1.0)]), GLASS)
    canvas.poly(turn([(-29, -5), (29, -5), (29, -2.5), (-29, -2.5)]), (226, 226, 226))
    canvas.ellipse(*turn([(25, -10)])[0], 2.6, 2.6, lighter(_IVORY, 0.5))
    wheels(canvas, spot, (-15, 16), 5, hub=_IVORY, grow=1.05)


def paint_globe_lamp(canvas: Canvas, spot: Spot) -> None:
    """A lamp post with a cluster of three white globes."""
    x, y = spot.x, spot.y
    top = y - 58 * spot.scale
    shadow(canvas, x, y, 8)
    canvas.rect(x - 2.6, top, x + 2.6, y, _POST)
    canvas.rect(x - 6, y - 8, x + 6, y, darker(_POST, 0.2))
    canvas.rect(x - 13, top + 3, x + 13, top + 6, _POST)
    canvas.veil(arc(x, top - 6, 26, 24), (255, 240, 190), 0.2)
    for dx, dy in ((-13, -5), (13, -5), (0, -13)):
        canvas.rect(x + dx - 4, top + dy + 6, x + dx + 4, top + dy + 10, _POST)
        canvas.ellipse(x + dx, top + dy, 8, 8, (255, 236, 176))
        canvas.ellipse(x + dx - 2, top + dy - 2, 4, 4, (255, 252, 236))


PLANTS = (
    Plant("two-tone round car", 0.8, "far_lane", (0, 1), paint_round_car),
    Plant("globe lamp", 0.75, "pavement", (2, 3), paint_globe_lamp),
)
