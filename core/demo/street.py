"""The street and its neutral furniture: road, trees, bushes, people and plain cars."""

from collections.abc import Callable

from core.demo.canvas import SIZE, Canvas, Colour, Point, arc, darker, lighter, mix
from core.demo.houses import box
from core.demo.layout import Layout, Spot, coat
from core.demo.palette import GLASS, SHADE


def paint_ground(canvas: Canvas, layout: Layout) -> None:
    """Paint pavement, road and the strip in front of it."""
    ground, kerb, verge = layout.ground, layout.kerb, layout.verge
    canvas.rect(0, ground, SIZE, kerb, layout.paving)
    canvas.veil(box(0, ground, SIZE, ground + 4), SHADE, 0.16)
    for i in range(9):
        x = i * 32 + layout.grain[0] % 32
        canvas.line((x + 4, ground), (x - 6, kerb), 0.7, darker(layout.paving, 0.12))
    canvas.rect(0, kerb - 2, SIZE, kerb, lighter(layout.paving, 0.45))
    canvas.rect(0, kerb, SIZE, verge, layout.road)
    canvas.veil(box(0, kerb, SIZE, kerb + 3), SHADE, 0.2)
    canvas.rect(0, verge, SIZE, verge + 2, lighter(layout.paving, 0.3))
    canvas.rect(0, verge + 2, SIZE, SIZE, layout.lawn)
    canvas.veil(box(0, verge + 2, SIZE, verge + 4), SHADE, 0.12)


def centre_line(layout: Layout) -> float:
    """y of the middle of the road."""
    return (layout.kerb + layout.verge) / 2 + 1


def paint_dashes(canvas: Canvas, layout: Layout) -> None:
    """Paint the plain white dashes along the middle of the road."""
    y = centre_line(layout)
    for i in range(8):
        x = i * 36 - layout.grain[1] % 36
        canvas.rect(x, y - 1.5, x + 18, y + 1.5, mix(layout.road, (245, 242, 234), 0.8))


def paint_furniture(canvas: Canvas, spot: Spot) -> None:
    """Paint what stands on the pavement where nothing is planted."""
    (paint_tree, paint_bush, paint_person, paint_poplar)[spot.kind](canvas, spot)


def paint_tree(canvas: Canvas, spot: Spot) -> None:
    """Paint a round-crowned tree."""
    x, y, s = spot.x, spot.y, spot.scale
    shadow(canvas, x, y, 11 * s)
    canvas.rect(x - 1.8, y - 22 * s, x + 1.8, y, (124, 102, 88))
    crown = y - 33 * s
    canvas.ellipse(x, crown, 13 * s, 15 * s, spot.colour)
    canvas.ellipse(x - 7 * s, crown + 6 * s, 8 * s, 8 * s, spot.colour)
    canvas.ellipse(x + 7 * s, crown + 5 * s, 9 * s, 8 * s, darker(spot.colour, 0.12))
    canvas.ellipse(x - 4 * s, crown - 4 * s, 7 * s, 8 * s, lighter(spot.colour, 0.16))


def paint_poplar(canvas: Canvas, spot: Spot) -> None:
    """Paint a slender tree."""
    x, y, s = spot.x, spot.y, spot.scale
    shadow(canvas, x, y, 9 * s)
    canvas.rect(x - 1.6, y - 12 * s, x + 1.6, y, (124, 102, 88))
    crown = y - 31 * s
    canvas.ellipse(x, crown, 8.5 * s, 23 * s, spot.colour)
    canvas.veil(arc(x + 3 * s, crown + 2, 5 * s, 19 * s), SHADE, 0.12)
    canvas.ellipse(x - 3 * s, crown - 3 * s, 3.5 * s, 13 * s, lighter(spot.colour, 0.14))


def paint_bush(canvas: Canvas, spot: Spot) -> None:
    """Paint a low bush."""
    x, y, s = spot.x, spot.y, spot.scale
    shadow(canvas, x, y, 13 * s)
    for dx, r, tone in ((-7, 6, 0.0), (6, 7, 0.1), (0, 8, 0.0)):
        colour = darker(spot.colour, tone)
        canvas.poly(arc(x + dx * s, y, r * s, r * 1.25 * s, 0.5, 1.0), colour)
    canvas.poly(arc(x - 1 * s, y - 3 * s, 4 * s, 5 * s, 0.5, 1.0), lighter(spot.colour, 0.18))


def paint_person(canvas: Canvas, spot: Spot) -> None:
    """Paint somebody out for a walk."""
    x, y, s = spot.x, spot.y, spot.scale
    cloth = coat(spot)
    shadow(canvas, x, y, 6 * s)
    canvas.rect(x - 2.5 * s, y - 8 * s, x - 0.4, y, darker(cloth, 0.45))
    canvas.rect(x + 0.4, y - 8 * s, x + 2.5 * s, y, darker(cloth, 0.45))
    canvas.poly(
        [
            (x - 2.5 * s, y - 17 * s),
            (x + 2.5 * s, y - 17 * s),
            (x + 4 * s, y - 6 * s),
            (x - 4 * s, y - 6 * s),
        ],
        cloth,
    )
    canvas.ellipse(x, y - 19.5 * s, 2.6 * s, 3 * s, (226, 188, 160))
    canvas.poly(arc(x, y - 20 * s, 2.9 * s, 3 * s, 0.5, 1.0), (92, 74, 66))


def paint_car(canvas: Canvas, spot: Spot) -> None:
    """Paint a plain car in a quiet colour."""
    turn = mirror(spot, 1.14)
    shadow(canvas, spot.x, spot.y, 26 * spot.scale)
    canvas.poly(
        turn([(-21, -4), (-21, -11), (-14, -13), (-9, -19), (8, -19), (14, -12), (21, -10), (21, -4)]),
        spot.colour,
    )
    canvas.poly(turn([(-11, -13), (-8, -17.5), (-1, -17.5), (-1, -13)]), GLASS)
    canvas.poly(turn([(1, -13), (1, -17.5), (7, -17.5), (11, -13)]), GLASS)
    canvas.poly(turn([(-21, -4), (-21, -6), (21, -6), (21, -4)]), darker(spot.colour, 0.3))
    wheels(canvas, spot, (-12, 12), 4.2, grow=1.14)


def shadow(canvas: Canvas, x: float, y: float, reach: float) -> None:
    """Lay the soft shadow a thing throws on the ground at its foot."""
    canvas.veil(arc(x + reach * 0.15, y, reach, max(2.2, reach * 0.16)), SHADE, 0.26)


def mirror(spot: Spot, grow: float = 1.0) -> Callable[[list[Point]], list[Point]]:
    """A map from points around the foot of a thing that faces right onto the canvas."""
    scale = spot.scale * grow
    side = -scale if spot.flip else scale
    return lambda points: [(spot.x + side * x, spot.y + scale * y) for x, y in points]


def wheels(
    canvas: Canvas, spot: Spot, places: tuple[float, ...], radius: float,
    hub: Colour = (196, 192, 188), grow: float = 1.0,
) -> None:  # fmt: skip
    """Paint wheels at the given distances from a vehicle's middle."""
    for x, y in mirror(spot, grow)([(place, -radius) for place in places]):
        r = radius * spot.scale * grow
        canvas.ellipse(x, y, r, r, (66, 60, 70))
        canvas.ellipse(x, y, r * 0.5, r * 0.5, hub)
