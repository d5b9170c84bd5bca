"""DIFT features of the patches in view, and which patches are alike by them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from core.mining import similar
from core.store.artifacts import Artifact
from core.study import Study
from pages.parts import opened

MIDDLE_OF = 20_000
"""Patches, about, whose mean is the middle: of more it takes seconds and says the same."""


def of_label(study: Study, label: str) -> pd.DataFrame:
    """A label's rows of the table `features`, indexed by patch; empty where none has been described."""
    if study.state("features") != "done":
        return pd.DataFrame()
    return _of_label(study, label, opened.content(opened.artifact(study, "features")))


def vectors(study: Study, label: str, patches: pd.Series[str]) -> NDArray[np.float32]:
    """The features of some of a label's patches, (n, d).

    Raises:
        UserError: one of them has none, so the artifact is not what it was.
    """
    artifact, known = opened.artifact(study, "features"), of_label(study, label)
    found = opened.reading(
        artifact, lambda: artifact.stacked("features", "vector", known.loc[patches.to_numpy()])
    )
    return found.astype(np.float32)


def middle(study: Study) -> NDArray[np.float32]:
    """The mean feature of a study's patches, of many those of some shards: from where likeness is seen."""
    artifact = opened.artifact(study, "features")
    return _middle(artifact, max(1, number(study) // MIDDLE_OF), opened.content(artifact))


def alike(study: Study, queries: NDArray[np.float32]) -> tuple[pd.DataFrame, NDArray[np.float32]]:
    """How alike every patch of the study is to each of the queries.

    Returns:
        `patch`, `picture` and `label` of each, and (n, k) in the same order.
    """
    artifact, seen_from = opened.artifact(study, "features"), middle(study)
    return opened.reading(
        artifact,
        lambda: (
            artifact.table("features", ("patch", "picture", "label")),
            similar.similarities(artifact.blocks("features", "vector"), queries, seen_from),
        ),
    )


def number(study: Study) -> int:
    """How many patches of all labels have features."""
    artifact = opened.artifact(study, "features")
    return int(opened.reading(artifact, lambda: artifact.manifest["counts"].get("features", 0)))


def neighbours(study: Study, label: str, patch: str, count: int) -> pd.DataFrame | None:
    """The label's patches most alike to one, best first: rows of the table `patches` with `alike` and what
    is shown of their pictures.

    None where the patch has no features.
    """
    known = of_label(study, label)
    if patch not in known.index:
        return None
    own, query = known.index.to_series(), vectors(study, label, pd.Series([patch]))
    alike = similar.similarities([vectors(study, label, own)], query, middle(study))[:, 0]
    best = similar.nearest(alike, (own != patch).to_numpy(), count)
    chosen = pd.DataFrame({"patch": own.iloc[best].to_numpy(), "alike": alike[best]})
    return _shown(study, chosen, opened.rows(study, "patches", "patches", label))


def elsewhere(study: Study, label: str, patch: str, count: int) -> pd.DataFrame:
    """The same under all other labels: every patch of the study is looked at."""
    contents = [opened.content(opened.artifact(study, name)) for name in ("features", "patches")]
    return _elsewhere(study, label, patch, count, " ".join(contents))


def _shown(study: Study, chosen: pd.DataFrame, patches: pd.DataFrame) -> pd.DataFrame:
    """The chosen patches with all that is known of them and of their pictures, in the chosen order."""
    known = chosen.merge(patches, on="patch")
    if known.empty:
        return known
    pictures = pd.concat([opened.pictures(study, label) for label in known["label"].unique()])
    return known.join(pictures[~pictures.index.duplicated()], on="picture")


@st.cache_resource(max_entries=opened.LABELS, show_spinner=False)
def _of_label(_study: Study, label: str, key: str) -> pd.DataFrame:
    found = opened.rows(_study, "features", "features", label)
    return found if found.empty else found.set_index("patch")


@st.cache_resource(max_entries=64, show_spinner=False)
def _middle(_artifact: Artifact, step: int, key: str) -> NDArray[np.float32]:
    return opened.reading(_artifact, lambda: similar.middle(_artifact.blocks("features", "vector", step)))


@st.cache_data(max_entries=128, show_spinner="Looking for patches like this one\u2026")
def _elsewhere(_study: Study, label: str, patch: str, count: int, key: str) -> pd.DataFrame:
    table, found = alike(_study, vectors(_study, label, pd.Series([patch])))
    best = similar.nearest(found[:, 0], (table["label"] != label).to_numpy(), count)
    chosen = table.iloc[best][["patch", "label"]].assign(alike=found[best, 0])
    if chosen.empty:
        return chosen.assign(picture="")
    patches = opened.artifact(_study, "patches")
    labels = chosen["label"].unique().tolist()
    known = opened.reading(patches, lambda: patches.rows("patches", "label", labels))
    return _shown(_study, chosen[["patch", "alike"]], known)
