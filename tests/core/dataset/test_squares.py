"""Training squares: what a picture with several labels is told."""

from __future__ import annotations

import pandas as pd

from core.dataset.squares import under_all_labels

ROWS = [
    ("a", "1.png", "Mass"),
    ("b", "2.png", "Effusion"),
    ("c", "1.png", "Effusion"),
    ("d", "3.png", "Mass"),
    ("e", "3.png", "Mass"),
]


def test_under_all_labels__one_row_names_all_labels_of_a_file_in_one_order():
    table = pd.DataFrame(ROWS, columns=["picture", "path", "finding"]).set_index("picture")
    told = under_all_labels(table, "finding")
    assert told["finding"].to_dict() == {"a": "Effusion, Mass", "b": "Effusion", "d": "Mass", "e": "Mass"}
    assert list(told["path"]) == ["1.png", "2.png", "3.png", "3.png"]
    assert table.loc["a", "finding"] == "Mass"


def test_under_all_labels__without_such_files_nothing_changes():
    table = pd.DataFrame(ROWS[1:], columns=["picture", "path", "finding"]).set_index("picture")
    pd.testing.assert_frame_equal(under_all_labels(table, "finding"), table)
