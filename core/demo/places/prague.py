"""Prague: red tiled roofs, dark spires and clock towers."""

from core.demo.canvas import Canvas, arc, darker, lighter
from core.demo.houses import EAVES, box, roof_outline, shade_roof
from core.demo.layout import House, Spot
from core.demo.palette import SHADE
from core.demo.plant import Plant

_TILE = (205, 76, 48)
_SPIRE = (40, 62, 58)
_STONE = (214, 192, 158)
_DIAL = (44, 66, 116)
_GOLD = (242, 196, 92)


def paint_red_roof(canvas: Canvas, house: House) -> None:
    """A steep gable of red tiles with a little dormer."""
    left, right = house.left - EAVES, house.right + EAVES
    height = house.roof_height * 1.2
    inset = house.width * (0.5 if house.seed % 2 else 0.25)
    outline = roof_outline(left, right, house.eaves, height, inset)
    canvas.poly(outline, _TILE)
    for row in range(1, 5):
        y, pull = house.eaves - height * row / 5.5, inset * row / 5.5
        canvas.rect(left + pull + 1, y, right - pull - 1, y + 1, darker(_TILE, 0.18))
    shade_roof(canvas, outline)
    x, y = house.middle, house.eaves - height * 0.22
    canvas.poly([(x - 7, y - 6), (x, y - 13), (x + 7, y - 6)], darker(_TILE, 0.2))
    canvas.rect(x - 5, y - 6, x + 5, y, lighter(_TILE, 0.5))
    canvas.rect(x - 3, y - 5, x + 3, y, darker(_TILE, 0.6))
    canvas.rect(left, house.eaves - 1, right, house.eaves + 2, darker(_TILE, 0.3))


def paint_spire(canvas: Canvas, spot: Spot) -> None:
    """A Gothic tower: pale shaft, tall dark spire with corner pinnacles."""
    x, s = spot.x, spot.scale
    eaves = spot.y - 54 * s
    canvas.rect(x - 10, eaves, x + 10, spot.y + 60, (168, 150, 132))
    canvas.veil(box(x + 3, eaves, x + 10, spot.y + 60), SHADE, 0.2)
    canvas.rect(x - 2.5, eaves + 6, x + 2.5, eaves + 18, darker(_STONE, 0.7))
    for side in (-1, 1):
        edge = x + side * 10.5
        canvas.poly([(edge - 4, eaves + 2), (edge, eaves - 22 * s), (edge + 4, eaves + 2)], _SPIRE)
    top = eaves - 54 * s
    canvas.poly(
        [
            (x - 11, eaves + 1),
            (x - 7, eaves - 16),
            (x - 0.6, top),
            (x + 0.6, top),
            (x + 7, eaves - 16),
            (x + 11, eaves + 1),
        ],
        _SPIRE,
    )
    canvas.poly(
        [(x - 9, eaves), (x - 5.5, eaves - 16), (x - 0.6, top + 4), (x - 2.5, eaves)],
        lighter(_SPIRE, 0.16),
    )
    canvas.ellipse(x, top, 2, 2, _GOLD)


def paint_clock_tower(canvas: Canvas, spot: Spot) -> None:
    """A broad tower with a gold-rimmed blue dial."""
    x, s = spot.x, spot.scale
    top = spot.y - 72 * s
    canvas.rect(x - 16, top, x + 16, spot.y + 60, _STONE)
    canvas.veil(box(x + 7, top, x + 16, spot.y + 60), SHADE, 0.16)
    canvas.poly([(x - 18, top), (x - 11, top - 14), (x + 11, top - 14), (x + 18, top)], (112, 92, 92))
    canvas.rect(x - 18, top - 1, x + 18, top + 3, lighter(_STONE, 0.5))
    y = top + 21
    canvas.rect(x - 14.5, y - 14.5, x + 14.5, y + 14.5, lighter(_STONE, 0.45))
    canvas.ellipse(x, y, 13.5, 13.5, _GOLD)
    canvas.ellipse(x, y, 11, 11, _DIAL)
    canvas.ellipse(x, y, 4.5, 4.5, lighter(_DIAL, 0.3))
    canvas.line((x, y), (x, y - 8.5), 1.8, _GOLD)
    canvas.line((x, y), (x + 6, y + 4), 1.8, _GOLD)
    canvas.poly(arc(x, y + 25, 4, 6, 0.5, 1.0), darker(_STONE, 0.6))


PLANTS = (
    Plant("red tiled roof", 0.85, "roof", (0, 1), paint_red_roof),
    Plant("dark spire", 0.75, "landmark", (0,), paint_spire),
    Plant("clock tower", 0.65, "landmark", (1,), paint_clock_tower),
)
