"""What the documents say, against the code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

import core.__main__  # noqa: F401 (joins all commands to the app)
from core.cli import app
from core.config import Settings
from core.stages import STAGES

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), ROOT / "CONTRIBUTING.md"]


def test_readme__stage_table_is_the_code():
    for row in STAGES:
        reads = ", ".join(row.inputs) or "pictures"
        leaves = ", ".join(f"`{output}`" for output in row.outputs)
        assert f"| `{row.name}` | {row.meaning} | {reads} | {leaves} |" in README


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_documents__commands_exist(document):
    for words in re.findall(r"python -m core ([^`\n]+)", document.read_text(encoding="utf-8")):
        command = [word for word in words.split("#")[0].split() if re.fullmatch(r"[a-z-]+", word)]
        depth = 2 if command[:1] == ["demo"] else 1
        options = re.findall(r"--[a-z-]+", words)
        shown = CliRunner().invoke(app, [*command[:depth], "--help"], env={"COLUMNS": "200"})
        assert shown.exit_code == 0, words
        assert all(option in shown.output for option in options), words


def test_readme__make_targets_exist():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"^make ([a-z]+)", README, re.MULTILINE):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE)


def test_readme__tree_and_links_exist():
    for path in re.findall(r"\]\(((?!http)[^)]+)\)", README):
        assert (ROOT / path).exists(), path
    tree = README.split("## Where things are")[1].split("```")[1]
    for name in re.findall(r"^(?:  )?(\w[\w/]*(?:\.py|/))", tree, re.MULTILINE):
        assert (
            (ROOT / name).exists() or (ROOT / "core" / name).exists() or (ROOT / "pages" / name).exists()
        ), name


def test_settings__are_documented():
    text = (ROOT / "docs" / "ARCHITECTURE.md").read_text(encoding="utf-8")
    for name in Settings.model_fields:
        assert f"`TYPISCOPE_{name.upper()}`" in text


def test_documents__name_no_path_of_one_machine():
    for document in DOCUMENTS:
        text = document.read_text(encoding="utf-8")
        assert not re.search(r"(?<![\w.~])/(?:home|root|tmp|mnt|srv)/", text), document.name
