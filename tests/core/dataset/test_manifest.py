"""What a fingerprint sees and does not see, and how labels and splits are asked for."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from core.dataset.importers import find, read
from core.dataset.manifest import fingerprint, ids_of, labels_of
from core.dataset.split import held_out
from core.errors import UserError

Draw = Callable[..., Path]


@pytest.fixture
def folder(draw: Draw, tmp_path: Path) -> Path:
    """Two labelled pictures, one with a box and a mask."""
    draw("set/1.png", 1)
    draw("set/2.png", 2)
    Image.fromarray(np.ones((16, 24), np.uint8)).save(tmp_path / "set/mask.png")
    (tmp_path / "set/metadata.csv").write_text(
        'file_name,place,boxes,mask,split\n1.png,Paris,"[[1,2,3,4]]",mask.png,train\n2.png,Rome,,,\n'
    )
    return tmp_path / "set"


def _print(folder: Path) -> str:
    found = find(folder)
    return fingerprint(read(found)[0], found.elements)


def test_a_fingerprint_is_of_content_alone(folder: Path, tmp_path: Path) -> None:
    before = _print(folder)
    assert len(before) == 12 and int(before, 16) >= 0
    copy = shutil.copytree(folder, tmp_path / "copy")
    (copy / "1.png").rename(copy / "z.png")
    (copy / "metadata.csv").write_text(
        'place,split,file_name,boxes,mask\nRome,,2.png,,\nParis,train,z.png,"[[1.0,2,3,4]]",mask.png\n'
    )
    assert _print(copy) == before


def test_a_fingerprint_survives_parquet_and_an_index(folder: Path, tmp_path: Path) -> None:
    pictures, _ = read(find(folder))
    pictures.to_parquet(tmp_path / "p.parquet")
    back = pd.read_parquet(tmp_path / "p.parquet")
    assert fingerprint(back) == fingerprint(pictures) == fingerprint(back.set_index("picture"))
    assert ids_of(back.set_index("picture")).tolist() == pictures["picture"].tolist()


@pytest.mark.parametrize(
    ("old", "new"), [("Paris", "Lyon"), ("[[1,2", "[[1,3"), ("train", "test"), ("place", "city")]
)
def test_a_fingerprint_sees_what_is_said(folder: Path, old: str, new: str) -> None:
    before = _print(folder)
    manifest = folder / "metadata.csv"
    manifest.write_text(manifest.read_text().replace(old, new))
    assert _print(folder) != before


def test_a_fingerprint_sees_pixels_and_masks(folder: Path, draw: Draw) -> None:
    before = _print(folder)
    Image.fromarray(np.full((16, 24), 2, np.uint8)).save(folder / "mask.png")
    masked = _print(folder)
    draw("set/2.png", 3)
    assert len({before, masked, _print(folder)}) == 3


def test_a_fingerprint_sees_what_masks_mean(folder: Path) -> None:
    seen, elements = [_print(folder)], folder / "elements.csv"
    for name in ("roof", "spire"):
        elements.write_text(f"id,name,column,label\n1,{name},place,Paris\n2,tree,place,Rome\n")
        seen.append(_print(folder))
    assert len(set(seen)) == 3
    elements.write_text("label,name,column,id\nRome,tree,place,2\nParis,spire,place,1\n")
    assert _print(folder) == seen[-1]


def _many(counts: dict[str, int], split: str | None = None) -> pd.DataFrame:
    labels = [label for label, count in counts.items() for _ in range(count)]
    ids = [f"{number:016x}" for number in range(len(labels))]
    return pd.DataFrame({"picture": ids, "place": labels, "split": split})


def test_labels_are_sorted_and_gaps_are_none() -> None:
    pictures = _many({"1970s": 2, "1950s": 1})
    pictures.loc[0, "place"] = None
    assert labels_of(pictures, "place") == ("1950s", "1970s")
    with pytest.raises(UserError, match='no label column "decade": this dataset has place'):
        labels_of(pictures, "decade")


def test_held_out_is_stratified_and_the_same_in_any_order() -> None:
    pictures = _many({"a": 50, "b": 10, "c": 1})
    held = held_out(pictures, "place")
    assert pictures[pictures["picture"].isin(held)]["place"].value_counts().to_dict() == {"a": 10, "b": 2}
    assert held_out(pictures.sample(frac=1, random_state=0).set_index("picture"), "place") == held
    assert held < held_out(pictures, "place", 0.5)
    assert not held_out(pictures, "place", 0)
    assert sorted(held)[:3] == HELD_FIRST


HELD_FIRST = ["0000000000000002", "000000000000000a", "000000000000000f"]
"""Pinned: a change would mix held-out pictures into what earlier models were trained on."""


def test_the_datasets_own_split_comes_first() -> None:
    pictures = _many({"a": 10}, split="train")
    assert len(held_out(pictures, "place")) == 2
    pictures.loc[[3, 4], "split"] = ["test", "validation"]
    assert held_out(pictures, "place") == {f"{3:016x}", f"{4:016x}"}
    pictures.loc[3, "place"] = None
    assert held_out(pictures, "place") == {f"{4:016x}"}


def test_held_out_slices_of_a_volume_stay_together() -> None:
    numbers = [(volume, number) for volume in range(20) for number in range(10)]
    rows = [(f"{volume:02}{number:014x}", f"v{volume}", "ab"[volume % 2]) for volume, number in numbers]
    pictures = pd.DataFrame(rows, columns=["picture", "volume", "place"]).assign(split=None)
    held = held_out(pictures, "place")
    parts = pictures["picture"].isin(held).groupby(pictures["volume"]).mean()
    assert set(parts) == {0.0, 1.0} and parts.sum() == 4
    alone = pictures.assign(volume=None)
    assert held_out(alone, "place") == held_out(pictures.drop(columns="volume"), "place")
