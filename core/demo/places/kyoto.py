"""Kyoto: dark curved tiles, utility poles and vermilion gates."""

from core.demo.canvas import SIZE, Canvas, darker, lighter
from core.demo.houses import box
from core.demo.layout import House, Spot
from core.demo.palette import SHADE
from core.demo.plant import Plant
from core.demo.street import shadow

_TILE = (58, 62, 74)
_POLE = (128, 116, 106)
_WIRE = (44, 42, 52)
_INSULATOR = (176, 176, 178)
_GUARD = (236, 186, 44)
_VERMILION = (232, 74, 36)


def paint_tiled_roof(canvas: Canvas, house: House) -> None:
    """A dark roof whose eaves sweep outward, tiles running down it."""
    left, right, eaves = house.left - 8, house.right + 8, house.eaves + 2
    height = house.roof_height * 0.92
    ridge, inset = eaves - height, house.width * 0.24 + 8
    sweep = [(0.0, 0.0), (0.3, 0.14), (0.6, 0.38), (0.84, 0.7), (1.0, 1.0)]
    up = [(left + inset * u, eaves - 2 - (height - 2) * v) for u, v in sweep]
    down = [(right - inset * u, eaves - 2 - (height - 2) * v) for u, v in reversed(sweep)]
    canvas.poly([*up, *down, (right - 1, eaves + 2), (left + 1, eaves + 2)], _TILE)
    for i in range(-6, 7):
        x = house.middle + i * house.width / 13
        canvas.line(
            (house.middle + (x - house.middle) * 0.6, ridge + 4),
            (x, eaves),
            1.0,
            lighter(_TILE, 0.17),
        )
    canvas.rect(left + inset - 4, ridge - 4, right - inset + 4, ridge + 1, lighter(_TILE, 0.1))
    for x in (left + inset - 4, right - inset + 4):
        canvas.poly([(x - 4, ridge + 2), (x - 2, ridge - 9), (x + 2, ridge - 9), (x + 4, ridge + 2)], _TILE)
    canvas.rect(left + 4, eaves, right - 4, eaves + 3, darker(_TILE, 0.4))


def paint_utility_pole(canvas: Canvas, spot: Spot) -> None:
    """A slim pole with cross-arms, a transformer, a striped guard at its foot and sagging wires."""
    x, y = spot.x, spot.y
    top = y - 122
    for level, sag in ((top + 8, 10), (top + 18, 8)):
        for end in (-24, SIZE + 24):
            steps = [(i / 6, 4 * sag * (i / 6) * (1 - i / 6)) for i in range(7)]
            canvas.curve([(x + (end - x) * t, level + drop) for t, drop in steps], 1.1, _WIRE)
    shadow(canvas, x, y, 7)
    canvas.rect(x - 3.5, top, x + 3.5, y, _POLE)
    canvas.veil(box(x + 0.5, top, x + 3.5, y), SHADE, 0.22)
    for dy, half in ((6, 16), (16, 13)):
        canvas.rect(x - half, top + dy, x + half, top + dy + 3.5, darker(_POLE, 0.25))
        for dx in (-half + 2, half - 2):
            canvas.rect(x + dx - 1.5, top + dy - 4, x + dx + 1.5, top + dy, _INSULATOR)
    side = -1 if spot.flip else 1
    canvas.rect(x + side * 8 - 6, top + 27, x + side * 8 + 6, top + 45, _INSULATOR)
    canvas.veil(box(x + side * 8, top + 27, x + side * 8 + 6, top + 45), SHADE, 0.2)
    for i in range(4):
        canvas.rect(x - 4.5, y - 30 + i * 6, x + 4.5, y - 27 + i * 6, _GUARD)


def paint_torii(canvas: Canvas, spot: Spot) -> None:
    """A vermilion gate."""
    x, y, s = spot.x, spot.y, spot.scale
    for side in (-1, 1):
        foot, head = x + side * 21 * s, x + side * 17 * s
        shadow(canvas, foot, y, 6)
        canvas.line((foot, y), (head, y - 52 * s), 9, _VERMILION)
        canvas.rect(foot - 6, y - 6, foot + 6, y, darker(_VERMILION, 0.75))
    canvas.rect(x - 24 * s, y - 42 * s, x + 24 * s, y - 36 * s, darker(_VERMILION, 0.12))
    canvas.rect(x - 2.5 * s, y - 50 * s, x + 2.5 * s, y - 40 * s, _VERMILION)
    beam = [(-31, -60), (-15, -57), (15, -57), (31, -60), (28, -50), (-28, -50)]
    canvas.poly([(x + u * s, y + v * s) for u, v in beam], _VERMILION)
    cap = [
        (-33, -64),
        (-15, -60),
        (15, -60),
        (33, -64),
        (31, -59),
        (15, -56),
        (-15, -56),
        (-31, -59),
    ]
    canvas.poly([(x + u * s, y + v * s) for u, v in cap], darker(_VERMILION, 0.7))


PLANTS = (
    Plant("dark curved roof", 0.8, "roof", (0, 1), paint_tiled_roof),
    Plant("utility pole", 0.75, "pavement", (0,), paint_utility_pole),
    Plant("torii gate", 0.6, "pavement", (1,), paint_torii),
)
