"""A label's clusters as they are shown: computed, changed by people, or made anew by another method."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from core.mining import curation, mixedness, regroup
from core.mining.curation import History, Mark
from core.specs import digest
from core.store import curation as kept
from core.store.artifacts import Artifact
from core.study import Study
from pages.parts import features, opened

_BOXES = ("typicality", "error", "left", "top", "right", "bottom")


@dataclass(frozen=True)
class Doubts:
    """What k-means may have done wrong."""

    mixedness: Mapping[str, float]
    """Of each cluster that is large enough to say, from 0 to about 1 (`core/mining/mixedness.py`)."""
    mixed: frozenset[str]
    """Clusters that seem to hold more than one element."""
    like: Mapping[str, tuple[str, float]]
    """For a cluster that looks like another one: the id of the one it looks most like, and how alike."""


NO_DOUBTS = Doubts({}, frozenset(), {})


@dataclass(frozen=True)
class View:
    """Everything a page shows of a label's clusters."""

    clusters: pd.DataFrame
    """Table `clusters` in ranked order, with `number`, `called`, `hidden` and `starred`."""
    members: pd.DataFrame
    """Table `members`, with each patch's box, typicality and picture; nearest to the centre first."""
    history: History | None
    """What people changed; None where the clusters are not the stored ones, so nothing can be changed."""
    doubts: Doubts
    left_out: int = 0
    """Patches that are in no cluster."""


def view(study: Study, label: str, method: regroup.Method | None = None, number: int = 0) -> View:
    """The clusters of a label: the stored ones with people's changes, or those of a method.

    Raises:
        UserError: what is stored is damaged.
    """
    artifact = opened.artifact(study, "clusters")
    content = opened.content(artifact)
    computed = opened.rows(study, "clusters", "clusters", label)
    if computed.empty:
        return View(computed, pd.DataFrame(), History(), NO_DOUBTS)
    history = History() if method else load(study).of(stored(artifact), label)
    shown = history.current if curation.regroups(history.current) else ()
    if method:
        clusters, members = _made(study, label, method, number, content)
    elif shown:
        clusters, members = _changed(study, label, shown, f"{content} {shown}")
    else:
        clusters, members = computed.sort_values("rank"), _patches(study, label, content)
    doubts = _doubts(study, label, members, f"{content} {method} {number} {shown}")
    return View(
        _marked(clusters, history), members, None if method else history, doubts,
        len(_patches(study, label, content)) - len(members),
    )  # fmt: skip


def load(study: Study) -> kept.Curation:
    """What people changed about a study's clusters."""
    return kept.load(study.layout, study.name)


def stored(artifact: Artifact) -> str:
    """The content of the clusters artifact: what edits of clusters are kept under."""
    return str(opened.reading(artifact, lambda: artifact.manifest["content"]))


def _marked(clusters: pd.DataFrame, history: History) -> pd.DataFrame:
    said = curation.marks(history.current)
    own = [said.get(cluster, Mark()) for cluster in clusters["cluster"]]
    return clusters.assign(
        number=[curation.number_of(cluster) for cluster in clusters["cluster"]],
        called=[mark.name for mark in own],  # a row of a frame already has a `name`
        hidden=[mark.hidden for mark in own],
        starred=[mark.starred for mark in own],
    )


@st.cache_resource(max_entries=opened.LABELS, show_spinner=False)
def _patches(_study: Study, label: str, key: str) -> pd.DataFrame:
    """The label's stored members with their boxes and pictures."""
    members = opened.rows(_study, "clusters", "members", label).drop(columns="shard")
    patches = opened.rows(_study, "patches", "patches", label)
    known = patches[["patch", "picture", *_BOXES]] if len(patches) else pd.DataFrame(columns=["patch"])
    own = members.merge(known, on="patch").join(opened.pictures(_study, label), on="picture", how="inner")
    return own.sort_values(["cluster", "position"], ignore_index=True)


@st.cache_resource(max_entries=32, show_spinner="Grouping the patches\u2026")
def _made(
    _study: Study, label: str, method: regroup.Method, number: int, key: str
) -> tuple[pd.DataFrame, pd.DataFrame]:
    # In the order the stage takes them, so that its own method and number give its own clusters.
    patches = _patches(_study, label, key).sort_values("patch", ignore_index=True)
    vectors = features.vectors(_study, label, patches["patch"])
    groups = regroup.regroup(vectors, method, number, _study.spec.clusters.seed)
    return _described(
        _study, label, patches.assign(cluster=regroup.ids_by_median(patches, groups, digest(label)))
    )


@st.cache_resource(max_entries=32, show_spinner=False)
def _changed(
    _study: Study, label: str, _edits: tuple[curation.Edit, ...], key: str
) -> tuple[pd.DataFrame, pd.DataFrame]:
    content = opened.content(opened.artifact(_study, "clusters"))
    patches = _patches(_study, label, content)
    clusters = curation.assigned(patches.set_index("patch")["cluster"], _edits)
    return _described(_study, label, patches.assign(cluster=clusters.to_numpy()))


def _described(study: Study, label: str, patches: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    vectors = features.vectors(study, label, patches["patch"])
    clusters, members = regroup.described(label, patches, vectors, study.sizes[label])
    known = patches.drop(columns=["cluster", "label", "distance", "position"])
    return clusters, members.merge(known, on="patch", how="left")


@st.cache_resource(max_entries=64, show_spinner=False)
def _doubts(_study: Study, label: str, _members: pd.DataFrame, key: str) -> Doubts:
    if _members.empty or features.of_label(_study, label).empty:
        return NO_DOUBTS
    vectors = features.vectors(_study, label, _members["patch"])
    groups = _members["cluster"].to_numpy(object)
    scores, pairs = mixedness.mixedness(vectors, groups), mixedness.repeated(vectors, groups)
    like: dict[str, tuple[str, float]] = {}
    for first, second, alike in pairs.itertuples(index=False):
        like.setdefault(first, (second, float(alike)))
        like.setdefault(second, (first, float(alike)))
    return Doubts(scores.dropna().to_dict(), frozenset(mixedness.mixed(scores)), like)
