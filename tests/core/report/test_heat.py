"""The colours of a report are those of the pages."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest

from core.report.heat import ATYPICAL, TYPICAL, colours, laid_over

SCRIPT = (Path(__file__).parents[3] / "pages" / "parts" / "overlay.js").read_text(encoding="utf-8")
GREY = np.full((40, 60, 3), 128, np.uint8)
WHOLE = (0.0, 0.0, 1.0, 1.0)


@pytest.mark.parametrize(("name", "ramp"), [("TYPICAL", TYPICAL), ("ATYPICAL", ATYPICAL)])
def test_colours__are_those_of_the_page(name: str, ramp: object) -> None:
    written = re.search(rf"const {name} = (.*)", SCRIPT)
    assert written and json.dumps(json.loads(written[1])) == json.dumps(ramp)


def test_colours__run_from_clear_at_zero_to_the_last_stop() -> None:
    colour, opacity = colours(np.array([0.0, 1.0, -5.0, np.nan]))
    assert opacity.tolist() == [0.0, 1.0, 1.0, 0.0]
    assert tuple(colour[1]) == TYPICAL[-1] and tuple(colour[2]) == ATYPICAL[-1]


def test_laid_over__reddens_what_is_typical_and_leaves_the_rest() -> None:
    values = np.zeros((2, 4), np.float32)
    values[:, 3], values[:, 0] = 1.0, -1.0
    over = laid_over(GREY, values, 1.0, WHOLE).astype(int)
    assert over[20, -1, 0] > over[20, -1, 2] + 60
    assert over[20, 0, 2] > over[20, 0, 0] + 60
    assert (over[20, 30] == 128).all()


def test_laid_over__a_map_beside_the_padding_lies_where_it_was_measured() -> None:
    """A map twice as wide as the picture: only its middle is on it."""
    values = np.array([[1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0]], np.float32)
    over = laid_over(GREY, values, 1.0, (-0.5, 0.0, 2.0, 1.0))
    assert (over[:, 20:40] == 128).all()
    cropped = laid_over(GREY, np.ones((2, 2), np.float32), 1.0, (0.25, 0.0, 0.5, 1.0))
    assert (
        (cropped[:, :15] == 128).all() and (cropped[:, 45:] == 128).all() and (cropped[:, 15:45] != 128).any()
    )
