"""`python -m core demo …`: the world whose truth is known."""

from __future__ import annotations

import dataclasses
import shutil
import time
from typing import Annotated

import typer

from core.cli import AsJson, Workers, app, run_stages, show_status
from core.cli_train import finish
from core.config import Settings
from core.demo import study as demo
from core.demo.scenes import TrainingScenes
from core.errors import UserError
from core.importing import Import
from core.looking import look_at
from core.specs import DenoiserSpec
from core.stages import until
from core.store.layout import Layout
from core.study import Study
from core.terminal import say, with_bar
from core.training import ModelTraining
from core.words import count

commands = typer.Typer(no_args_is_help=True, help="The demo world: street scenes with planted elements.")
app.add_typer(commands, name="demo")


@commands.command()
def draw() -> None:
    """Draw the pictures of the demo study; done once."""
    drawing = demo.prepare()
    if len(drawing):
        for _ in with_bar(drawing, "drawing"):
            pass


@commands.command()
def build(
    fresh: Annotated[bool, typer.Option("--fresh", help="Forget all results and pictures first.")] = False,
    workers: Workers = 0,
    as_json: AsJson = False,
) -> None:
    """Mine the demo from pictures to clusters."""
    started, settings = time.monotonic(), Settings()
    layout = Layout(settings.cache)
    if fresh:
        for folder in (layout.study(demo.NAME), layout.demo_pictures, layout.public / demo.NAME):
            shutil.rmtree(folder, ignore_errors=True)
    draw()
    spec = dataclasses.replace(demo.SPEC, denoiser=DenoiserSpec(str(layout.model(demo.NAME))))
    reading = Import(demo.NAME, str(layout.demo_pictures), spec, settings)
    for _ in with_bar(reading, "reading"):
        pass
    run_stages(reading.study, until(), workers)
    say(f"From nothing to clusters in {time.monotonic() - started:.0f} s.")
    show_status(reading.study.identified(), as_json)


@commands.command()
def train(
    name: Annotated[str, typer.Option(help="What to call the model.")] = "demo-new",
    steps: Annotated[int | None, typer.Option(min=1)] = None,
    as_json: AsJson = False,
) -> None:
    """Train the demo's denoiser from scratch: an autoencoder first, then the UNet and its text model."""
    spec = demo.TRAINING if steps is None else dataclasses.replace(demo.TRAINING, steps=steps)
    finish(ModelTraining(name, TrainingScenes(demo.TRAINING_SCENES), spec, Settings()), as_json)


@commands.command()
def explain(
    label: Annotated[str, typer.Option(help="The label to explain the method on.")] = "Prague",
    picture: Annotated[str | None, typer.Option(help="A picture's id; default: the most typical.")] = None,
) -> None:
    """Make the pictures of the page "How it works": noise, what the denoiser restores, the map appearing."""
    from core.diffusion.explain import Explaining  # torch, so only where it runs
    from core.report.findings import Findings

    study = Study.open(demo.NAME)
    draw()
    typical = Findings(study).typical(study.known_label(label), 1)["picture"].tolist()
    own = study.pictures.index[study.pictures[study.spec.label_column] == label]
    if picture is not None and picture not in own:
        raise UserError(f'There is no picture "{picture}" of {label} in the demo.')
    work = Explaining(study, label, picture or str((typical or [own[0]])[0]))
    for _ in with_bar(work, "explaining"):
        pass
    size = sum(len(frame) for frames in work.explanation.frames.values() for frame in frames)
    say(f"Wrote {count(size // 1024, 'kB', 'kB')} for the page How it works.")


@commands.command()
def look() -> None:
    """Look at the most typical picture of each place under every place."""
    from core.report.findings import Findings

    study = Study.open(demo.NAME)
    draw()
    found = Findings(study)
    for label in study.labels:
        for picture in found.typical(label, 1)["picture"]:
            for _ in with_bar(look_at(study, str(picture)), f"looking at {label}"):
                pass
