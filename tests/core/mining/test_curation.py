"""Edits and their undoing, on six patches in three clusters."""

from __future__ import annotations

import pandas as pd
import pytest

from core.mining.curation import (
    NAME_LENGTH,
    Hide,
    History,
    Mark,
    Merge,
    Name,
    Split,
    Star,
    assigned,
    clean,
    in_words,
    marks,
    next_cluster,
    number_of,
    regroups,
)

COMPUTED = pd.Series({"a": "x-0", "b": "x-0", "c": "x-1", "d": "x-1", "e": "x-1", "f": "x-2"})


def after(*edits: object) -> str:
    """The numbers of the clusters of patches a to f."""
    return "".join(str(number_of(cluster)) for cluster in assigned(COMPUTED, edits))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("edits", "numbers"),
    [
        ((), "112223"),
        ((Merge("x-0", "x-2"),), "112221"),
        ((Split("x-1", "x-3", ("d", "e")),), "112443"),
        ((Split("x-1", "x-3", ("d",)), Merge("x-3", "x-0")), "442423"),
        ((Merge("x-0", "x-1"), Merge("x-2", "x-0")), "333333"),
        ((Split("x-1", "x-3", ("a", "d")),), "112423"),  # a is in another cluster
    ],
)
def test_assigned__patches_move(edits: tuple[object, ...], numbers: str) -> None:
    assert after(*edits) == numbers


@pytest.mark.parametrize(
    "edit",
    [Merge("x-9", "x-0"), Merge("x-0", "x-9"), Split("x-9", "x-3", ("a",)), Split("x-2", "x-3", ("f",))],
)
def test_assigned__an_edit_that_does_not_fit_does_nothing(edit: object) -> None:
    assert after(edit) == "112223"


def test_assigned__leaves_the_computed_clusters_as_they_are() -> None:
    after(Merge("x-0", "x-1"))
    assert COMPUTED["c"] == "x-1"


def test_marks__the_last_word_counts() -> None:
    edits = (
        Name("x-0", " red\n roofs "),
        Star("x-0", True),
        Hide("x-1", True),
        Hide("x-1", False),
        Merge("x-0", "x-2"),
    )
    assert marks(edits) == {"x-0": Mark("red roofs", starred=True), "x-1": Mark()}


def test_clean__a_name_is_one_short_line() -> None:
    assert clean("a\tb\n c ") == "a b c"
    assert len(clean("x" * 500)) == NAME_LENGTH


def test_history__undo_and_redo_walk_and_an_edit_forgets_what_was_undone() -> None:
    one, two, three = Star("x-0", True), Star("x-1", True), Star("x-2", True)
    history = History().add(one).add(two)
    assert history.undo().current == (one,)
    assert history.undo().redo() == history
    assert history.undo().undo().undo().current == ()
    assert history.redo() == history
    assert history.undo().add(three).edits == (one, three)


def test_history__a_count_beyond_the_edits_is_all_of_them() -> None:
    history = History((Star("x-0", True),), 9)
    assert history.undo().current == () and history.redo().done == 1


def test_regroups__only_what_moves_patches() -> None:
    assert not regroups([Name("x-0", "a"), Star("x-0", True), Hide("x-0", True)])
    assert regroups([Name("x-0", "a"), Merge("x-0", "x-1")])


def test_next_cluster__is_a_number_never_used() -> None:
    assert next_cluster(["x-0", "x-2"], []) == "x-3"
    assert next_cluster(["x-0"], [Split("x-0", "x-7", ())]) == "x-8"


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (Merge("x-0", "x-2"), "merge cluster 3 into cluster 1"),
        (Split("x-1", "x-3", ()), "split cluster 2"),
        (Name("x-1", "roofs"), "name cluster 2"),
        (Name("x-1", " "), "take away the name of cluster 2"),
        (Hide("x-1", False), "show cluster 2"),
        (Star("x-1", True), "star cluster 2"),
    ],
)
def test_in_words__says_what_was_done(edit: object, words: str) -> None:
    assert in_words(edit) == words  # type: ignore[arg-type]
