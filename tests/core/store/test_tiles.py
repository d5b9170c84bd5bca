"""Tiles are small, made once, and found where the page says."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from PIL import Image

from core.config import Settings
from core.dataset.files import PictureError
from core.specs import StudySpec
from core.store import tiles
from core.study import Study
from tests.core.tiny import draw_picture


@pytest.fixture
def study(tmp_path: Path) -> Study:
    for number, label in enumerate(("Kyoto", "Paris")):
        (tmp_path / "streets" / label).mkdir(parents=True)
        draw_picture(tmp_path / "streets" / label / f"{number}.png", number)
    source = str(tmp_path / "streets")
    return Study.create("streets", source, StudySpec("label"), Settings(cache=tmp_path / "cache"))


def patch(study: Study, left: int, right: int) -> dict[str, object]:
    return {"picture": study.pictures.index[0], "left": left, "top": 0, "right": right, "bottom": 100}


def test_sizes(study: Study) -> None:
    picture = study.pictures.index[0]
    with Image.open(tiles.tile(study, picture)) as image:
        assert (image.format, image.size) == ("WEBP", (512, 256))
    with Image.open(tiles.tile(study, picture, "thumb")) as image:
        assert image.size == (160, 80)
    with Image.open(tiles.patch_tile(study, patch(study, 0, 100))) as image:
        assert image.size == (100, 100)


def test_a_patch_over_the_edge_shows_what_is_there(study: Study) -> None:
    with Image.open(tiles.patch_tile(study, patch(study, -20, 80))) as image:
        assert image.size == (80, 100)


def test_the_url_is_where_the_file_is(study: Study) -> None:
    picture = study.pictures.index[0]
    path = tiles.tile(study, picture, "thumb")
    url = tiles.tile_url(study, picture, "thumb")
    assert url.endswith(f"/streets/thumb/{picture}.webp")
    assert study.layout.public / url.removeprefix("tiles/") == path
    square = patch(study, 0, 100)
    assert tiles.patch_url(study, square).endswith(tiles.patch_tile(study, square).name)


def test_made_once(study: Study) -> None:
    picture = study.pictures.index[0]
    first = tiles.tile(study, picture).stat().st_mtime_ns
    assert tiles.tile(study, picture).stat().st_mtime_ns == first


def test_one_that_a_power_cut_left_empty_is_made_again(study: Study) -> None:
    picture = study.pictures.index[0]
    whole = tiles.tile(study, picture).read_bytes()
    list(tiles.make_tiles(study, [picture]))
    tiles.tile(study, picture).write_bytes(b"")
    assert tiles.without_tiles(study, [picture]) == [picture]
    assert list(tiles.make_tiles(study, [picture])) == [picture]
    assert tiles.tile(study, picture).read_bytes() == whole


def test_many_at_once_pass_over_what_is_gone(study: Study) -> None:
    gone, there = study.pictures.index
    Path(study.pictures.loc[gone, "path"]).unlink()
    assert list(tiles.make_tiles(study, [gone, there])) == [there]
    with pytest.raises(PictureError):
        tiles.tile(study, gone)
    rows = pd.DataFrame([{**patch(study, 0, 100), "picture": key} for key in (gone, there)])
    assert list(tiles.make_patch_tiles(study, rows)) == [there]
