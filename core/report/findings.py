"""What a study found, label by label, as whoever shows it needs it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.dataset.frame import frame_for
from core.dataset.manifest import among_pictures
from core.dataset.pictures import load_picture
from core.mining.typicality import T_BINS, interval, mean_over_t
from core.report.heat import Bounds, Pixels
from core.stages import STAGES
from core.store.reading import reading
from core.study import Study

FEW = 6
"""Clusters with fewer patches are left out while there are larger ones: no interval can be given for them."""

ABOUT = ("file_name", "path", "sha256", "width", "height")
"""What is asked about a picture that is shown."""
LABELS = 8
"""Labels whose pictures are kept in mind: reports go through a study label by label."""


@dataclass(frozen=True)
class Findings:
    """A study's results; what a stage has not found yet is an empty table.

    Raises (where read):
        UserError: an artifact is damaged.
    """

    study: Study
    _pictures: dict[str, pd.DataFrame] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def maps(self) -> pd.DataFrame:
        """Complete maps of pictures under their own label, highest mean T first.

        Columns as of table `maps`; empty where there are none.
        """
        maps = self.table("typicality", "maps")
        if maps.empty:
            return pd.DataFrame(columns=["picture", "label", "mean", "mean_error"])
        return self._own(maps)

    @cached_property
    def clusters(self) -> pd.DataFrame:
        """Table `clusters`, in the order of rank."""
        clusters = self.table("clusters", "clusters")
        if clusters.empty:
            return pd.DataFrame(columns=["cluster", "label", "rank", "size", "median", "low", "high"])
        return clusters.sort_values(["label", "rank"])

    @cached_property
    def members(self) -> pd.DataFrame:
        """Every patch of a cluster with its place in its picture, nearest to the centre first."""
        return _placed(self.table("clusters", "members"), self.all_patches)

    def members_of(self, label: str) -> pd.DataFrame:
        """The rows of `members` of one label."""
        artifact = self.study.artifact("clusters")
        if artifact is None:
            return _placed(pd.DataFrame(), pd.DataFrame())
        members = reading(artifact, lambda: artifact.rows("members", "label", [label]))
        return _placed(members, self.patches_of(label))

    @cached_property
    def all_patches(self) -> pd.DataFrame:
        """Table `patches`."""
        return self.table("patches", "patches")

    def patches_of(self, label: str) -> pd.DataFrame:
        """The rows of `all_patches` of one label."""
        artifact = self.study.artifact("patches")
        if artifact is None:
            return pd.DataFrame(columns=["patch", "picture", "label"])
        found: pd.DataFrame = reading(artifact, lambda: artifact.rows("patches", "label", [label]))
        return found

    def places(self, label: str = "") -> pd.DataFrame:
        """Where patches lie on their label's map (table `points` of stage `atlas`): of a label, or of all."""
        artifact = self.study.artifact("atlas")
        if artifact is None or not label:
            return self.table("atlas", "points")
        found: pd.DataFrame = reading(artifact, lambda: artifact.rows("points", "label", [label]))
        return found

    def failures(self) -> pd.DataFrame:
        """Every picture a stage could not use: `stage`, `picture`, `reason`."""
        found = [
            self.table(row.name, "failures")[["picture", "reason"]].assign(stage=row.name) for row in STAGES
        ]
        return pd.concat(found, ignore_index=True)[["stage", "picture", "reason"]]

    def pictures(self, label: str) -> int:
        """How many pictures the label has."""
        return self.study.sizes.get(label, 0)

    @property
    def measured(self) -> bool:
        """Whether there is any map."""
        artifact = self.study.artifact("typicality")
        return artifact is not None and "maps" in reading(artifact, lambda: artifact.tables)

    def maps_of(self, label: str) -> pd.DataFrame:
        """The rows of `maps` of one label; those of the others are never turned into a data frame."""
        if not self.measured:
            return self.maps
        artifact = self.study.finished("typicality")
        return self._own(reading(artifact, lambda: artifact.rows("maps", "label", [label])), label)

    def typical(self, label: str, most: int) -> pd.DataFrame:
        """The maps of the label's pictures with the highest mean T, at most `most`."""
        return self.maps_of(label).head(most)

    def top_clusters(self, label: str, most: int) -> pd.DataFrame:
        """The label's first clusters by rank, small ones only where there are no others."""
        own = self.clusters[self.clusters["label"] == label]
        large = own[own["size"] >= FEW]
        return (own if large.empty else large).head(most)

    def patches(self, cluster: str, most: int) -> pd.DataFrame:
        """Patches of a cluster, nearest to its centre first; of each picture one before a second."""
        label = self.clusters.set_index("cluster")["label"].get(cluster, "")
        own = self.members_of(label).query("cluster == @cluster")
        return own.assign(again=own["picture"].duplicated()).sort_values(["again", "position"]).head(most)

    def by_t(self, maps: pd.DataFrame, most: int = 200) -> pd.DataFrame:
        """Mean T of pictures in each bin of t: `t` (its middle), `mean`, and 95% `low`, `high`.

        Args:
            maps: rows of table `maps`, as of `maps_of`.
            most: that are looked at, spread over all of them.

        Returns:
            Without noise samples a bin has no row.
        """
        rows = maps.sort_values("picture").head(most)
        artifact = self.study.finished("typicality")
        if rows.empty:
            return pd.DataFrame(columns=["t", "mean", "low", "high"])
        bins, means = [], []
        for _, alike in rows.groupby(rows["bins_shape"].map(tuple), sort=False):
            stored = reading(artifact, partial(artifact.stacked, "maps", "bins", alike, 0))
            bins += [np.flatnonzero(counts) for counts in alike["counts"]]
            means.append(stored.astype(np.float32).mean(axis=(2, 3)).ravel())
        table = pd.DataFrame({"bin": np.concatenate(bins), "mean": np.concatenate(means)})
        found = table.groupby("bin")["mean"].agg(["mean", "sem"]).reset_index()
        low, high = interval(found["mean"], found["sem"])
        return pd.DataFrame(
            {"t": (found["bin"] + 0.5) / T_BINS, "mean": found["mean"], "low": low, "high": high}
        )

    def by_label(self) -> pd.DataFrame:
        """Mean T of each label's pictures, `mean` with its 95% `low` and `high`, indexed by label."""
        if not self.measured:
            return pd.DataFrame(columns=["mean", "low", "high"])
        artifact = self.study.finished("typicality")
        few = reading(artifact, lambda: artifact.query("SELECT picture, label, mean, complete FROM maps"))
        found = self._own(few).groupby("label")["mean"].agg(["mean", "sem"])
        low, high = interval(found["mean"], found["sem"])
        return pd.DataFrame({"mean": found["mean"], "low": low, "high": high})

    def typicality(self, row: pd.Series[Any]) -> NDArray[np.float32]:
        """T per latent pixel, (h, w), over all samples of one row of `maps`."""
        artifact = self.study.finished("typicality")
        bins = reading(artifact, lambda: artifact.array("maps", "bins", row)[0])
        return mean_over_t(bins, row["counts"])

    def bounds(self, row: pd.Series[Any]) -> Bounds:
        """Where the map of a row of `maps` lies on its picture."""
        width, height = (int(side) for side in self.picture(row)[["width", "height"]])
        frame = frame_for(width, height, self.study.spec.frame, int(row["multiple"]))
        left, top, right, bottom = frame.bounds
        return left / width, top / height, (right - left) / width, (bottom - top) / height

    def pixels(self, row: pd.Series[Any]) -> Pixels:
        """The picture of a map or a patch, (H, W, 3).

        Raises:
            PictureError: it cannot be read any more.
        """
        picture = self.picture(row)
        return load_picture(str(picture["path"]), str(picture["sha256"]))

    def picture(self, row: pd.Series[Any]) -> pd.Series[Any]:
        """What the dataset says (`ABOUT`) of the picture of a map or a patch; other labels' stay unread."""
        label = str(row["label"])
        if label not in self._pictures:
            if len(self._pictures) >= LABELS:
                self._pictures.clear()
            self._pictures[label] = self.study.pictures_of(label, ABOUT)
        found: pd.Series[Any] = self._pictures[label].loc[row["picture"]]
        return found

    def _own(self, maps: pd.DataFrame, label: str | None = None) -> pd.DataFrame:
        """Complete maps of pictures under their own label, highest mean T first (ties: by picture id).

        Args:
            label: the one all maps are under; None where they are under several.
        """
        column = self.study.spec.label_column
        if label is not None:
            own = among_pictures(self.study.pictures_of(label, (column,)), maps["picture"])
        else:
            own = (maps["picture"].map(self.study.column(column)[column]) == maps["label"]).to_numpy()
        kept = maps[own & maps["complete"].astype(bool)]
        return kept.sort_values(["mean", "picture"], ascending=[False, True])

    def table(self, stage: str, name: str) -> pd.DataFrame:
        """A table of a stage; empty where that is not done."""
        artifact = self.study.artifact(stage)
        if artifact is None:
            return pd.DataFrame(columns=["picture", "reason"])
        return reading(artifact, lambda: artifact.table(name))


def _placed(members: pd.DataFrame, patches: pd.DataFrame) -> pd.DataFrame:
    """Table `members` with each patch's place in its picture, nearest to the centre first."""
    if members.empty or patches.empty:
        return pd.DataFrame(columns=["cluster", "label", "patch", "picture", "position"])
    places = patches.drop(columns=["label", "rank", "shard"])
    return members.drop(columns="shard").merge(places, on="patch").sort_values(["cluster", "position"])
