"""The prompt template: one sentence with the label in it, and the same sentence without."""

from __future__ import annotations

from dataclasses import dataclass

from core.errors import UserError


@dataclass(frozen=True)
class PromptTemplate:
    """What the denoiser is told about a picture, in training, scoring, DIFT and translation alike.

    `template` holds `{label}` once; `null` is the same sentence for "no label given" (the paper's
    empty-set condition, eq. 3), for example "A street in {label}." and "A street.".

    Raises:
        UserError: `template` lacks `{label}`, or `null` holds it.
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

    def prompt(self, label: str) -> str:
        """The sentence for one label."""
        return self.template.replace("{label}", label)
