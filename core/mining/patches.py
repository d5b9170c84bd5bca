"""Stage `patches`: the most typical squares of each picture that do not overlap (paper, section 3.3)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from core.dataset.frame import frame_for
from core.errors import UserError
from core.mining.boxes import box_errors, box_means, pick_apart
from core.mining.typicality import mean_over_t
from core.specs import PatchSpec, digest
from core.stages import Inputs, Record, Shard

if TYPE_CHECKING:
    from core.store.artifacts import Artifact


def find(inputs: Inputs, shard: Shard) -> Iterator[Record]:
    """The patches of each picture of the shard under its own label, best first.

    Pictures without a map (they failed before) or whose screening ended early (they hold no patch
    worth keeping) have none. A picture no patch can be taken from is a failure record.
    """
    artifact = inputs.artifacts["typicality"]
    maps = artifact.table("maps")
    if maps.empty:
        return
    for _, row in _own_maps(maps, inputs, shard).iterrows():
        try:
            yield from _patches_of(row, artifact, inputs)
        except UserError as error:
            yield Record("failures", {"picture": row["picture"], "reason": str(error)})


def top_patches(patches: pd.DataFrame, top: int) -> pd.DataFrame:
    """The best `top` patches of each label by `score` (ties: by patch id), label by label, best first."""
    if patches.empty:  # a table without rows has no columns
        return pd.DataFrame(columns=["patch", "picture", "label", "score"])
    ordered = patches.sort_values(["label", "score", "patch"], ascending=[True, False, True])
    return ordered.groupby("label").head(top).reset_index(drop=True)


def _own_maps(maps: pd.DataFrame, inputs: Inputs, shard: Shard) -> pd.DataFrame:
    """The complete maps of the shard's pictures under their own label, in the shard's order."""
    own_label = maps["picture"].map(inputs.pictures[inputs.spec.label_column])
    wanted = maps["picture"].isin(shard.keys) & (maps["label"] == own_label) & maps["complete"].astype(bool)
    place = {picture: number for number, picture in enumerate(shard.keys)}
    return maps[wanted].sort_values("picture", key=lambda ids: ids.map(place), kind="stable")


def _patches_of(row: pd.Series[Any], artifact: Artifact, inputs: Inputs) -> Iterator[Record]:
    """One record a patch of one map.

    Raises:
        UserError: no patch fits into the picture, or its map is not made of numbers.
    """
    spec = inputs.spec.patches
    # All samples of a study lie in its own range of t: the mean over all bins is the mean over that range.
    typicality, change = mean_over_t(artifact.array("maps", "bins", row), row["counts"])
    size, frame = spec.size, (int(row["frame_width"]), int(row["frame_height"]))
    means = {
        "typicality": box_means(typicality, size, frame),
        "error": box_errors(artifact.array("maps", "box_error", row), size, frame),
        "change": box_means(change, size, frame),
    }
    picked = pick_apart(means[spec.by], size, spec.per_picture)
    if not picked:
        raise UserError("Its map holds values that are not numbers: measure it with a wider number format.")
    picture = inputs.pictures.loc[row["picture"]]
    placed = frame_for(int(picture["width"]), int(picture["height"]), inputs.spec.frame, int(row["multiple"]))
    for rank, (x, y) in enumerate(picked):
        left, top, right, bottom = placed.to_picture(x, y, size, size)
        place = {"x": x, "y": y, "left": left, "top": top, "right": right, "bottom": bottom}
        yield Record("patches", _row(row, rank, spec, place, {name: at[y, x] for name, at in means.items()}))


def _row(
    row: pd.Series[Any],
    rank: int,
    spec: PatchSpec,
    place: dict[str, Any],
    measured: dict[str, np.float32],
) -> dict[str, Any]:
    """A row of table `patches`."""
    numbers = {name: float(value) for name, value in measured.items()}
    return {
        "patch": f"{row['picture']}-{digest(row['label'])}-{rank}",
        "picture": row["picture"],
        "label": row["label"],
        "rank": rank,
        "size": spec.size,
        **place,
        **numbers,
        "score": numbers[spec.by],
    }
