"""Which planted element a patch belongs to, and which elements got a cluster of their own."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from core.mining.elements import element_of, elements_found, patch_elements

MASK = np.array([[0, 0, 2, 2], [0, 1, 1, 2], [0, 0, 1, 3]], np.uint8)


@pytest.mark.parametrize(
    ("box", "element"),
    [((0, 0, 4, 3), 1), ((2, 0, 4, 2), 2), ((0, 0, 1, 3), 0), ((3, 2, 4, 3), 3), ((2, 0, 3, 2), 1)],
)
def test_a_patch_belongs_to_the_element_with_most_pixels(
    box: tuple[int, int, int, int], element: int
) -> None:
    assert element_of(MASK, *box) == element


def test_a_box_without_area_belongs_to_none() -> None:
    assert element_of(MASK, 2, 2, 2, 3) == 0


def test_each_mask_is_read_once() -> None:
    patches = pd.DataFrame(
        [("p", "a", 2.0, 0.0, 4.0, 2.2), ("q", "b", 0.0, 0.0, 4.0, 3.0), ("r", "a", 2.6, 1.7, 4.0, 3.0)],
        columns=["patch", "picture", "left", "top", "right", "bottom"],
    )
    asked: list[str] = []

    def mask_of(picture: str) -> np.ndarray:
        asked.append(picture)
        return MASK if picture == "a" else np.zeros((3, 4), np.uint8)

    assert patch_elements(patches, mask_of).to_dict() == {"p": 2, "q": 0, "r": 3}
    assert sorted(asked) == ["a", "b"]


def build(contents: dict[str, tuple[str, list[int]]]) -> tuple[pd.DataFrame, pd.DataFrame, pd.Series]:
    """Clusters in order of rank: name -> (label, element of each member)."""
    clusters = pd.DataFrame(
        [(name, label, rank, len(of)) for rank, (name, (label, of)) in enumerate(contents.items())],
        columns=["cluster", "label", "rank", "size"],
    )
    members = pd.DataFrame(
        [(name, f"{name}{i}") for name, (_, of) in contents.items() for i in range(len(of))],
        columns=["cluster", "patch"],
    )
    elements = pd.Series(
        {f"{name}{i}": element for name, (_, of) in contents.items() for i, element in enumerate(of)}
    )
    return clusters, members, elements


ELEMENTS = pd.DataFrame(
    {"id": [1, 2, 3, 4], "label": ["A", "A", "A", "B"], "name": ["roof", "lamp", "sign", "palm"]}
)


def test_an_element_is_found_in_a_pure_cluster_of_its_own_label() -> None:
    contents = {
        "s": ("A", [3] * 5),  # pure but hidden: fewer than six members
        "t": ("A", [1] * 7 + [0] * 3),  # 70%
        "u": ("A", [1] * 8 + [2] * 2),  # 80%
        "v": ("A", [4] * 9),  # the other label's element
        "w": ("B", [2] * 9),
    }
    found = elements_found(*build(contents), ELEMENTS).set_index("name")
    assert found["found"].to_dict() == {"roof": True, "lamp": False, "sign": False, "palm": False}
    assert found.loc["roof", ["cluster", "rank"]].tolist() == ["u", 2]
    assert found["purity"].to_dict() == pytest.approx({"roof": 0.8, "lamp": 0.2, "sign": 0, "palm": 0})
    assert pd.isna(found.loc["sign", "cluster"]) and pd.isna(found.loc["sign", "rank"])


def test_only_the_first_shown_clusters_count() -> None:
    contents = {
        "s": ("A", [3] * 5),
        "t": ("A", [0] * 6),
        "u": ("A", [1] * 6),
        "v": ("A", [2] * 6),
    }
    found = elements_found(*build(contents), ELEMENTS, first=2)
    assert found["found"].tolist() == [True, False, False, False], (
        "s is hidden and takes no place, v is third"
    )


def test_of_equally_pure_clusters_the_higher_ranked_is_named() -> None:
    contents = {"t": ("A", [1] * 6), "u": ("A", [1] * 60)}
    assert elements_found(*build(contents), ELEMENTS)["cluster"].iloc[0] == "t"
