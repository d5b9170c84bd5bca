"""Which pictures are held out from training, so that fine-tuning can be checked on unseen ones."""

from __future__ import annotations

import hashlib
from collections import Counter

import pandas as pd

from core.dataset.manifest import ids_of, labels_of

HELD_OUT_SPLITS = frozenset(("test", "validation", "val", "valid", "dev"))
"""Values of the `split` column that mean: not for training."""


def held_out(pictures: pd.DataFrame, column: str, share: float = 0.2) -> set[str]:
    """The ids of labelled pictures that are kept out of training.

    Where the dataset says so itself (`split`), it is followed. Otherwise `share` of each label's
    pictures, by a hash of their ids: the order of rows does not matter, and a picture added later
    changes the place of few others. Slices of one volume stay together: one tells much of the next.

    Raises:
        UserError: There is no such label column.
    """
    labels = labels_of(pictures, column)
    ids = ids_of(pictures)
    said = pictures["split"].isin(HELD_OUT_SPLITS) & pictures[column].notna()
    if said.any():
        return set(ids[said])
    whole, chosen = _wholes(pictures, ids), set[str]()
    for label in labels:
        own = whole[pictures[column] == label]
        wanted, sizes = round(share * len(own)), Counter(own)
        for one in sorted(sizes, key=_hash):
            if wanted <= 0:
                break
            chosen.add(one)
            wanted -= sizes[one]
    held = set(ids[whole.isin(chosen)])
    if "sha256" in pictures:  # a picture with a row for each of its labels is held out in all of them
        shared = set(pictures.loc[ids.isin(held), "sha256"].dropna()) - {""}
        held.update(ids[pictures["sha256"].isin(shared)])
    return held


def _wholes(pictures: pd.DataFrame, ids: pd.Series[str]) -> pd.Series[str]:
    """What each picture is held out with: its volume, or itself alone."""
    return pictures["volume"].fillna(ids) if "volume" in pictures else ids


def _hash(picture: str) -> str:
    return hashlib.sha256(picture.encode()).hexdigest()
