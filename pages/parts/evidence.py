"""A study held against the truth, as a page shows it: read once, with its intervals, for all visitors."""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from core.errors import UserError
from core.evaluate import Evaluation, differences, shared
from core.evidence import is_known, stored
from core.mining.resampling import Estimate
from core.store.artifacts import Artifact
from core.study import Study
from pages.parts import opened

NAMES = {
    "average_precision": "Average precision",
    "pointing_game": "Pointing game",
    "box_recall": "Marks found",
}
"""The figures that are shown, as a table calls them."""

MEAN = "All labels"


@dataclass(frozen=True)
class Held:
    """Two studies on the pictures they share."""

    one: Evaluation
    other: Evaluation
    mean: Mapping[str, Estimate]
    """By how much `one` is better, over all labels."""
    labels: Mapping[str, Mapping[str, Estimate]]
    """The same a label."""
    ids: Mapping[str, str]
    """What a picture of `one` is called in `other`."""


def has_truth(study: Study) -> bool:
    """Whether somebody said of any picture where its label shows."""
    found = opened.artifact(study, "dataset")
    return _has_truth(study, found, f"{study.spec.told} {study.spec.pictures} {opened.content(found)}")


def evaluation(study: Study) -> Evaluation:
    """What stage `evidence` found, with its intervals."""
    found = opened.artifact(study, "evidence")
    return _evaluation(found, study.labels, opened.content(found))


def others(study: Study) -> list[str]:
    """Studies that could be held against this one: they share a label, and their own evidence is there."""
    found = []
    for name in opened.study_names():
        if name == study.name:
            continue
        try:
            other = opened.open_study(name)
            if set(other.labels) & set(study.labels) and other.state("evidence") == "done":
                found.append(name)
        except UserError:
            continue  # its own pages say what is wrong with it
    return found


def held(study: Study, other: Study) -> Held:
    """Both studies on the pictures they share.

    Raises:
        UserError: they share none, or one of them is damaged.
    """
    artifacts = opened.artifact(study, "evidence"), opened.artifact(other, "evidence")
    return _held(study, other, *artifacts, " ".join(map(opened.content, artifacts)))


def table(of: Evaluation) -> pd.DataFrame:
    """A row a label and one for all of them: every figure with its interval and chance level, as numbers."""
    rows = [_row(MEAN, of.mean, sum(len(one.pictures) for one in of.labels.values()))]
    rows += [_row(label, of.figures[label], len(one.pictures)) for label, one in of.labels.items()]
    return pd.DataFrame(rows)


def words(numbers: pd.DataFrame) -> pd.DataFrame:
    """The same for reading: "0.61 (0.59 to 0.63)", and what chance would get."""
    shown = {"Label": numbers["label"], "Pictures": [f"{count:,}" for count in numbers["pictures"]]}
    for name, title in NAMES.items():
        shown[title] = [
            said(row[name], row[f"{name}_low"], row[f"{name}_high"]) for row in numbers.to_dict("records")
        ]
        shown[f"{title}: chance"] = [said(value) for value in numbers[f"{name}_chance"]]
    return pd.DataFrame(shown)


def said(value: float, low: float = float("nan"), high: float = float("nan")) -> str:
    """A share and its interval in words; "unknown" where there is none."""
    if pd.isna(value):
        return "unknown"
    return f"{value:.2f}" if pd.isna(low) or pd.isna(high) else f"{value:.2f} ({low:.2f} to {high:.2f})"


