"""Paris: zinc mansards, wrought-iron balconies and red café awnings."""

from core.demo.canvas import Canvas, arc, darker, lighter
from core.demo.houses import EAVES, box
from core.demo.layout import House
from core.demo.palette import GLASS, SHADE
from core.demo.plant import Plant

_ZINC = (104, 132, 168)
_IRON = (34, 34, 46)
_AWNING = (196, 34, 54)


def paint_mansard(canvas: Canvas, house: House) -> None:
    """A steep blue-grey zinc roof with white dormers and a low cap."""
    left, right, eaves = house.left - EAVES, house.right + EAVES, house.eaves
    top = eaves - house.roof_height * 1.05
    canvas.poly(
        [(left + 5, top), (left + 13, top - 6), (right - 13, top - 6), (right - 5, top)],
        lighter(_ZINC, 0.3),
    )
    canvas.poly([(left, eaves), (left + 5, top), (right - 5, top), (right, eaves)], _ZINC)
    for i in range(1, 8):
        x = left + (right - left) * i / 8
        canvas.line((x, eaves), (x, top), 0.7, darker(_ZINC, 0.16))
    canvas.veil([(right - 16, top), (right - 5, top), (right, eaves), (right - 12, eaves)], SHADE, 0.16)
    canvas.rect(left + 4, top - 1, right - 4, top + 1.5, darker(_ZINC, 0.3))
    canvas.rect(left - 1, eaves - 1, right + 1, eaves + 2, (240, 234, 220))
    for i in range(house.columns):
        x = house.left + (i + 0.5) * house.width / house.columns
        y = eaves - 4
        canvas.rect(x - 5, y - 13, x + 5, y, (240, 234, 220))
        canvas.poly(arc(x, y - 13, 6, 5, 0.5, 1.0), darker(_ZINC, 0.25))
        canvas.rect(x - 3, y - 11, x + 3, y, GLASS)


def paint_balconies(canvas: Canvas, house: House) -> None:
    """One long balcony of dark ironwork on each upper floor, at most two."""
    left, right = house.left - 2, house.right + 2
    for storey in range(min(2, house.storeys - 1)):
        y = house.eaves + (storey + 1) * house.storey - 1
        canvas.veil(box(left, y + 1, right, y + 6), SHADE, 0.25)
        for i in range(10):
            x = left + 1.5 + i * (right - left - 3) / 9
            canvas.rect(x - 1.1, y - 10, x + 1.1, y, _IRON)
        canvas.rect(left, y - 12, right, y - 9.5, _IRON)
        canvas.rect(left, y - 5, right, y - 3, _IRON)
        canvas.rect(left, y - 2, right, y + 2, _IRON)


def paint_awning(canvas: Canvas, house: House) -> None:
    """A red awning with a scalloped edge over the ground floor."""
    left, right = house.left + 1, house.right - 1
    top = house.ground - house.storey * 0.95
    low = top + 16
    canvas.veil(box(left, low, right, low + 6), SHADE, 0.25)
    canvas.poly([(left + 3, top), (right - 3, top), (right + 3, low), (left - 3, low)], _AWNING)
    count = 7
    step = (right - left + 6) / count
    for i in range(count):
        x = left - 3 + i * step
        colour = _AWNING if i % 2 == 0 else (250, 238, 222)
        canvas.poly(arc(x + step / 2, low - 0.5, step / 2, 5, 0.0, 0.5), colour)
    canvas.veil(
        [(left + 3, top), (right - 3, top), (right - 2, top + 3), (left + 2, top + 3)],
        (255, 250, 236),
        0.25,
    )


PLANTS = (
    Plant("zinc mansard roof", 0.85, "roof", (0, 1), paint_mansard),
    Plant("iron balcony", 0.8, "facade", (1, 2), paint_balconies),
    Plant("red awning", 0.7, "facade", (0,), paint_awning),
)
