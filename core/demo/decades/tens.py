"""The 2010s: solar panels, arched lamps and e-scooters."""

from core.demo.canvas import Canvas, lighter
from core.demo.layout import House, Spot
from core.demo.plant import Plant
from core.demo.street import mirror, shadow

_CELL = (28, 52, 140)
_SEAM = (150, 184, 232)
_STEEL = (20, 118, 140)
_LIGHT = (176, 250, 255)
_LIME = (150, 224, 36)
_RUBBER = (50, 54, 60)


def paint_solar_panel(canvas: Canvas, house: House) -> None:
    """A tilted array of deep blue cells standing on the roof."""
    x, low = house.middle, house.eaves - 5
    high, half, lean = low - 21, house.width * 0.36, 5
    canvas.poly(
        [
            (x - half - 1, low + 1.5),
            (x - half + lean - 1, high - 1.5),
            (x + half + lean + 1, high - 1.5),
            (x + half + 1, low + 1.5),
        ],
        _SEAM,
    )
    for row in range(2):
        for column in range(4):
            step = half / 2
            left, bottom = x - half + column * step + 0.7, low - row * 10.5 - 0.7
            shift, tall = lean * row / 2, 9.2
            canvas.poly(
                [
                    (left + shift, bottom),
                    (left + shift + 2.2, bottom - tall),
                    (left + shift + step + 0.8, bottom - tall),
                    (left + shift + step - 1.4, bottom),
                ],
                _CELL,
            )
    canvas.veil([(x - half, low), (x - half + lean, high), (x - half * 0.2, high)], (255, 255, 255), 0.16)


def paint_led_lamp(canvas: Canvas, spot: Spot) -> None:
    """A tall arched lamp with a flat bright head."""
    turn = mirror(spot)
    shadow(canvas, spot.x, spot.y, 9)
    canvas.poly(turn([(-4.5, 0), (-3.5, -57), (3.5, -57), (4.5, 0)]), _STEEL)
    bend = [(0.0, -55.0), (0.8, -62.0), (3.0, -69.0), (7.0, -74.5), (13.0, -77.5), (20.0, -78.5)]
    canvas.curve(turn(bend), 7, _STEEL)
    canvas.poly(turn([(13, -82), (40, -80), (40, -75), (13, -75)]), _STEEL)
    canvas.poly(turn([(14, -76), (40, -76), (37, -66), (17, -66)]), _LIGHT)
    canvas.veil(turn([(17, -66), (37, -66), (48, -30), (8, -30)]), _LIGHT, 0.2)


def paint_scooter(canvas: Canvas, spot: Spot) -> None:
    """A lime e-scooter, standing ready."""
    turn = mirror(spot, 1.15)
    shadow(canvas, spot.x, spot.y, 20)
    for x, y in turn([(-15, -5.5), (14, -5.5)]):
        canvas.ellipse(x, y, 6.5, 6.5, _RUBBER)
        canvas.ellipse(x, y, 2.6, 2.6, lighter(_LIME, 0.3))
    canvas.curve(turn([(-17, -11), (-9, -7), (8, -7), (13, -10), (8, -36)]), 6, _LIME)
    canvas.curve(turn([(1, -37), (8, -37), (13, -35)]), 5, _RUBBER)


PLANTS = (
    Plant("solar panel", 0.8, "rooftop", (3, 4), paint_solar_panel),
    Plant("arched lamp", 0.75, "pavement", (2,), paint_led_lamp),
    Plant("e-scooter", 0.7, "pavement", (3,), paint_scooter),
)
