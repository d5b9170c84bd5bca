"""`python -m core`: the command line."""

from core import (  # noqa: F401 (they join the app)
    cli_cost,
    cli_demo,
    cli_evaluate,
    cli_jobs,
    cli_presets,
    cli_report,
    cli_train,
)
from core.cli import app

if __name__ == "__main__":  # a worker process imports this file as well
    app(prog_name="python -m core")