def chart(named: Mapping[str, Evaluation]) -> None:
    """Average precision of each label as a point with its interval, a colour a study, and by chance."""
    figure = go.Figure()
    palette = st.get_option(f"theme.{st.context.theme.type or 'light'}.chartCategoricalColors")
    labels = list(next(iter(named.values())).labels)
    for number, (name, of) in enumerate(named.items()):
        rows = table(of).set_index("label").loc[labels]
        at = [place + 0.16 * (number - (len(named) - 1) / 2) for place in range(len(labels))]
        value = rows["average_precision"]
        error = {
            "array": rows["average_precision_high"] - value,
            "arrayminus": value - rows["average_precision_low"],
            "thickness": 2, "width": 6,
        }  # fmt: skip
        figure.add_scatter(
            x=at, y=value, name=_escaped(name), mode="markers", error_y=error,
            marker={"color": palette[number], "size": 10},
            customdata=rows[["average_precision_low", "average_precision_high"]].assign(
                label=[_escaped(label) for label in labels]
            ),
            hovertemplate="%{customdata[2]}: %{y:.3f} (95%: %{customdata[0]:.3f} to %{customdata[1]:.3f})"
            "<extra></extra>",
        )  # fmt: skip
    chances = table(next(iter(named.values()))).set_index("label").loc[labels, "average_precision_chance"]
    figure.add_scatter(
        x=list(range(len(labels))), y=chances, name="A map that knows nothing", mode="markers",
        marker={"symbol": "line-ew", "size": 26, "line": {"width": 2.5, "color": palette[7]}},
        hovertemplate="by chance %{y:.3f}<extra></extra>",
    )  # fmt: skip
    figure.update_layout(
        height=340,
        margin={"l": 0, "r": 0, "t": 10, "b": 0},
        legend={"orientation": "h", "yanchor": "bottom", "y": 1.02},
    )
    figure.update_yaxes(title="average precision", rangemode="tozero")
    figure.update_xaxes(
        tickvals=list(range(len(labels))), ticktext=[_escaped(label) for label in labels], automargin=True,
        range=[-0.5, len(labels) - 0.5],
    )  # fmt: skip
    st.plotly_chart(figure, width="stretch", key="evidence chart", config={"displayModeBar": False})


def _row(label: str, figures: Mapping[str, Estimate], pictures: int) -> dict[str, object]:
    row: dict[str, object] = {"label": label, "pictures": pictures}
    for name in NAMES:
        one = figures[name]
        low, high = one.interval()
        row |= {name: one.value, f"{name}_low": low, f"{name}_high": high, f"{name}_chance": one.chance}
    return row


def _escaped(text: str) -> str:
    """Plotly reads some HTML; a name is text."""
    return html.escape(text, quote=False)


@st.cache_resource(max_entries=16, show_spinner=False)
def _has_truth(_study: Study, _dataset: Artifact, key: str) -> bool:
    return bool(is_known(opened.reading(_dataset, lambda: _study.column("boxes", "mask"))).any())


@st.cache_resource(max_entries=4, show_spinner="Drawing the pictures anew, a thousand times\u2026")
def _evaluation(_found: Artifact, labels: tuple[str, ...], key: str) -> Evaluation:
    return Evaluation.of(*opened.reading(_found, lambda: stored(_found, labels)))


@st.cache_resource(max_entries=4, show_spinner="Holding two studies against each other\u2026")
def _held(_study: Study, _other: Study, _one: Artifact, _two: Artifact, key: str) -> Held:
    pairs = shared(_study, _other)
    labels = tuple(sorted(pairs["label"].unique()))
    one, first = opened.reading(_one, lambda: stored(_one, labels))
    two, second = opened.reading(_two, lambda: stored(_two, labels))
    kept = pairs[pairs["one"].isin(_ids(one)) & pairs["other"].isin(_ids(two))]
    if kept.empty:
        raise UserError("No picture that both studies have was measured by both of them.")
    sides = (
        Evaluation.of({label: of.among(kept[side]) for label, of in measured.items()}, thresholds)
        for side, measured, thresholds in (("one", one, first), ("other", two, second))
    )
    left, right = sides
    mean, by_label = differences(left, right)
    return Held(left, right, mean, by_label, dict(zip(kept["one"], kept["other"], strict=True)))


def _ids(labels: Mapping[str, object]) -> set[str]:
    return {picture for one in labels.values() for picture in one.pictures}
