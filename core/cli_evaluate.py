"""`python -m core evaluate`: how a study's results agree with what is known."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import typer

from core import evaluate as evaluation
from core.cli import AsJson, StudyName, Workers, app, run_stages
from core.demo import roofs
from core.errors import UserError
from core.study import Study
from core.terminal import print_json, print_table
from core.training import held_out_by


@app.command()
def evaluate(
    name: StudyName,
    stage: Annotated[
        Literal["clusters", "trends"],
        typer.Option(help="Maps and clusters, or (of the demo alone) translations and trends."),
    ] = "clusters",
    naming: Annotated[bool, typer.Option(help="How often is the best label the right one?")] = False,
    other: Annotated[
        str | None, typer.Option("--against", help="Another study of the same pictures; who is better?")
    ] = None,
    only: Annotated[
        Literal["held-out"] | None, typer.Option(help="Only pictures the study's model was not trained on.")
    ] = None,
    workers: Workers = 0,
    as_json: AsJson = False,
) -> None:
    """Compare results with what is known: boxes, masks, the world that was drawn (--stage trends), or
    (--naming) the labels themselves."""
    if (naming or stage == "trends") and (other or only or (naming and stage == "trends")):
        raise UserError("--naming and --stage trends each ask of one study by itself: leave the rest out.")
    study = Study.open(name)
    if naming:
        result = _named(study.identified(), workers)
    elif stage == "trends":
        result = roofs.evaluate(study)
    else:
        result = _compared(study, other, only is not None)
    if as_json:
        print_json(result)
    else:
        show(result)


def _named(study: Study, workers: int) -> dict[str, Any]:
    asked = evaluation.naming_study(study)
    run_stages(asked, ["screen", "typicality"], workers, save=False)
    return evaluation.naming(asked)


def _compared(study: Study, other: str | None, held_out: bool) -> dict[str, Any]:
    among = sorted(held_out_by(study)) if held_out else None
    if other:
        return evaluation.against(study, Study.open(other), among)
    return evaluation.evaluate(study, among=among)


def show(result: dict[str, Any]) -> None:
    """As tables: a row a label, then the means."""
    plain = [(key, value) for key, value in result.items() if not isinstance(value, dict | list)]
    if "labels" not in result:
        print_table(("", ""), plain)
        return
    print_table(
        ("label", "pictures", "average precision", "95%", "chance", "pointing game", "box recall"),
        [
            (label, of.get("pictures", ""), *(_said(of.get(key)) for key in _SHOWN))
            for label, of in [*result["labels"].items(), ("mean", result)]
        ],
    )
    for key in ("against", "difference"):
        if key in result:
            print(f"\n{key}{' ' + result[key]['study'] if key == 'against' else ''}")
            show(result[key])
    for reason, count in result.get("left_out", {}).items():
        print(f"{count} {'picture' if count == 1 else 'pictures'}: {reason}")


_SHOWN = ("average_precision", "interval", "chance", "pointing_game", "box_recall")


def _said(value: float | list[float | None] | None) -> str:
    if isinstance(value, list):
        return " to ".join(_said(end) for end in value)
    return "" if value is None else f"{value:.3f}"
