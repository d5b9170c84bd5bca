"""`python -m core evaluate`: how a study's results agree with what is known."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import typer

from core.cli import AsJson, StudyName, Workers, app, run_stages
from core.errors import UserError
from core.study import Study
from core.terminal import print_json, print_table


@app.command()
def evaluate(
    name: StudyName,
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
    """Compare results with what is known: boxes, masks, or (--naming) the labels themselves."""
    from core import evaluate as evaluation
    from core.training import held_out_by

    if naming and (other or only):
        raise UserError("--naming asks held-out pictures of one study: leave --against and --only out.")
    study = Study.open(name)
    if naming:
        asked = evaluation.naming_study(study.identified())
        run_stages(asked, ["screen", "typicality"], workers, save=False)
        result = evaluation.naming(asked)
    else:
        among = sorted(held_out_by(study)) if only else None
        result = (
            evaluation.against(study, Study.open(other), among)
            if other
            else evaluation.evaluate(study, among=among)
        )
    if as_json:
        print_json(result)
    else:
        show(result)


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
