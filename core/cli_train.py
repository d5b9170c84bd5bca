"""`python -m core train`: a denoiser for one's own pictures."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from core import pace
from core.cli import AsJson, StudyName, app
from core.processes import is_main
from core.specs import FrameSpec
from core.study import Study
from core.terminal import print_json, print_table, say, with_bar
from core.train_spec import LORA_LAYERS, LoraLayers
from core.training import ModelTraining, on_study, spec_for, use
from core.words import about


@app.command()
def train(
    name: StudyName,
    size: Annotated[
        Literal["small", "lora", "full"] | None,
        typer.Option(
            help="small: from scratch, for a few hundred pictures and no GPU; lora: a small adapter beside "
            "--base; full: all of --base. Default: lora where --lora-rank is given, else small."
        ),
    ] = None,
    model: Annotated[
        str | None, typer.Option("--name", help="What to call the model; default: as the study.")
    ] = None,
    base: Annotated[
        str,
        typer.Option(
            help="The model to go on from: one trained here, a diffusers folder or a hub id; lora: default "
            "is the one the study asks."
        ),
    ] = "",
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
    lora_rank: Annotated[int | None, typer.Option(min=0, help="Rank of the adapter.")] = None,
    lora_alpha: Annotated[float | None, typer.Option(min=0, help="Its scale times the rank.")] = None,
    lora_layers: Annotated[
        LoraLayers | None,
        typer.Option(help="Where it learns: all means feed-forward layers and convolutions too."),
    ] = None,
    text: Annotated[
        bool | None,
        typer.Option(help="Let the text encoder learn too, so that a small base learns new labels' names."),
    ] = None,
    null_share: Annotated[
        float | None,
        typer.Option(min=0, max=1, help="How often a picture is shown without its label; 1: always."),
    ] = None,
    merged: Annotated[
        bool | None, typer.Option("--merged", help="Keep the whole adapted model, not the adapter alone.")
    ] = None,
    look_every: Annotated[
        int | None, typer.Option(min=1, help="Steps between two looks at held-out pictures.")
    ] = None,
    patience: Annotated[
        int | None, typer.Option(min=0, help="Looks without a gain after which it stops; 0: never.")
    ] = None,
    held_out: Annotated[
        float | None, typer.Option(min=0, max=0.9, help="Share of each label kept from training.")
    ] = None,
    seed: Annotated[int | None, typer.Option()] = None,
    as_json: AsJson = False,
) -> None:
    """Train a denoiser on a study's pictures; the study is asked of it from then on."""
    study = Study.open(name)
    frame = FrameSpec(picture_size) if picture_size else None
    spec = spec_for(
        study, size or ("lora" if lora_rank else "small"), base, autoencoder, steps=steps, batch=batch,
        learning_rate=learning_rate, frame=frame, augment=augment, held_out=held_out, seed=seed,
        lora_rank=lora_rank, lora_alpha=lora_alpha, merged=merged, text=text,
        lora_modules=LORA_LAYERS[lora_layers] if lora_layers else None, null_share=null_share,
        look_every=look_every, patience=patience,
    )  # fmt: skip
    training = on_study(study, model or name, spec)
    each = pace.of_a_step(study.layout, spec)
    time = "" if each is None else f", {about(each * spec.steps)}"
    squares = f"{len(training.examples):,} squares of {spec.frame.size} pixels"
    say(f"{squares}, {spec.steps:,} steps of {spec.batch}{time}")
    finish(training, as_json)
    use(study, training.folder, spec.frame.size)
    say(f'Study "{name}" now asks model "{training.name}"; next: python -m core run {name}')


def finish(training: ModelTraining, as_json: bool) -> None:
    """Run a training to its end with a bar for each phase, and say what came of it.

    Of several processes all but the main one end here.
    """
    for title, phase in training.phases():
        for _ in with_bar(phase, title):
            pass
    if not is_main():
        raise typer.Exit
    if as_json:
        print_json(training.summary())
    else:
        print_table(("", ""), list(training.summary().items()))
