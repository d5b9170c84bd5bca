"""How long from the server's first answer to a drawn demo page, in a fresh process and a fresh browser?

`python benchmarks/app_start.py [--json]` (needs Chromium). The demo's pictures are drawn beforehand, as
`make run` does.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from core.demo.study import prepare
from tests.serving import browser, drawn, serving

RUNS = 3
PAGES = ("", "typicality", "clusters")


def seconds_to_drawn(page: str) -> float:
    """Of one cold start."""
    with browser() as chromium, serving() as address:
        started = time.perf_counter()
        tab = chromium.new_page()
        tab.goto(f"{address}/{page}?study=demo&label=Prague")
        drawn(tab)
        return time.perf_counter() - started


def main() -> None:
    """Print the median of a few cold starts of each page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")
    as_json = parser.parse_args().json
    for _ in prepare():
        pass
    found = {
        page or "overview": statistics.median(seconds_to_drawn(page) for _ in range(RUNS)) for page in PAGES
    }
    if as_json:
        print(json.dumps({"seconds_to_drawn": found}))
    else:
        for page, seconds in found.items():
            print(f"{page:<12} {seconds:.2f} s")


if __name__ == "__main__":
    main()
