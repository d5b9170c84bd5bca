"""What the denoiser is told: every sentence of a study, embedded once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import torch

from core.dataset.prompt import PromptTemplate, Row
from core.diffusion.denoiser import Denoiser
from core.stages import Inputs


@dataclass(frozen=True)
class Told:
    """The sentences of a prompt template, for all labels and for all that its pictures are given.

    Attributes:
        prompt: the template.
        text: (sentences, tokens, dim), their embeddings.
        rows: which row of `text` a sentence has.
    """

    prompt: PromptTemplate
    text: torch.Tensor
    rows: Mapping[str, int]

    @staticmethod
    def of(model: Denoiser, inputs: Inputs) -> Told:
        """Embed them all together: how a sentence is rounded may depend on its neighbours, so these are
        the study's and never a batch's."""
        sentences = list(dict.fromkeys(_sentences(inputs)))
        rows = {sentence: row for row, sentence in enumerate(sentences)}
        return Told(inputs.spec.prompt, model.embed(sentences), rows)

    def null(self, picture: Row) -> int:
        """Row of the sentence without a label about a picture with these values."""
        return self.rows[self.prompt.null_of(picture)]

    def labelled(self, picture: Row, labels: Sequence[str]) -> list[int]:
        """Rows of the sentences with each of `labels` about a picture with these values."""
        return [self.rows[self.prompt.prompt(label, picture)] for label in labels]


def _sentences(inputs: Inputs) -> Iterator[str]:
    prompt = inputs.spec.prompt
    for given in _given(inputs):
        yield prompt.null_of(given)
        yield from (prompt.prompt(label, given) for label in inputs.labels)


def _given(inputs: Inputs) -> list[dict[str, str]]:
    """What pictures of the study are given besides a label, sorted; one empty set where that is nothing."""
    columns = list(inputs.spec.prompt.given)
    if not columns:
        return [{}]
    found = inputs.pictures[columns].astype(str).drop_duplicates().sort_values(columns)
    return [dict(zip(columns, values, strict=True)) for values in found.itertuples(index=False)]
