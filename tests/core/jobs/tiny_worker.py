"""A worker whose stages are those of `tiny`, as are those of the processes it starts.

`tiny_worker.py SECONDS`: after how many without a job it ends.
"""

from __future__ import annotations

import sys

import pytest

from core.config import Settings
from core.jobs.worker import serve
from tests.core.tiny import use_tiny_stages

use_tiny_stages(pytest.MonkeyPatch())

if __name__ == "__main__":
    serve(Settings(), float(sys.argv[1]))
