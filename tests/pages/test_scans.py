"""Pages that show slices: one plain sentence, and a slider through the volume."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.config import Settings
from core.specs import DenoiserSpec, SliceSpec, StudySpec
from core.stages import STAGES
from core.study import Study
from tests.core.dataset.scans import dicom, gradient, nifti
from tests.pages.conftest import MAKE, finish, is_well, make_study, open_page

SENTENCE = "Research use, no diagnosis."
PAGES = ("overview", "typicality", "clusters")


@pytest.fixture
def study(cache: Path) -> Study:
    """Two volumes a label, cut into six slices each, and one picture that is no slice."""
    folder = cache.parent / "scans"
    rng = np.random.default_rng(0)
    rows = []
    for number in range(4):
        name = f"p{number}.nii.gz"
        nifti(folder / name, rng.integers(0, 900, (64, 48, 12)).astype(np.int16))
        rows.append(f"{name},{'Prague' if number % 2 else 'Kyoto'}")
    dicom(folder / "alone.dcm", gradient(0, 900, 48, 64))
    (folder / "metadata.csv").write_text("\n".join(["file_name,place", *rows, "alone.dcm,Prague"]))
    spec = StudySpec("place", slices=SliceSpec("axial", 2), denoiser=DenoiserSpec(fingerprint="0" * 12))
    study = Study.create("demo", str(folder), spec, Settings(cache=cache))
    for row in STAGES[1:]:
        if not row.on_demand:
            finish(study, row.name, MAKE[row.name])
    return study


def says_it(app: AppTest) -> bool:
    return SENTENCE in [caption.value for caption in app.caption]


@pytest.mark.parametrize("page", PAGES)
def test_pages_with_scans_say_so(study: Study, page: str) -> None:
    app = open_page(page)
    assert is_well(app) and says_it(app)


@pytest.mark.parametrize("page", PAGES)
def test_other_pages_do_not(cache: Path, page: str) -> None:
    make_study(cache)
    app = open_page(page)
    assert is_well(app) and not says_it(app) and not app.select_slider


def test_the_slider_walks_through_the_volume_and_is_in_the_link(study: Study) -> None:
    table = study.pictures
    own = table[table["volume"] == "p1.nii.gz"].sort_values("slice").astype({"slice": int})
    app = open_page("typicality", label="Prague", picture=str(own.index[2]))
    slider = app.select_slider[0]
    assert slider.options == [str(number) for number in own["slice"]] and slider.value == own["slice"].iloc[2]
    slider.set_value(own["slice"].iloc[5]).run()
    assert is_well(app) and app.query_params["picture"] == str(own.index[5])
    assert app.select_slider[0].value == own["slice"].iloc[5]
    other = table[table["volume"] == "p3.nii.gz"].sort_values("slice").index[0]
    app = open_page("typicality", label="Prague", picture=str(other))
    assert app.select_slider[0].value == 0


def test_a_picture_that_is_no_slice_has_no_slider(study: Study) -> None:
    alone = study.pictures.index[study.pictures["file_name"] == "alone.dcm"][0]
    app = open_page("typicality", label="Prague", picture=str(alone))
    assert is_well(app) and says_it(app) and not app.select_slider


def test_studies_asks_how_volumes_are_cut(cache: Path) -> None:
    folder = cache.parent / "mine"
    for number, label in enumerate(("ill", "well")):
        voxels = np.random.default_rng(number).integers(0, 900, (24, 24, 12)).astype(np.int16)
        nifti(folder / label / "a.nii.gz", voxels)
    app = open_page("studies")
    next(box for box in app.text_input if box.label.startswith("Folder, or")).set_value(str(folder)).run()
    assert is_well(app) and app.number_input[0].value == 5
    assert any("**4 pictures**" in text.value for text in app.markdown)
    app.number_input[0].set_value(2).run()
    assert any("**12 pictures**" in text.value for text in app.markdown)
    assert is_well(app)
