"""Do roofs become what they should? Translations and trends of the demo against the world they show.

A translation is held against its street's twins (`streets.py`): the mean colour inside the source's roof, and
how far roofs and background move. The trends are held against the very places they are made of, drawn
under every label.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.dataset.pictures import load_mask
from core.dataset.webp import unpacked
from core.demo.scenes import STUDY_SEED, labels_of
from core.demo.streets import LEAST, SOURCE, TARGET, Street, known, wholly
from core.demo.study import PICTURES, file_name
from core.demo.world import ELEMENTS, PLACES, ROOFS, draw_scene
from core.errors import UserError
from core.mining.becoming import mean_colour
from core.mining.colours import lab
from core.store.artifacts import Artifact
from core.study import Study

TWINS = 120
"""Streets whose twins tell the true range of a colour: with 40 they do not know its ends yet."""
Colours = NDArray[np.float32]


def evaluate(study: Study) -> dict[str, Any]:
    """What the demo's stored translations and trends are worth.

    Returns:
        `roof_colour_in_range` (share of sources of Prague whose mean colour inside the red roof lies, as
        Kyoto, in the range Kyoto truly shows there), `background_change_ratio` (how far the background moves
        on that way, over how far the roofs move), `roof_lightness_spearman` (rank correlation over places),
        `reconstruction_psnr` (decibels, mean of all sources), `targets` (the first two, a place) and `roofs`
        (the parallel cluster the third is about).

    Raises:
        UserError: the study is none of the demo's pictures by place, or a stage is not done.
    """
    truth = _Demo(study)
    targets = {target: truth.moved(target) for target in PLACES if target != SOURCE}
    roofs = truth.roofs()
    return {
        "study": study.name,
        "source": SOURCE,
        "target": TARGET,
        "roof_colour_in_range": targets[TARGET]["roof_colour_in_range"],
        "background_change_ratio": targets[TARGET]["background_change_ratio"],
        "roof_lightness_spearman": roofs.pop("spearman"),
        "reconstruction_psnr": round(float(truth.sources["psnr"].mean()), 2),
        "targets": targets,
        "roofs": roofs,
    }


def inside(colours: Colours, true: Colours) -> float:
    """The share of (n, 3) colours whose L, a and b each lie between the least and the greatest true ones."""
    within = (colours >= true.min(axis=0)) & (colours <= true.max(axis=0))
    return float(within.all(axis=1).mean())


def roof_colours(pictures: Sequence[NDArray[Any]], roofs: Sequence[NDArray[np.bool_]]) -> Colours:
    """(n, 3): the mean colour, in CIELAB, inside each street's roof, whatever stands there."""
    return np.stack([one[roof].mean(axis=0) for one, roof in zip(pictures, roofs, strict=True)])


def true_range(streets: Sequence[Street], target: str, shown: Sequence[NDArray[Any]], own: bool) -> Colours:
    """The colours that stand where the source's roofs were, in the streets' twins.

    Args:
        shown: those twins in CIELAB, perhaps seen through the autoencoder.
        own: only where most of the roof became the target's planted one; one house in five keeps a plain one.
    """
    chosen = [not own or street.twins[target].replaced > 0.5 for street in streets]
    colours = roof_colours(shown, [street.roof for street in streets])
    return colours[chosen] if any(chosen) else colours


