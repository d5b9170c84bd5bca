"""Everything behind the street: sky, sun, clouds, hills and the far skyline."""

from itertools import pairwise

import numpy as np

from core.demo.canvas import SIZE, Canvas, Point, arc, darker, lighter, mix
from core.demo.houses import box
from core.demo.layout import Layout, Spot
from core.demo.palette import FOLIAGE, GLASS, SHADE, WALLS, Daylight


def paint_backdrop(canvas: Canvas, layout: Layout) -> None:
    """Paint all that lies behind the houses."""
    daylight = layout.daylight
    _sky(canvas, daylight, layout.ground)
    x, y, radius = layout.sun
    canvas.veil(arc(x, y, radius * 2.6, radius * 2.6), daylight.sun, 0.14)
    canvas.veil(arc(x, y, radius * 1.7, radius * 1.7), daylight.sun, 0.22)
    canvas.ellipse(x, y, radius, radius, daylight.sun)
    for cloud in layout.clouds:
        _cloud(canvas, cloud, daylight)
    for depth, heights in enumerate(layout.hills):
        colour = mix(FOLIAGE[2 * depth + 2], daylight.horizon, 0.72 - 0.2 * depth)
        step = SIZE / (len(heights) - 1)
        ridge = _smooth([(i * step, layout.ground - h) for i, h in enumerate(heights)])
        canvas.poly([(0, layout.ground), *ridge, (SIZE, layout.ground)], colour)
    for i, (left, width, height) in enumerate(layout.skyline):
        colour = mix((170, 150, 150), daylight.horizon, 0.5 + 0.06 * (i % 3))
        top = layout.ground - height
        canvas.rect(left, top, left + width, layout.ground, colour)
        if i % 2:
            canvas.poly([(left - 2, top), (left + width / 2, top - 12), (left + width + 2, top)], colour)
        for k in range(3):
            x = left + (k + 0.5) * width / 3
            canvas.rect(x - 2, top + 8, x + 2, top + 14, mix(colour, daylight.horizon, 0.4))


def _sky(canvas: Canvas, daylight: Daylight, ground: float) -> None:
    """Blend from the top over the middle to the horizon, in whole numbers."""
    bands = np.array([daylight.top, daylight.middle, daylight.horizon, daylight.horizon])
    row, half = np.arange(2 * SIZE)[:, None], round(ground)
    band = np.minimum(row // half, 2)[:, 0]
    along = row - half * band[:, None]
    sky = (bands[band] * (half - along) + bands[band + 1] * along + half // 2) // half
    canvas.rows(sky.astype(np.uint8))


def _smooth(points: list[Point]) -> list[Point]:
    """Cut the corners of an open chain twice, which turns it into a soft curve."""
    for _ in range(2):
        cut = [points[0]]
        for (x0, y0), (x1, y1) in pairwise(points):
            cut += [(0.75 * x0 + 0.25 * x1, 0.75 * y0 + 0.25 * y1)]
            cut += [(0.25 * x0 + 0.75 * x1, 0.25 * y0 + 0.75 * y1)]
        points = [*cut, points[-1]]
    return points


def _cloud(canvas: Canvas, cloud: Spot, daylight: Daylight) -> None:
    x, y, scale = cloud.x, cloud.y, cloud.scale
    side = -1 if cloud.flip else 1
    for dx, dy, radius in ((-15, 0, 7), (-4, -5, 10), (8, -2, 8), (18, 1, 5)):
        canvas.ellipse(x + side * dx * scale, y + dy * scale, radius * 1.3, radius * scale, daylight.cloud)
    soft = mix(daylight.cloud, daylight.middle, 0.3)
    canvas.ellipse(x, y + 5 * scale, 26 * scale, 4 * scale, soft)


def paint_block(canvas: Canvas, spot: Spot) -> None:
    """Paint a plain tall house behind the row, which half of the landmark slots get."""
    if spot.kind > 1:
        return
    x, top, half = spot.x, spot.y - 52 * spot.scale, 15.0
    wall = mix(WALLS[spot.seed % len(WALLS)], (206, 190, 182), 0.45)
    canvas.rect(x - half, top, x + half, spot.y + 60, wall)
    canvas.rect(x - half - 1.5, top - 3, x + half + 1.5, top + 1, lighter(wall, 0.3))
    canvas.veil(box(x + half * 0.4, top, x + half, spot.y + 60), SHADE, 0.12)
    for row in range(6):
        for column in (-1, 0, 1):
            left, y = x + column * 9 - 2.5, top + 7 + row * 12
            canvas.rect(left, y, left + 5, y + 7, mix(GLASS, wall, 0.35))
            canvas.rect(left, y + 7, left + 5, y + 8, darker(wall, 0.1))
