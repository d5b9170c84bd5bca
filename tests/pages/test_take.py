"""Files a visitor takes along."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from core.study import Study
from pages.parts import take
from tests.pages.conftest import make_study, open_page


@pytest.fixture
def study(cache: Path) -> Study:
    return make_study(cache)


def test_the_overview_offers_files_and_makes_none(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    def made(*_: object) -> bytes:
        raise AssertionError("made before it was asked for")

    for name in ("report_of", "sheet_of", "patches_csv"):
        monkeypatch.setattr(take, name, made)
    app = open_page()
    assert not app.exception
    buttons = app.get("download_button")
    assert [button.proto.label for button in buttons] == [
        "Report",
        "Contact sheet",
        "As one picture",
        "Patches as CSV",
    ]
    assert not any(button.proto.disabled for button in buttons)


def test_what_is_not_found_yet_cannot_be_taken(cache: Path) -> None:
    make_study(cache, until="typicality")
    assert [button.proto.disabled for button in open_page().get("download_button")] == [
        False,
        False,
        False,
        True,
    ]


def test_the_files_are_of_the_label(study: Study) -> None:
    assert b"What makes Kyoto look like Kyoto?" in take.report_of(study, "Kyoto")
    assert take.sheet_of(study, "Kyoto").startswith(b"%PDF")
    assert take.sheet_of(study, "Kyoto", "PNG").startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("New York", "demo-New-York"),
        ("../../etc", "demo-etc"),
        ("\u6771\u4eac", "demo-\u6771\u4eac"),
        ("/", "demo"),
    ],
)
def test_file_name__is_one_every_file_system_takes(study: Study, label: str, name: str) -> None:
    assert take.file_name(study, label) == name


def test_nothing_that_is_taken_along_needs_torch() -> None:
    modules = "pages.parts.take, pages.parts.live, core.exporting, core.report.html, core.report.sheet"
    code = f"import sys, {modules}; print('torch' in sys.modules)"
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
