"""`python -m core sheet | report | export`: take what a study found elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from core.cli import StudyName, app
from core.exporting import ABOUT, Export, Format
from core.study import Study
from core.terminal import say, with_bar


@app.command()
def sheet(
    name: StudyName,
    out: Annotated[Path, typer.Option(help="The file to write; .jpg, .png or .pdf.")],
    labels: Annotated[list[str] | None, typer.Option(help="Only this label; may be repeated.")] = None,
    clusters: Annotated[int, typer.Option(min=0, help="Clusters a label.")] = 6,
    patches: Annotated[int, typer.Option(min=1, help="Patches a cluster.")] = 6,
    maps: Annotated[int, typer.Option(min=0, help="Pictures with their heat map a label.")] = 4,
    trends: Annotated[
        int, typer.Option(min=0, help="Instead, so many parallel clusters, a column a label.")
    ] = 0,
) -> None:
    """Draw a contact sheet: each label's heat maps and its clusters' patches, or the study's trends."""
    from core.report.sheet import Sheet, save
    from core.report.trend_sheet import TrendSheet

    study, wanted = Study.open(name), tuple(labels or ())
    save(
        TrendSheet(study, wanted, trends=trends) if trends else Sheet(study, wanted, clusters, patches, maps),
        out,
    )
    say(f"Wrote {out}.")


@app.command()
def report(
    name: StudyName,
    out: Annotated[Path, typer.Option(help="The file to write; .html.")],
    label: Annotated[list[str] | None, typer.Option(help="Only this label; may be repeated.")] = None,
) -> None:
    """Write a report as one HTML file that opens from disk and prints well."""
    from core.report.html import save

    save(Study.open(name), out, tuple(label or ()))
    say(f"Wrote {out} ({out.stat().st_size / 2**20:.1f} MB).")


@app.command()
def export(
    name: StudyName,
    out: Annotated[Path, typer.Option(help="A new folder.")],
    format_: Annotated[Format, typer.Option("--format", help="What is to read it.")] = "csv",
    maps: Annotated[bool, typer.Option("--maps", help="Also every heat map, as 16-bit pictures.")] = False,
) -> None:
    """Write patches and clusters for other programs: tables, COCO boxes, a FiftyOne dataset."""
    work = Export(Study.open(name), format_, out, maps)
    for _ in with_bar(work, f"exporting {name}"):
        pass
    say(f"Wrote {out}: {ABOUT[format_]}.")
