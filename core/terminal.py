"""How the command line talks: results to stdout, everything else to stderr, errors in one sentence."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence, Sized
from typing import Any, Protocol, TypeVar

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text
from typer.core import TyperGroup

from core.errors import UserError
from core.processes import is_main
from core.words import pace

Item = TypeVar("Item", covariant=True)

EXIT_USER_ERROR = 2
EXIT_INTERRUPTED = 130


class Work(Sized, Iterable[Item], Protocol[Item]):
    """Anything with a length that is done as it is iterated over."""


class Commands(TyperGroup):
    """Ends every command as promised: no traceback for what a user can mend, 130 for Ctrl-C."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except UserError as problem:
            # Of several processes each says its own: the launcher ends the others at the first error.
            print(f"Error: {problem}", file=sys.stderr, flush=True)
            raise typer.Exit(EXIT_USER_ERROR) from None
        except KeyboardInterrupt:
            say("Stopped: everything finished is kept; the same command goes on from there.")
            raise typer.Exit(EXIT_INTERRUPTED) from None


def say(line: str) -> None:
    """Tell the person at the terminal, not the program reading stdout; once, however many processes."""
    if is_main():
        print(line, file=sys.stderr, flush=True)


def print_json(result: Mapping[str, Any]) -> None:
    """The one JSON object of a command with `--json`."""
    print(json.dumps(result, indent=2, ensure_ascii=False))


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A table for people; numbers to the right."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    lines = [list(row) for row in rows]
    for position, column in enumerate(columns):
        numbers = all(isinstance(line[position], int | float) for line in lines)
        table.add_column(column, justify="right" if numbers else "left")
    for line in lines:
        table.add_row(*(Text(f"{cell:,}" if isinstance(cell, int | float) else str(cell)) for cell in line))
    Console().print(table)


def with_bar(work: Work[Item], title: str) -> Iterator[Item]:
    """Pass on what `work` yields, drawing a bar with rate and time left on stderr; none of nothing."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        _Rate(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), disable=not (is_main() and len(work))) as progress:
        yield from progress.track(work, total=len(work), description=title)


class _Rate(ProgressColumn):
    """Items a second, or seconds an item when slow."""

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text(pace(speed) if speed else "")
