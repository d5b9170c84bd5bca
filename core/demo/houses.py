"""The neutral house: plastered wall, windows, door and a plain roof."""

from core.demo.canvas import Canvas, Colour, Point, darker, lighter, mix
from core.demo.layout import House
from core.demo.palette import GLASS, LAMPLIGHT, SHADE

EAVES = 3.0
"""How far a roof reaches over the wall on either side, in pixels."""


def paint_wall(canvas: Canvas, house: House) -> None:
    """Paint a plain wall with its windows and door."""
    canvas.rect(house.left, house.eaves, house.right, house.ground, house.wall)
    shade_wall(canvas, house)
    if house.seed % 3 == 0:
        for storey in range(1, house.storeys):
            y = house.eaves + storey * house.storey
            canvas.rect(house.left, y - 0.5, house.right, y + 1.5, lighter(house.wall, 0.5))
    canvas.rect(house.left, house.ground - 5, house.right, house.ground, darker(house.wall, 0.3))
    paint_windows(canvas, house, house.trim)


def shade_wall(canvas: Canvas, house: House) -> None:
    """Lay soft shadow on a wall: under the eaves, along one side, and light on the other."""
    left, right, top, ground = house.left, house.right, house.eaves, house.ground
    canvas.veil(box(left, top, right, top + 4), SHADE, 0.22)
    canvas.veil(
        [(right - house.width * 0.3, top), (right, top), (right, ground), (right - 4, ground)],
        SHADE,
        0.09,
    )
    canvas.veil(box(right - 2, top, right, ground), SHADE, 0.14)
    canvas.veil(box(left, top, left + 2, ground), (255, 250, 236), 0.25)


def paint_windows(canvas: Canvas, house: House, frame: Colour) -> None:
    """Paint the grid of windows, with a door in place of one on the ground floor."""
    step = house.width / house.columns
    half = min(6.0, step * 0.31)
    for row in range(house.storeys):
        top = house.eaves + row * house.storey + house.storey * 0.24
        for column in range(house.columns):
            x = house.left + (column + 0.5) * step
            if row == house.storeys - 1 and column == house.door:
                _door(canvas, house, x, half)
                continue
            lit = house.lit[row * house.columns + column]
            _window(canvas, house, x, top, half, frame, LAMPLIGHT if lit else GLASS)


def _window(
    canvas: Canvas, house: House, x: float, top: float, half: float, frame: Colour, glass: Colour
) -> None:
    bottom = top + house.storey * 0.56
    if house.shutters:
        for side in (-1, 1):
            edge = x + side * half
            canvas.rect(
                min(edge, edge + side * 3),
                top,
                max(edge, edge + side * 3),
                bottom,
                darker(house.wall, 0.35),
            )
    canvas.rect(x - half, top, x + half, bottom, frame)
    canvas.rect(x - half + 1, top + 1, x + half - 1, bottom - 1, glass)
    canvas.poly(
        [(x - half + 1, top + 1), (x + half - 3, top + 1), (x - half + 1, bottom - 3)],
        lighter(glass, 0.22),
    )
    canvas.rect(x - 0.5, top, x + 0.5, bottom, frame)
    canvas.rect(x - half - 1, bottom, x + half + 1, bottom + 1.5, lighter(house.wall, 0.5))


def _door(canvas: Canvas, house: House, x: float, half: float) -> None:
    tone = darker(house.wall, 0.5)
    top = house.ground - house.storey * 0.72
    canvas.rect(x - half, top - 1, x + half, house.ground, lighter(house.wall, 0.4))
    canvas.rect(x - half + 1, top, x + half - 1, house.ground, tone)
    canvas.rect(x - half + 2, top + 1, x + half - 2, top + 5, lighter(GLASS, 0.2))


def paint_roof(canvas: Canvas, house: House) -> None:
    """Paint a plain roof: flat, gabled or hipped, some with a hatch."""
    _plain_roof(canvas, house)
    if house.seed % 5 < 2:
        _hatch(canvas, house)


def _plain_roof(canvas: Canvas, house: House) -> None:
    left, right, top = house.left - EAVES, house.right + EAVES, house.eaves
    if house.roof_shape == 0:
        canvas.rect(house.left, top - 7, house.right, top, house.wall)
        canvas.rect(house.left - 2, top - 9, house.right + 2, top - 5, house.roof)
        canvas.rect(house.left - 2, top - 2, house.right + 2, top + 1, house.roof)
        return
    height = house.roof_height * 0.86
    inset = house.width * (0.5 if house.roof_shape == 1 else 0.22)
    outline = roof_outline(left, right, top, height, inset)
    canvas.poly(outline, house.roof)
    for row in (1, 2, 3):
        y, pull = top - height * row / 4, inset * row / 4
        canvas.rect(left + pull + 1, y, right - pull - 1, y + 0.7, darker(house.roof, 0.1))
    shade_roof(canvas, outline)
    canvas.rect(left, top - 1, right, top + 1.5, darker(house.roof, 0.3))


def paint_shop(canvas: Canvas, house: House) -> None:
    """Paint a plain shop with a cream blind on some ground floors."""
    if house.seed % 4:
        return
    left, right, top = house.left + 4, house.right - 4, house.ground - house.storey * 0.85
    canvas.rect(left, top, right, house.ground - 4, darker(house.wall, 0.45))
    canvas.rect(left + 2, top + 2, right - 2, house.ground - 6, lighter(GLASS, 0.12))
    canvas.rect(house.middle - 0.7, top, house.middle + 0.7, house.ground - 4, darker(house.wall, 0.45))
    blind = [(left, top - 2), (right, top - 2), (right + 2, top + 6), (left - 2, top + 6)]
    canvas.poly(blind, (238, 226, 200))
    canvas.rect(left - 2, top + 5, right + 2, top + 7, (206, 192, 166))


def _hatch(canvas: Canvas, house: House) -> None:
    """Paint a small plain roof hatch."""
    x, y = house.middle + 5, house.eaves - 9
    canvas.rect(x - 6, y - 6, x + 6, y, lighter(house.roof, 0.35))
    canvas.rect(x - 4, y - 4, x + 4, y, mix(GLASS, house.roof, 0.3))
    canvas.rect(x - 7, y - 7.5, x + 7, y - 5.5, darker(house.roof, 0.15))


def roof_outline(left: float, right: float, eaves: float, height: float, inset: float) -> list[Point]:
    """Corners of a roof front, from the left eave round over the ridge to the right one."""
    return [
        (left, eaves),
        (left + inset, eaves - height),
        (right - inset, eaves - height),
        (right, eaves),
    ]


def shade_roof(canvas: Canvas, outline: list[Point]) -> None:
    """Darken the right-hand part of a roof and light its left slope."""
    _, first, second, right = outline
    canvas.veil([second, right, (right[0] * 0.6 + first[0] * 0.4, right[1])], SHADE, 0.16)
    canvas.veil(
        [outline[0], first, (first[0] + 3, first[1]), (outline[0][0] + 5, outline[0][1])],
        (255, 250, 236),
        0.2,
    )


def box(x0: float, y0: float, x1: float, y1: float) -> list[Point]:
    """Corners of an upright rectangle."""
    return [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]
