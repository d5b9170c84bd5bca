"""One picture under one other label, asked more or less strongly than its study asks."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from core.cost import passes
from core.errors import UserError
from core.single import SinglePicture
from core.specs import digest
from core.stages import Inputs, Record, Shard
from core.study import Study


@dataclass(frozen=True)
class Retranslation(SinglePicture):
    """A translation (Plug-and-Play; paper, section 5.1) of one picture of a study with strengths of its own.

    It leaves an artifact behind whose tables `sources` and `translations` are those of stage `translate`, a
    row each. Its length is 1, or 0 where that is there already; iterate to do it. Made by `retranslate`.
    """

    target: str
    """The other label."""

    @property
    def label(self) -> str:
        """The picture's own."""
        return str(self.picture[self.study.spec.label_column].iloc[0])

    @property
    def passes(self) -> int:
        """Of the UNet."""
        return passes(self.study, "translate", labels=2)

    @cached_property
    def _folder(self) -> Path:
        study = self.study
        name = digest("translation", self.id, self.target, study.asked("translate"), self.told)
        return study.layout.look(study.name, self.id, name)

    def _records(self) -> Iterator[Record]:
        from core.diffusion.translating import each  # torch, so only where it runs

        study, labels = self.study, tuple(sorted((self.label, self.target)))
        inputs = Inputs(study.spec, self.picture, labels, {}, study.settings)
        for record in each(inputs, Shard(0, (self.id,))):
            if record.table == "failures":
                raise UserError(f"This picture cannot be translated: {record.row['reason']}")
            yield record


def retranslate(
    study: Study, picture: str, target: str, guidance: float, features: float, attention: float
) -> Retranslation:
    """The translation of a picture of the study to one label, with strengths of its own, done or not.

    Args:
        guidance, features, attention: as in `TranslateSpec`, whose other fields are the study's.

    Raises:
        UserError: there is no such picture or label, or a strength is none.
    """
    rows = study.pictures_among([picture])
    if rows.empty:
        raise UserError(f'Study "{study.name}" has no picture "{picture}".')
    if study.known_label(target) == rows[study.spec.label_column].iloc[0]:
        raise UserError(f'This picture is of "{target}" already; choose another label.')
    # Which pictures a study translates does not change how one is translated.
    same: dict[str, Any] = {"pictures": "all", "count": 1, "seed": 0}
    spec = dataclasses.replace(
        study.spec.translate, guidance=guidance, features=features, attention=attention, **same
    )
    return Retranslation(study.with_spec(translate=spec), rows, target)
