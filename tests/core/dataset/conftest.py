"""Small pictures to import, drawn by number so that each is different."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

Draw = Callable[..., Path]


@pytest.fixture
def draw(tmp_path: Path) -> Draw:
    """draw("cats/1.png", 1): a noise picture under `tmp_path`, another for each number."""

    def draw_one(name: str, number: int, size: tuple[int, int] = (24, 16)) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        noise = np.random.default_rng(number).integers(0, 255, (size[1], size[0], 3), np.uint8)
        Image.fromarray(noise).save(path)
        return path

    return draw_one
