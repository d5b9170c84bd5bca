"""The prompt template: one sentence with the label in it, and the same sentence without."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from core.errors import UserError

if TYPE_CHECKING:
    import pandas as pd

Row: TypeAlias = "Mapping[str, Any] | pd.Series[Any]"
"""Values of one picture, by column."""

_IN_BRACES = re.compile(r"\{([^{}]+)\}")


@dataclass(frozen=True)
class PromptTemplate:
    """What the denoiser is told about a picture, in training, scoring, DIFT and translation alike.

    `template` holds `{label}` once; `null` is the same sentence for "no label given" (the paper's
    empty-set condition, eq. 3), for example "A street in {label}." and "A street.".

    Both may name other columns, as in "A street in {label}, {decade}." and "A street, {decade}.". Each
    picture's own value then stands in both sentences, so T is what the label tells beyond what that column
    tells already: T(x | c, z), the pointwise mutual information of picture and label given z.

    Raises:
        UserError: `template` lacks `{label}`, or `null` holds it, or names a column that `template` does not.
    """

    template: str = "A picture of {label}."
    null: str = "A picture."

    def __post_init__(self) -> None:
        if self.template.count("{label}") != 1:
            raise UserError(
                f'The prompt template "{self.template}" must hold {{label}} exactly once, '
                'as in "A street in {label}.".'
            )
        if "{label}" in self.null:
            raise UserError(
                f'The null prompt "{self.null}" must not hold {{label}}: it says what all '
                'pictures share, as in "A street.".'
            )
        for column in _columns(self.null):
            if column not in _columns(self.template):
                raise UserError(
                    f'The null prompt "{self.null}" names {{{column}}}, the prompt template does not: '
                    "the two may differ in the label alone."
                )

    @property
    def given(self) -> tuple[str, ...]:
        """The other columns it names, in their order."""
        return tuple(column for column in _columns(self.template) if column != "label")

    def prompt(self, label: str, picture: Row | None = None) -> str:
        """The sentence for one label, about a picture with these values; without one, columns stay named."""
        return _filled(self.template, {**_values(self.given, picture), "label": label})

    def null_of(self, picture: Row) -> str:
        """The sentence without a label, about a picture with these values."""
        return _filled(self.null, _values(self.given, picture))


def _columns(sentence: str) -> list[str]:
    return list(dict.fromkeys(_IN_BRACES.findall(sentence)))


def _values(columns: tuple[str, ...], picture: Row | None) -> dict[str, str]:
    return {} if picture is None else {column: str(picture[column]) for column in columns}


def _filled(sentence: str, values: Mapping[str, str]) -> str:
    """All at once, so that braces within a value are text."""
    return _IN_BRACES.sub(lambda found: values.get(found[1], found[0]), sentence)
