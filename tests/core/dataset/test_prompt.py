"""Prompt templates: what may stand in them, and what a model reads in the end."""

from __future__ import annotations

import pandas as pd
import pytest

from core.dataset.prompt import PromptTemplate
from core.errors import UserError

DATED = PromptTemplate("A street in {label}, {decade}.", "A street, {decade}.")


def test_the_label_stands_where_the_template_says() -> None:
    assert PromptTemplate("A street in {label}.", "A street.").prompt("{label} & Sons") == (
        "A street in {label} & Sons."
    )
    assert PromptTemplate().given == ()


def test_other_columns__are_each_pictures_own_in_both_sentences() -> None:
    picture = {"decade": "1950s", "place": "Prague"}
    assert DATED.given == ("decade",)
    assert DATED.prompt("Kyoto", picture) == "A street in Kyoto, 1950s."
    assert DATED.null_of(picture) == DATED.null_of(pd.Series(picture)) == "A street, 1950s."


def test_other_columns__stay_named_where_no_picture_is_meant() -> None:
    assert DATED.prompt("Kyoto") == "A street in Kyoto, {decade}."


def test_braces_in_values_are_text() -> None:
    assert DATED.prompt("{decade}", {"decade": "{label}"}) == "A street in {decade}, {label}."


@pytest.mark.parametrize(
    ("template", "null", "said"),
    [
        ("A street.", "A street.", "must hold {label} exactly once"),
        ("{label}, {label}", "A street.", "must hold {label} exactly once"),
        ("A street in {label}.", "A street in {label}.", "must not hold {label}"),
        ("A street in {label}.", "A street, {decade}.", r"names \{decade\}, the prompt template does not"),
    ],
)
def test_a_template_that_cannot_be_meant(template: str, null: str, said: str) -> None:
    with pytest.raises(UserError, match=said):
        PromptTemplate(template, null)
