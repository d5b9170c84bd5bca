"""Which pictures are held out from training, so that fine-tuning can be checked on unseen ones."""

from __future__ import annotations

import hashlib

import pandas as pd

from core.dataset.manifest import ids_of, labels_of

HELD_OUT_SPLITS = frozenset(("test", "validation", "val", "valid", "dev"))
"""Values of the `split` column that mean: not for training."""


def held_out(pictures: pd.DataFrame, column: str, share: float = 0.2) -> set[str]:
    """The ids of labelled pictures that are kept out of training.

    Where the dataset says so itself (`split`), it is followed. Otherwise `share` of each label's
    pictures, by a hash of their ids: the order of rows does not matter, and a picture added later
    changes the place of few others.

    Raises:
        UserError: There is no such label column.
    """
    labels = labels_of(pictures, column)
    ids = ids_of(pictures)
    said = pictures["split"].isin(HELD_OUT_SPLITS) & pictures[column].notna()
    if said.any():
        return set(ids[said])
    held: set[str] = set()
    for label in labels:
        shuffled = sorted(ids[pictures[column] == label], key=_hash)
        held.update(shuffled[: round(share * len(shuffled))])
    if "sha256" in pictures:  # a picture with a row for each of its labels is held out in all of them
        shared = set(pictures.loc[ids.isin(held), "sha256"].dropna()) - {""}
        held.update(ids[pictures["sha256"].isin(shared)])
    return held


def _hash(picture: str) -> str:
    return hashlib.sha256(picture.encode()).hexdigest()
