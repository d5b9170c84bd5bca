"""Pages of a study whose tables are kept whole: they show the same, and read the label in view alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import streamlit as st

from benchmarks.big_study import BigStudy, Size
from core.errors import UserError
from core.store.layout import Layout
from core.store.tiles import without_tiles
from core.study import Study
from pages.parts.tiles import Maker, _maker
from tests.pages.conftest import make_study, open_page
from tests.pages.test_pages import drawn, is_well

PAGES = ("overview", "typicality", "clusters")


def shown(page: str) -> list[Any]:
    """All that the gallery of a page is given."""
    app = open_page(page)
    assert is_well(app)
    return drawn(app, "gallery")["groups"]


def test_a_large_study_looks_like_a_small_one(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_study(cache)
    expected = [shown(page) for page in PAGES]
    st.cache_resource.clear()
    for folder in (cache / "demo").glob("*_*"):
        folder.rename(folder.with_name(f"old {folder.name}"))
    monkeypatch.setattr("core.store.whole.MANY", 0)
    (cache.parent / "pictures of demo").rename(cache.parent / "pictures of before")
    make_study(cache)
    assert len(list((cache / "demo").glob("??_*/*/*.parquet"))) >= 5

    def all_of_them(study: Study) -> None:
        raise UserError("a page read the pictures of all labels")

    monkeypatch.setattr(Study, "pictures", property(all_of_them))
    assert [shown(page) for page in PAGES] == expected


def test_a_damaged_table_kept_whole_is_one_sentence(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.store.whole.MANY", 0)
    make_study(cache)
    for file in (cache / "demo").glob("50_clusters/*/members.parquet"):
        file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    app = open_page("clusters")
    assert not app.exception
    assert ["damaged" in error.value for error in app.error] == [True]


def test_the_made_up_study_of_the_benchmark_opens(cache: Path) -> None:
    size = Size(labels=3, pictures=600, patches=20, clusters=2)
    study = BigStudy(cache, size).make()
    assert sum(study.sizes.values()) == 600 and len(study.labels) == 3
    groups = shown("clusters")
    assert sum(len(group["tiles"]) for group in groups) == 20
    assert len(shown("typicality")[0]["tiles"]) == 48


def test_many_tiles_are_made_while_the_page_is_shown(cache: Path) -> None:
    study = make_study(cache, until="dataset")
    pictures = list(study.pictures.index)
    assert without_tiles(study, pictures) == pictures
    maker = Maker()
    large = list(study.pictures_of("Prague").index[:1])
    maker.see_to(study, "Prague", large)
    assert without_tiles(study, large) == []  # what is shown large is there at once
    maker.see_to(study, "", pictures)
    maker.wait(60)
    assert without_tiles(study, pictures) == []


def test_a_patch_and_those_like_it_read_their_own_labels_alone(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_study(cache)
    app = open_page("clusters")
    asked = []
    among = Study.pictures_among

    def noted(study: Study, *given: Any) -> Any:
        asked.append(given)
        return among(study, *given)

    monkeypatch.setattr(Study, "pictures_among", noted)
    assert _maker().wait(60)
    tiles = list(Layout(cache).public.rglob("*.webp"))
    for tile in tiles:
        tile.unlink()
    app.query_params["patch"] = drawn(app, "gallery")["groups"][0]["tiles"][0]["key"]
    assert is_well(app.run())
    assert [group["key"] for group in drawn(app, "gallery")["groups"]] == ["other"]
    assert _maker().wait(60)
    assert tiles and any(tile.exists() for tile in tiles)
    assert asked == []
