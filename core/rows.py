"""Which rows of a dataset are a study's: those the denoiser can be told about, and no others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from core.dataset.manifest import label_columns_of
from core.dataset.split import held_out
from core.errors import UserError
from core.specs import StudySpec
from core.store import models
from core.store.artifacts import Artifact


@dataclass(frozen=True)
class Rows:
    """A study's rows of table `pictures`, indexed by picture id; all paths absolute.

    A picture belongs to the study when it has a label in its column, and a value in every other column its
    prompt names; where the study looks at held-out pictures alone, when it is one of them too.

    Raises:
        UserError: by every method, where the dataset has no such column.
    """

    study: str
    """Its name."""
    spec: StudySpec
    folder: Path
    """What relative paths start from."""
    dataset: Artifact

    def all(self) -> pd.DataFrame:
        """Every column of all of them."""
        self.check_columns()
        return self._own(self.dataset.table("pictures"))

    def among(self, key: str, values: Sequence[str], columns: tuple[str, ...]) -> pd.DataFrame:
        """Those whose column `key` has one of these values: of their columns those named, or all."""
        self.check_columns()
        return self._own(self.dataset.rows("pictures", key, values, self._with_keys(columns)))

    def some_of(self, label: str, pictures: Sequence[str], columns: tuple[str, ...]) -> pd.DataFrame:
        """The same of those of a label's pictures that are named."""
        self.check_columns()
        keys = self._with_keys(columns)
        rows = self.dataset.rows("pictures", self.spec.label_column, (label,), keys)
        return self._own(rows[rows["picture"].isin(list(pictures))])

    def column(self, *names: str) -> pd.DataFrame:
        """Only these columns of all of them."""
        self.check_columns()
        return self._own(self.dataset.table("pictures", self._with_keys(names)))[list(names)]

    def sizes(self) -> dict[str, int]:
        """How many of them each label has, sorted by label."""
        self.check_columns()
        column = self.spec.label_column
        if self._held_out is None and not self.spec.prompt.given:
            found = self.dataset.counts("pictures", column)
        else:
            found = {str(name): n for name, n in self.column(column)[column].value_counts().items()}
        return dict(sorted(found.items()))

    @cached_property
    def label_columns(self) -> tuple[str, ...]:
        """The names of the dataset's label columns, in the table's order."""
        columns = self.dataset.columns("pictures")
        return label_columns_of(pd.DataFrame(columns=[name for name in columns if name != "shard"]))

    def check_columns(self) -> None:
        """Make sure that the dataset has every column the denoiser is told of.

        Raises:
            UserError: it lacks one, or the prompts give the label itself away.
        """
        if self.spec.label_column in self.spec.prompt.given:
            raise UserError(
                f"The prompts name {{{self.spec.label_column}}}, the label column itself: say {{label}}, "
                "and in the prompt template alone."
            )
        for column in self.spec.told:
            if column not in self.label_columns:
                own = ", ".join(self.label_columns)
                raise UserError(
                    f'There is no label column "{column}" in study "{self.study}" (there is: {own}).'
                )

    def _with_keys(self, columns: tuple[str, ...]) -> list[str]:
        """The columns named, none for all, and those that say which rows are the study's."""
        return [*dict.fromkeys(("picture", *self.spec.told, *columns))] if columns else []

    def _own(self, table: pd.DataFrame) -> pd.DataFrame:
        if self._held_out is not None:
            table = table[table["picture"].isin(self._held_out)]
        table = table[table[list(self.spec.told)].notna().all(axis=1)].set_index("picture")
        paths = {name: self._paths(table[name]) for name in ("path", "mask") if name in table}
        return table.drop(columns="shard", errors="ignore").assign(**paths)

    @cached_property
    def _held_out(self) -> set[str] | None:
        """The only pictures the study looks at; None where it looks at all."""
        if self.spec.pictures != "held-out":
            return None
        column, there = self.spec.label_column, self.dataset.columns("pictures")
        keys = [name for name in ("picture", "split", "sha256", "volume", column) if name in there]
        notes: Any = models.training_notes(Path(self.spec.denoiser.source)).get("spec")
        share = notes.get("held_out") if isinstance(notes, dict) else None
        known = {} if share is None else {"share": float(share)}
        return held_out(self.dataset.table("pictures", tuple(keys)), column, **known)

    def _paths(self, column: pd.Series[Any]) -> pd.Series[Any]:
        paths = [str(self.folder / path) if isinstance(path, str) else None for path in column]
        return pd.Series(paths, index=column.index, dtype=object)
