"""Which pictures are translated to the other labels: the most typical of each, some at random, or all."""

from __future__ import annotations

import pandas as pd

from core.specs import TranslateSpec, digest


def sources(maps: pd.DataFrame, labels: pd.Series[str], spec: TranslateSpec) -> frozenset[str]:
    """The ids of the pictures to translate, whatever the order of the table.

    Only those with a whole map under their own label: co-typicality (eq. 4) needs it, and a picture that
    screening dismissed is not typical.

    Args:
        maps: table `typicality/maps`.
        labels: each picture's own label, by picture id.
        spec: which, and how many of each label.
    """
    if maps.empty:  # a table without rows has no columns
        return frozenset()
    whole = maps[(maps["label"] == maps["picture"].map(labels)) & maps["complete"].astype(bool)]
    if spec.pictures == "all":
        return frozenset(whole["picture"])
    if spec.pictures == "typical":
        ordered = whole.sort_values(["mean", "picture"], ascending=[False, True])
    else:
        ordered = whole.assign(lot=[digest(spec.seed, one) for one in whole["picture"]]).sort_values("lot")
    return frozenset(ordered.groupby("label").head(spec.count)["picture"])