@dataclass(frozen=True)
class _Demo:
    """A study of the demo's pictures with its translations."""

    study: Study

    def __post_init__(self) -> None:
        elements = self._artifact("dataset").table("elements")
        planted = len(elements) and elements["name"].tolist() == [element.name for element in ELEMENTS]
        if not planted or self.study.spec.label_column != "place" or set(self.study.labels) != set(PLACES):
            raise UserError(
                f'Study "{self.study.name}" is not the demo: what its pictures would truly be under another '
                "label is known only of the demo world, compared by place."
            )

    def moved(self, target: str) -> dict[str, Any]:
        """What became of the source's red roofs, and of what is around them, in one place."""
        found = [self._lab("translations", picture, target) for picture in self.masked.index]
        apart = [
            np.linalg.norm(there - here, axis=-1) for here, there in zip(self._sources, found, strict=True)
        ]
        roof, background = (
            float(np.mean([one[where].mean() for one, where in zip(apart, self.masked[part], strict=True)]))
            for part in ("roof", "background")
        )
        shown = [lab(street.twins[target].picture) for street in self._known]
        colours = roof_colours(found, self.masked["roof"].tolist())
        whole, own = (true_range(self._known, target, shown, own) for own in (False, True))
        return {
            "sources": len(found),
            "roof_colour_in_range": inside(colours, whole),
            "planted_roof_colour_in_range": inside(colours, own) if target in ROOFS else None,
            "background_change_ratio": round(background / roof, 4),
            "roof_change": round(roof, 2),
            "background_change": round(background, 2),
        }

    def roofs(self) -> dict[str, Any]:
        """The parallel cluster that covers most roof, and its lightness under each label against the truth.

        Found: the mean L of the cluster's stored colours, weighted by their shares. True: the mean L of its
        own places inside their roofs, in the same scenes drawn under each label.
        """
        members = self._artifact("trends").table("members")
        places = self._artifact("cotypicality").table("places").set_index("place")
        members = members.join(places[["left", "top", "right", "bottom"]], on="place")
        members = members.assign(roof=[self._covered(row) for row in members.to_dict("records")])
        cover = members[members["label"].isin(ROOFS)].groupby("trend")["roof"].mean()
        trend = str(cover.idxmax())
        true = self._true_lightness(members[members["trend"] == trend])
        views = self._artifact("trends").table("views").query("trend == @trend")
        found = {row["label"]: _lightness(row) for row in views.to_dict("records")}
        ranks = pd.DataFrame({"found": found, "true": true}).rank()
        return {
            "spearman": round(float(ranks["found"].corr(ranks["true"])), 4),
            "trend": trend,
            "roof_share": round(float(cover[trend]), 4),
            "lightness": {place: round(value, 2) for place, value in found.items()},
            "true_lightness": {place: round(value, 2) for place, value in true.items()},
        }

    @cached_property
    def sources(self) -> pd.DataFrame:
        """Table `translate/sources`, indexed by picture."""
        return self._artifact("translate").table("sources").set_index("picture")

    @cached_property
    def masked(self) -> pd.DataFrame:
        """Sources of `SOURCE` that show enough roof: `roof` and `background`, as in `Street`."""
        own = self.sources.index[self.sources["label"] == SOURCE]
        masks = [self._mask(picture) for picture in own]
        parts = {
            "roof": [wholly(mask == ROOFS[SOURCE]) for mask in masks],
            "background": [wholly(mask == 0) for mask in masks],
        }
        table = pd.DataFrame(parts, index=own)
        table = table[[roof.sum() >= LEAST for roof in table["roof"]]]
        if table.empty:
            raise UserError(
                f"No translated picture of {SOURCE} shows enough of a roof to compare its colour; "
                "translate more: python -m core run demo --stage trends --translated 20"
            )
        return table

    @cached_property
    def _sources(self) -> list[Colours]:
        """They, led back to themselves: as their translations, they have been through the autoencoder."""
        return [self._lab("sources", picture, SOURCE) for picture in self.masked.index]

    @cached_property
    def _known(self) -> list[Street]:
        return known(TWINS, [place for place in PLACES if place != SOURCE])

    @cached_property
    def _numbers(self) -> dict[str, int]:
        """Which scene of the world a picture shows."""
        numbers = {file_name(i): i for i in range(PICTURES)}
        names = self.study.column("file_name")["file_name"]
        return {str(picture): numbers[str(name).rpartition("/")[2]] for picture, name in names.items()}

    def _true_lightness(self, members: pd.DataFrame) -> dict[str, float]:
        """Mean L inside the roofs of places, by label."""
        light: dict[str, list[NDArray[np.float32]]] = {place: [] for place in PLACES}
        for row in members[members["roof"] > 0].to_dict("records"):
            i, where = self._numbers[row["picture"]], _box(row)
            roof = self._is_roof(row["picture"])[where]
            for place in PLACES:
                drawn = draw_scene(STUDY_SEED, i, place, labels_of(i)["decade"])
                light[place].append(lab(drawn.picture[where])[roof][:, 0])
        return {place: float(np.concatenate(found).mean()) for place, found in light.items()}

    def _covered(self, place: dict[Any, Any]) -> float:
        return float(self._is_roof(place["picture"])[_box(place)].mean())

    def _is_roof(self, picture: str) -> NDArray[np.bool_]:
        return np.isin(self._mask(picture), [*ROOFS.values()])

    def _mask(self, picture: str) -> NDArray[np.uint16]:
        row = self.study.pictures.loc[picture]
        return load_mask(str(row["mask"]), str(row["mask_sha256"]))

    def _lab(self, table: str, picture: str, label: str) -> Colours:
        artifact = self._artifact("translate")
        rows = artifact.rows(table, "picture", [picture])
        return lab(unpacked(artifact.array(table, "webp", rows[rows["label"] == label].iloc[0])))

    def _artifact(self, stage: str) -> Artifact:
        found = self.study.artifact(stage)
        if found is None:
            raise UserError(
                f'Stage "{stage}" of study "{self.study.name}" is not done; '
                f"run it first: python -m core run {self.study.name} --stage trends"
            )
        return found


def _box(place: dict[Any, Any]) -> tuple[slice, slice]:
    left, top, right, bottom = (round(place[side]) for side in ("left", "top", "right", "bottom"))
    return slice(top, bottom), slice(left, right)


def _lightness(view: dict[Any, Any]) -> float:
    """Mean L of a row of `trends/views`: its colours, as much as each has of the pixels."""
    return float(mean_colour(view["colours"], view["shares"])[0])
