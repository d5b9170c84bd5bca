"""Every page: with a study, without one, with half of one, with a damaged one."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.study import Study
from pages.parts import grouping
from tests.pages import conftest
from tests.pages.conftest import APP, LABELS, PICTURES, drawn, is_well, make_study, open_page

PAGES = ("overview", "typicality", "clusters", "compare")


@pytest.fixture
def study(cache: Path) -> Study:
    """The study `demo`, complete."""
    return make_study(cache)


def tiles(app: AppTest) -> list[dict[str, Any]]:
    """All tiles of the page's gallery."""
    return [tile for group in drawn(app, "gallery")["groups"] for tile in group["tiles"]]


@pytest.mark.parametrize("page", PAGES)
def test_a_page_opens_on_prague_in_the_demo(study: Study, page: str) -> None:
    app = open_page(page)
    assert is_well(app)
    assert [box.value for box in app.sidebar.selectbox] == ["demo", "Prague"]
    assert len(app.title) == 1


@pytest.mark.parametrize("page", PAGES)
def test_a_link_restores_study_and_label(cache: Path, study: Study, page: str) -> None:
    make_study(cache, name="other")
    app = open_page(page, study="other", label="Kyoto")
    assert is_well(app)
    assert [box.value for box in app.sidebar.selectbox] == ["other", "Kyoto"]
    assert page == "overview" or "Kyoto" in app.title[0].value


@pytest.mark.parametrize("page", PAGES)
def test_a_link_to_nothing_shows_what_there_is(study: Study, page: str) -> None:
    app = open_page(page, study="../etc", label="<b>", picture="../x", patch="?", cluster="99", t=["9", "-1"])
    assert is_well(app)
    assert app.sidebar.selectbox[1].value == "Prague"


@pytest.mark.parametrize("page", PAGES)
def test_without_a_study_a_page_says_how_to_make_one(cache: Path, page: str) -> None:
    app = open_page()
    assert is_well(app)
    assert "python -m core import" in app.code[0].value


@pytest.mark.parametrize(
    ("page", "needed"), [("typicality", "typicality"), ("clusters", "clusters"), ("compare", "clusters")]
)
def test_without_its_stage_a_page_says_what_to_type(cache: Path, page: str, needed: str) -> None:
    make_study(cache, until="dataset")
    app = open_page(page)
    assert is_well(app)
    assert needed in app.info[0].value
    assert app.code[0].value == "python -m core run demo"


def test_the_typicality_page_needs_no_patches(cache: Path) -> None:
    make_study(cache, until="typicality")
    app = open_page("typicality")
    assert is_well(app)
    assert drawn(app, "overlay")["boxes"] == []


@pytest.mark.parametrize("page", PAGES)
def test_a_study_that_found_nothing_is_no_traceback(
    cache: Path, monkeypatch: pytest.MonkeyPatch, page: str
) -> None:
    monkeypatch.setattr(conftest, "MAKE", dict.fromkeys(conftest.MAKE, conftest.nothing))
    make_study(cache)
    app = open_page(page)
    assert not app.exception
    said = [*app.error, *app.info]
    assert page == "overview" or (
        said and ("could be measured" in said[0].value or "typical" in said[0].value)
    )


def test_the_overview_of_a_study_just_imported_shows_its_pictures(cache: Path) -> None:
    make_study(cache, until="dataset")
    app = open_page()
    assert is_well(app)
    assert all(tile["crop"] is None for tile in tiles(app))
    assert [cell for cell in app.table[0].value["State"] if "not yet" in cell] == [":gray-badge[not yet]"] * 6


def truncate(file: Path) -> None:
    """Lose the second half of a file."""
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


@pytest.mark.parametrize(
    ("page", "file", "harm"),
    [
        ("overview", "00_dataset/*/shard-*/pictures.parquet", truncate),
        ("overview", "30_patches/*/shard-*/patches.parquet", truncate),
        ("overview", "30_patches/*/manifest.json", truncate),
        ("typicality", "20_typicality/*/shard-*/maps.parquet", truncate),
        ("typicality", "20_typicality/*/shard-*/maps.bins.npy", truncate),
        ("typicality", "20_typicality/*/shard-*/maps.error.npy", Path.unlink),
        ("typicality", "20_typicality/*/manifest.json", Path.unlink),
        ("clusters", "50_clusters/*/shard-*/members.parquet", truncate),
        ("clusters", "30_patches/*/shard-*/patches.parquet", truncate),
        ("clusters", "40_features/*/shard-*/features.vector.npy", truncate),
        ("compare", "40_features/*/shard-*/features.parquet", truncate),
        ("compare", "40_features/*/shard-*/features.vector.npy", Path.unlink),
        ("compare", "50_clusters/*/manifest.json", truncate),
    ],
)
def test_damaged_results_are_one_sentence(
    cache: Path, study: Study, page: str, file: str, harm: Callable[[Path], None]
) -> None:
    for found in list((cache / "demo").glob(file)):
        harm(found)
    app = open_page(page)
    assert not app.exception
    assert [("damaged" in error.value, error.value.count("\n")) for error in app.error] == [(True, 0)]


