"""Which of the processes this is, where `accelerate launch` started several to train one model together."""

from __future__ import annotations

import os


def is_main() -> bool:
    """Whether this is the one that writes and speaks; where there is only one, it is."""
    return int(os.environ.get("RANK", 0)) == 0


def here() -> int:
    """How many of them share this machine."""
    return int(os.environ.get("LOCAL_WORLD_SIZE", 1))
