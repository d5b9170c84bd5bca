"""`python -m core cost`: what running a study takes, before it begins."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from core import trying
from core.cli import WHICH_STAGE, AsJson, StageName, StudyName, app
from core.estimate import estimate
from core.study import Study
from core.terminal import print_json, print_table, with_bar
from core.words import about, size


@app.command()
def cost(
    name: StudyName,
    stage: Annotated[StageName | None, typer.Option(help=WHICH_STAGE)] = None,
    measure: Annotated[
        bool, typer.Option("--measure", help="Try the model on a few pictures first, so that time is known.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """What is missing costs: passes of the UNet, room on the disk, and time where the model has run here."""
    study = Study.open(name)
    if measure:
        study.settings.refuse_if_read_only("Trying a model")
        for title, phase in trying.phases(study):
            for _ in with_bar(phase, title):
                pass
    whole = estimate(study, stage.value if stage else "")
    if as_json:
        print_json(asdict(whole))
        return
    took = "not known yet: --measure tells" if whole.seconds is None else about(whole.seconds)
    print_table(
        ("pictures", "passes at most", "on the disk", "time"),
        [(f"{whole.pictures:,}", f"{whole.passes:,}", f"about {size(whole.bytes)}", took)],
    )