def test_a_damaged_study_file_is_one_sentence(cache: Path, study: Study) -> None:
    truncate(cache / "demo" / "study.json")
    app = open_page()
    assert not app.exception
    assert "damaged" in app.error[0].value


def test_a_picture_that_is_gone_does_not_take_the_page_away(cache: Path, study: Study) -> None:
    Path(study.pictures["path"].iloc[0]).unlink()
    assert is_well(open_page())


def test_names_are_text(cache: Path) -> None:
    evil = "<img src=x onerror=alert(1)> **a** [b](http://c) $d$ :material/x:"
    make_study(cache, labels=(evil, "Paris"))
    app = open_page("clusters", label=evil)
    assert is_well(app)
    assert evil in app.sidebar.selectbox[1].options
    assert "<img" not in app.title[0].value.replace(r"\<", "")
    assert r"\*\*a\*\* \[b\]\(http\:" in app.title[0].value
    assert not any(element.allow_html for element in app.markdown)


def test_the_overview_has_a_card_a_label_that_leads_to_its_clusters(study: Study) -> None:
    groups = drawn(open_page(), "gallery")["groups"]
    assert [group["title"] for group in groups] == list(LABELS)
    assert groups[1]["href"] == "clusters?study=demo&label=Paris"
    assert [len(group["tiles"]) for group in groups] == [PICTURES] * 3


def test_a_link_chooses_the_picture(study: Study) -> None:
    own = study.pictures.index[study.pictures["place"] == "Prague"]
    app = open_page("typicality", picture=own[3])
    assert drawn(app, "gallery")["chosen"] == own[3]
    assert drawn(app, "overlay")["alt"] == study.pictures.loc[own[3], "file_name"]
    assert drawn(open_page("typicality", picture="none of them"), "gallery")["chosen"] == own[0]


def test_the_strip_begins_with_the_most_or_the_least_typical(study: Study) -> None:
    own = list(study.pictures.index[study.pictures["place"] == "Prague"])
    assert [tile["key"] for tile in tiles(open_page("typicality"))] == own
    assert [tile["key"] for tile in tiles(open_page("typicality", order="Least typical"))] == own[::-1]
    sides = drawn(open_page("typicality", order="Side by side"), "gallery")["groups"]
    assert [group["title"] for group in sides] == ["Most typical", "Least typical", "Random"]
    most, least, random = ([tile["key"] for tile in group["tiles"]] for group in sides)
    assert most == own[:16] and least == own[::-1][:16] and set(random) <= set(own)
    at_random = [tile["key"] for tile in tiles(open_page("typicality", order="Random"))]
    assert sorted(at_random) == sorted(own) and at_random != own


def test_next_and_previous_walk_along_the_strip(study: Study) -> None:
    own = list(study.pictures.index[study.pictures["place"] == "Prague"])
    app = open_page("typicality")
    assert app.button[0].disabled
    app.button[1].click().run()
    assert drawn(app, "gallery")["chosen"] == own[1]
    app.button[0].click().run()
    assert drawn(app, "gallery")["chosen"] == own[0]


def test_the_range_of_t_changes_the_mean(study: Study) -> None:
    whole, early = open_page("typicality"), open_page("typicality", t=["0.1", "0.3"])
    assert whole.slider[0].value == (0.1, 0.7)
    assert early.slider[0].value == (0.1, 0.3)
    assert whole.metric[0].value == "+0.147" and early.metric[0].value == "+0.186"


def test_small_clusters_are_hidden_until_asked_for(study: Study) -> None:
    few, all_of_them = open_page("clusters"), open_page("clusters", small="true")
    assert [group["title"] for group in drawn(few, "gallery")["groups"]] == ["Cluster 1"]
    shown = drawn(all_of_them, "gallery")["groups"]
    assert [len(group["tiles"]) for group in shown] == [PICTURES, PICTURES - 3, 3]
    assert shown[1]["estimate"] == [None, 0.15000000000000002, None]


def test_a_link_shows_one_cluster(study: Study) -> None:
    app = open_page("clusters", cluster="3")
    assert [group["title"] for group in drawn(app, "gallery", 0)["groups"]] == ["Cluster 3"]


def test_a_link_opens_a_patch_in_its_picture(study: Study) -> None:
    patch = tiles(open_page("clusters"))[2]["key"]
    app = open_page("clusters", patch=patch)
    assert is_well(app)
    assert drawn(app, "overlay")["boxes"] == [[0.0, 0.0, 0.25, 1 / 3]]


