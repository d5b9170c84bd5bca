"""curation.json: kept whole, tied to its clusters, refused where nothing may be written."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from filelock import FileLock

from core.errors import UserError
from core.mining.curation import Hide, History, Merge, Name, Split, Star
from core.store import curation
from core.store.layout import Layout

EDITS = (
    Merge("x-0", "x-1"),
    Split("x-0", "x-2", ("a", "b")),
    Name("x-0", "H\u00e4user"),
    Hide("x-0", True),
    Star("x-0", True),
)


@dataclass
class Study:
    """What of a study is needed to write beside it."""

    layout: Layout
    name: str = "streets"
    read_only: bool = False

    @property
    def settings(self) -> Any:
        return SimpleNamespace(read_only=self.read_only)


@pytest.fixture
def study(tmp_path: Path) -> Study:
    return Study(Layout(tmp_path))


def test_load__no_file_is_no_edit(study: Study) -> None:
    found = curation.load(study.layout, "streets")
    assert found.of("content", "Prague") == History() and not found.is_of_others("content")


def test_change__every_edit_comes_back_as_it_went(study: Study) -> None:
    for edit in EDITS:
        curation.change(study, "content", "Prague", lambda history, edit=edit: history.add(edit))
    curation.change(study, "content", "Prague", History.undo)
    curation.change(study, "content", "Kyoto", lambda history: history.add(EDITS[0]))
    found = curation.load(study.layout, "streets")
    assert found.of("content", "Prague") == History(EDITS, len(EDITS) - 1)
    assert found.of("content", "Kyoto").edits == EDITS[:1]


def test_change__edits_of_other_clusters_wait(study: Study) -> None:
    curation.change(study, "before", "Prague", lambda history: history.add(EDITS[0]))
    found = curation.load(study.layout, "streets")
    assert found.of("after", "Prague") == History() and found.is_of_others("after")
    curation.change(study, "after", "Prague", lambda history: history.add(EDITS[1]))
    found = curation.load(study.layout, "streets")
    assert found.of("before", "Prague").edits == EDITS[:1] and not found.is_of_others("after")


def test_change__a_read_only_store_is_left_alone(study: Study) -> None:
    study.read_only = True
    with pytest.raises(UserError, match="read-only"):
        curation.change(study, "content", "Prague", lambda history: history.add(EDITS[0]))
    assert not study.layout.curation_file("streets").exists()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[1]",
        b"\xff",
        b'{"clusters": {"c": {"Prague": {"edits": [{"kind": "burn"}]}}}}',
        b'{"clusters": {"c": {"Prague": {"edits": [{"kind": "star", "cluster": "x", "starred": true}]}}}}',
    ],
)
def test_load__a_damaged_file_is_named_and_never_overwritten(study: Study, content: bytes) -> None:
    path = study.layout.curation_file("streets")
    path.parent.mkdir()
    path.write_bytes(content)
    for act in (
        lambda: curation.load(study.layout, "streets"),
        lambda: curation.change(study, "content", "Prague", History.undo),
    ):
        with pytest.raises(UserError, match=r"curation\.json is damaged"):
            act()
    assert path.read_bytes() == content


def test_change__while_somebody_else_holds_the_file(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(curation, "_PATIENCE", 0.1)
    path = study.layout.curation_file("streets")
    path.parent.mkdir(parents=True)
    with FileLock(path.with_suffix(".lock")), pytest.raises(UserError, match="try again"):
        curation.change(study, "content", "Prague", lambda history: history.add(EDITS[0]))
    curation.change(study, "content", "Prague", lambda history: history.add(EDITS[0]))
    assert curation.load(study.layout, "streets").of("content", "Prague").edits == EDITS[:1]
