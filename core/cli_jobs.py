"""`python -m core worker`: the process that does the jobs; the app starts it by itself."""

from __future__ import annotations

from typing import Annotated

import typer

from core.cli import app
from core.config import Settings
from core.jobs.worker import IDLE, serve


@app.command()
def worker(
    idle: Annotated[float, typer.Option(min=0, help="Seconds without a job after which it ends.")] = IDLE,
) -> None:
    """Do the jobs that wait, one after another; where a worker lives already, do nothing."""
    serve(Settings(), idle)
