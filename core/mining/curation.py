"""What a person changes about clusters: a list of edits that can be undone, applied to the computed ones."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd

NAME_LENGTH = 60
"""Most characters of a cluster's name."""


@dataclass(frozen=True)
class Merge:
    """The patches of `other` go to `cluster`, and `other` is gone."""

    cluster: str
    other: str
    kind: Literal["merge"] = "merge"


@dataclass(frozen=True)
class Split:
    """The patches `moved` leave `cluster` and become the cluster `new`."""

    cluster: str
    new: str
    moved: tuple[str, ...]
    kind: Literal["split"] = "split"


@dataclass(frozen=True)
class Name:
    """What a cluster is called; an empty name takes it away."""

    cluster: str
    name: str
    kind: Literal["name"] = "name"


@dataclass(frozen=True)
class Hide:
    """A cluster is not shown among the others, or is again."""

    cluster: str
    hidden: bool
    kind: Literal["hide"] = "hide"


@dataclass(frozen=True)
class Star:
    """A cluster is marked as worth remembering, or not any more."""

    cluster: str
    starred: bool
    kind: Literal["star"] = "star"


Edit = Merge | Split | Name | Hide | Star


@dataclass(frozen=True)
class History:
    """All edits of one label's clusters, of which the first `done` count; the others were undone."""

    edits: tuple[Edit, ...] = ()
    done: int = 0

    @property
    def current(self) -> tuple[Edit, ...]:
        """The edits that count."""
        return self.edits[: max(self.done, 0)]

    def add(self, edit: Edit) -> History:
        """One edit more; what was undone before is forgotten."""
        return History((*self.current, edit), len(self.current) + 1)

    def undo(self) -> History:
        """Without the last edit; the same where there is none."""
        return dataclasses.replace(self, done=max(0, min(self.done, len(self.edits)) - 1))

    def redo(self) -> History:
        """With the edit that was undone last; the same where there is none."""
        return dataclasses.replace(self, done=min(len(self.edits), self.done + 1))


@dataclass(frozen=True)
class Mark:
    """What a person said about one cluster."""

    name: str = ""
    hidden: bool = False
    starred: bool = False


def marks(edits: Sequence[Edit]) -> dict[str, Mark]:
    """What was said last about each cluster; those nobody said anything about are not in it."""
    said: dict[str, Mark] = {}
    for edit in edits:
        changes: dict[str, Any] = {}
        match edit:
            case Name(name=name):
                changes = {"name": clean(name)}
            case Hide(hidden=hidden):
                changes = {"hidden": hidden}
            case Star(starred=starred):
                changes = {"starred": starred}
        if changes:
            said[edit.cluster] = dataclasses.replace(said.get(edit.cluster, Mark()), **changes)
    return said


def clean(name: str) -> str:
    """A name as it is kept: one line, no surrounding blanks, at most `NAME_LENGTH` characters."""
    return " ".join(name.split())[:NAME_LENGTH]


def assigned(clusters: pd.Series[str], edits: Sequence[Edit]) -> pd.Series[str]:
    """The cluster of each patch after merging and splitting; an edit of a cluster that is gone does nothing.

    Args:
        clusters: the computed cluster of each patch, indexed by patch.
    """
    result = clusters.copy()
    for edit in edits:
        if isinstance(edit, Merge) and (result == edit.cluster).any():
            result[result == edit.other] = edit.cluster
        if isinstance(edit, Split):
            moved = (result == edit.cluster) & result.index.isin(edit.moved)
            if moved.sum() < (result == edit.cluster).sum():  # a cluster is never emptied by a split
                result[moved] = edit.new
    return result


def regroups(edits: Sequence[Edit]) -> bool:
    """Whether any edit moves patches, so that the clusters have to be described anew."""
    return any(isinstance(edit, Merge | Split) for edit in edits)


def next_cluster(clusters: Sequence[str], edits: Sequence[Edit]) -> str:
    """An id no cluster of the label has had so far: the ids end in numbers, this one in the next.

    Args:
        clusters: the ids of the computed clusters of one label, at least one.
        edits: of that label.
    """
    taken = [*clusters, *(edit.new for edit in edits if isinstance(edit, Split))]
    label = taken[0].rpartition("-")[0]
    return f"{label}-{max(number_of(one) for one in taken)}"  # numbers count from 1, ids from 0


def named_in(edit: Edit) -> tuple[str, ...]:
    """The ids of all clusters an edit speaks of."""
    match edit:
        case Merge(cluster=cluster, other=other):
            return cluster, other
        case Split(cluster=cluster, new=new):
            return cluster, new
    return (edit.cluster,)


def number_of(cluster: str) -> int:
    """The number a cluster is shown with, which no edit changes: 1 for the first computed one.

    Raises:
        ValueError: this is no id of a cluster.
    """
    return int(cluster.rpartition("-")[2]) + 1


def in_words(edit: Edit) -> str:
    """What an edit did: "merge cluster 3 into cluster 1"."""
    own = f"cluster {number_of(edit.cluster)}"
    words: dict[str, Callable[[Any], str]] = {
        "merge": lambda one: f"merge cluster {number_of(one.other)} into {own}",
        "split": lambda one: f"split {own}",
        "name": lambda one: f"name {own}" if clean(one.name) else f"take away the name of {own}",
        "hide": lambda one: f"{'hide' if one.hidden else 'show'} {own}",
        "star": lambda one: f"{'star' if one.starred else 'unstar'} {own}",
    }
    return words[edit.kind](edit)