def test_the_web_process_never_loads_torch(cache: Path, study: Study) -> None:
    script = f"""
import sys
import pages.parts.demo
pages.parts.demo.prepare = tuple
from streamlit.testing.v1 import AppTest
app = AppTest.from_file({str(APP)!r}, default_timeout=60).run()
for page in {PAGES!r}:
    app.switch_page(f"pages/{{page}}.py").run()
    assert not app.exception and not app.error, page
print(sorted({{"torch", "diffusers", "transformers"}} & set(sys.modules)))
"""
    root = str(APP.parent)
    run = subprocess.run(
        [sys.executable, "-c", script],
        cwd=root,
        env=os.environ | {"PYTHONPATH": root},
        capture_output=True,
        text=True,
    )
    assert run.stdout.strip() == "[]", run.stderr


def test_another_label_forgets_the_cluster_of_the_last(study: Study) -> None:
    app = open_page("clusters", cluster="3")
    app.sidebar.selectbox[1].select("Kyoto").run()
    assert is_well(app)
    assert "Kyoto" in app.title[0].value
    assert app.selectbox(key="cluster").value == "all"


def test_the_demo_is_drawn_on_the_first_visit(
    cache: Path, study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = []
    monkeypatch.setattr("pages.parts.demo.prepare", lambda settings: Drawing(drawn))
    assert is_well(open_page())
    assert drawn == [0, 1, 2]


class Drawing:
    """Three pictures to draw."""

    def __init__(self, drawn: list[int]) -> None:
        self.drawn = drawn

    def __len__(self) -> int:
        return 3 - len(self.drawn)

    def __iter__(self) -> Iterator[int]:
        for number in range(3):
            self.drawn.append(number)
            yield number


@pytest.mark.parametrize(
    ("page", "link", "said"),
    [
        ("clusters", {"study": "nope"}, "no study \u201cnope\u201d here: this is demo"),
        ("clusters", {"label": "<b>"}, "no label"),
        ("clusters", {"patch": "zzz"}, "in none of these clusters"),
        ("clusters", {"cluster": "77"}, "no cluster \u201c77\u201d here: this is all of them"),
        ("clusters", {"method": "foo"}, "no method \u201cfoo\u201d"),
        ("typicality", {"order": "foo"}, "no order \u201cfoo\u201d here: this is Most typical"),
        ("clusters", {"method": "k-means", "number": "-3"}, "between 2 and 64"),
        ("typicality", {"t": "abc"}, "abc\u201d cannot be the t of this page: it lies between 0 and 1"),
        ("typicality", {"opacity": "lots"}, "between 0 and 100"),
        ("typicality", {"change": "maybe"}, "no change"),
        ("typicality", {"picture": "zzz"}, "no map of Prague"),
        ("present", {"step": "99"}, "no step \u201c99\u201d here: this is no"),
    ],
)
def test_a_link_to_what_is_not_there_says_so(
    study: Study, page: str, link: dict[str, str], said: str
) -> None:
    app = open_page(page, **link)
    assert is_well(app) and [said in one.value for one in app.warning] == [True]
    assert not open_page(page).warning


def test_another_range_of_t_keeps_the_picture_in_view(study: Study) -> None:
    app = open_page("typicality")
    chosen = drawn(app, "gallery")["chosen"]
    low, high = app.slider(key="t").value
    app.slider(key="t").set_value((low, round(high - 0.2, 1))).run()
    assert is_well(app) and app.query_params["picture"] == chosen
    assert drawn(app, "gallery")["chosen"] == chosen
    (warned,) = open_page("typicality", picture="none of them").warning
    assert "no map of Prague" in warned.value


def test_the_chart_over_t_says_where_the_label_helps_most(study: Study) -> None:
    said = [one.value for one in open_page("typicality").caption if "Mean T of the pictures" in one.value]
    assert len(said) == 1 and "helps most at t = 0." in said[0]


def test_before_anything_is_measured_the_overview_shows_mere_pictures(cache: Path) -> None:
    make_study(cache, until="dataset")
    app = open_page()
    assert is_well(app)
    assert any("has not been measured yet" in one.value for one in app.markdown)
    assert not any(group["more"] for group in drawn(app, "gallery")["groups"])


def test_where_all_clusters_are_small_all_are_shown(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    marked = grouping._marked
    monkeypatch.setattr(grouping, "_marked", lambda *args: marked(*args).assign(size=2))
    app = open_page("clusters")
    assert is_well(app) and len(drawn(app, "gallery")["groups"]) == 3 and not app.info


def test_what_stages_found_is_counted_by_its_own_name(cache: Path) -> None:
    make_study(cache, until="atlas")
    found = " ".join(open_page().table[0].value["Found"])
    assert " together" in found and "togethers" not in found and f"{PICTURES * len(LABELS)} pictures" in found
