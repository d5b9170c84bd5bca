"""`python -m core train`: a denoiser for one's own pictures."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from core.cli import AsJson, StudyName, app
from core.study import Study
from core.terminal import print_json, print_table, say, with_bar
from core.training import ModelTraining, on_study, spec_for, use


@app.command()
def train(
    name: StudyName,
    size: Annotated[
        Literal["small", "full"],
        typer.Option(
            help="small: from scratch, for a few hundred pictures and no GPU; full: on from --base."
        ),
    ] = "small",
    model: Annotated[
        str | None, typer.Option("--name", help="What to call the model; default: as the study.")
    ] = None,
    base: Annotated[str, typer.Option(help="The diffusers folder or hub id to go on from.")] = "",
    autoencoder: Annotated[
        str,
        typer.Option(
            help='A frozen autoencoder: folder or hub id; "train" trains one first; default: TAESD.'
        ),
    ] = "",
    steps: Annotated[int | None, typer.Option(min=1)] = None,
    batch: Annotated[int | None, typer.Option(min=1)] = None,
    learning_rate: Annotated[float | None, typer.Option(min=0)] = None,
    picture_size: Annotated[
        int | None, typer.Option(min=32, help="Pixels a side of the training squares.")
    ] = None,
    augment: Annotated[
        Literal["none", "flip", "turn"] | None,
        typer.Option(help="flip: mirror; turn: all eight symmetries, for pictures seen from above."),
    ] = None,
    held_out: Annotated[
        float | None, typer.Option(min=0, max=0.9, help="Share of each label kept from training.")
    ] = None,
    seed: Annotated[int | None, typer.Option()] = None,
    as_json: AsJson = False,
) -> None:
    """Train a denoiser on a study's pictures; the study is asked of it from then on."""
    from core.specs import FrameSpec

    study = Study.open(name)
    frame = FrameSpec(picture_size) if picture_size else None
    spec = spec_for(
        study, size, base, autoencoder, steps=steps, batch=batch, learning_rate=learning_rate, frame=frame,
        augment=augment, held_out=held_out, seed=seed,
    )  # fmt: skip
    training = on_study(study, model or name, spec)
    say(
        f"{len(training.examples):,} squares of {spec.frame.size} pixels, "
        f"{spec.steps:,} steps of {spec.batch}"
    )
    finish(training, as_json)
    use(study, training.folder, spec.frame.size)
    say(f'Study "{name}" now asks model "{training.name}"; next: python -m core run {name}')


def finish(training: ModelTraining, as_json: bool) -> None:
    """Run a training to its end with a bar for each phase, and say what came of it."""
    for title, phase in training.phases():
        for _ in with_bar(phase, title):
            pass
    if as_json:
        print_json(training.summary())
    else:
        print_table(("", ""), list(training.summary().items()))
