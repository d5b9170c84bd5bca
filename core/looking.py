"""One picture under every label of a study: would this picture of Prague pass for Kyoto?"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd

from core.dataset.manifest import PICTURE_COLUMNS
from core.errors import UserError
from core.single import SinglePicture
from core.specs import ScreenSpec, digest
from core.stages import Inputs, Record, Shard
from core.store import looks
from core.study import Study

READ = ("file_name", "path", "sha256", "width", "height")
"""What is needed of the picture."""


@dataclass(frozen=True)
class Look(SinglePicture):
    """Typicality maps (eq. 3) of one picture under all labels, by the study's denoiser and noise samples.

    It leaves an artifact behind whose table `maps` is that of stage `typicality`, a row a label. Its length
    is 1, or 0 where that is there already; iterate to do it. Build it with `look_at`.
    """

    labels: tuple[str, ...]
    """All of the study's: the picture is asked under each, without screening. Its own may be null."""

    @property
    def path(self) -> Path:
        """The picture's file."""
        return Path(str(self.picture["path"].iloc[0]))

    @property
    def passes(self) -> int:
        """Of the UNet: the null pass is shared by all labels."""
        return self.study.spec.typicality.noise.samples * (1 + len(self.labels))

    @cached_property
    def _folder(self) -> Path:
        study = self.study
        name = digest("look", self.id, study.asked("typicality"), self.labels, self.told)
        return study.layout.look(study.name, self.id, name)

    def _records(self) -> Iterator[Record]:
        from core.diffusion.typicality import look  # torch, so only where it runs

        study = self.study
        inputs = Inputs(study.spec, self.picture, self.labels, {}, study.settings)
        for record in look(inputs, Shard(0, (self.id,))):
            if record.table == "failures":
                raise UserError(f"This picture cannot be looked at: {record.row['reason']}")
            yield record


def look_at(study: Study, picture: str, known: pd.DataFrame | None = None) -> Look:
    """The look at a picture of the study, or at one that was brought (`store/looks.py`), done or not.

    Args:
        known: its row, where it is known to be the study's, so that none is read. To show a look or to ask
            for it takes `file_name`, `width`, `height` and what prompts name; to do it, all of `READ` too.

    Raises:
        UserError: there is no such picture, or it is none any more.
    """
    own = study.pictures_among([picture], READ) if known is None else known
    rows = own if len(own) else _brought(study, picture)
    spec = dataclasses.replace(
        study.spec,
        screen=ScreenSpec(),
        typicality=dataclasses.replace(study.spec.typicality, labels="all"),
    )
    return Look(dataclasses.replace(study, spec=spec), rows, study.labels)


def why_none_from_elsewhere(study: Study) -> str:
    """Why no picture but its own can be looked at by this study; empty where any can."""
    if not study.spec.prompt.given:
        return ""
    return (
        f"This study tells its model every picture's {' and '.join(study.spec.prompt.given)} too, which "
        "nobody knows of a picture from elsewhere: add it to the study's own, with that, and import again."
    )


def _brought(study: Study, picture: str) -> pd.DataFrame:
    if refused := why_none_from_elsewhere(study):
        raise UserError(refused)
    found = looks.find(study.layout, study.name, picture)
    if found is None:
        raise UserError("This picture is not kept any more: bring it again.")
    known = {"file_name": "your picture", "path": str(found.path), "sha256": found.sha256}
    row = dict.fromkeys((*PICTURE_COLUMNS, study.spec.label_column)) | known
    row |= {"picture": found.id, "width": found.width, "height": found.height}
    return pd.DataFrame([row]).set_index("picture")
