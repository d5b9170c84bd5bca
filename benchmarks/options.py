"""The options both benchmarks take, and how they start and end."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Annotated, Any

import typer

from core.config import Settings
from core.errors import UserError
from core.specs import NoiseSpec
from core.store.layout import Layout
from core.terminal import EXIT_USER_ERROR, say

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]
Quick = Annotated[bool, typer.Option(help="Few pictures and a small reference; under a minute.")]
Model = Annotated[str, typer.Option(metavar="FOLDER", help="A diffusers folder; default: the demo's.")]

Range = Annotated[
    tuple[float, float], typer.Option(help="Least and most noise asked about, as shares of the diffusion.")
]
PAPERS_T = (NoiseSpec().t_min, NoiseSpec().t_max)
"""Where the paper asks, and every study but the demo, which is asked from 0.5 to 0.9."""

DEMO_MODEL = str(Layout(Settings().cache).model("demo"))


def start(main: Callable[..., Any]) -> None:
    """Run a benchmark's `main`; what a user can mend ends in one sentence."""
    try:
        typer.run(main)
    except UserError as problem:
        say(f"Error: {problem}")
        sys.exit(EXIT_USER_ERROR)
