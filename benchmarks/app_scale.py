"""Are the pages quick and small on a huge study? Click to redraw, memory, and 30 visitors at once.

`python benchmarks/app_scale.py [--json] [--quick]`. See benchmarks/README.md for what is timed.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import random
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np
import psutil

from benchmarks.big_study import FULL, QUICK, BigStudy
from benchmarks.visitor import Visitor
from core.demo.study import prepare
from tests.serving import serving

CLICKS = 100
"""A page."""
SESSIONS = 30
MINUTE = 60.0
PAUSE = (2.0, 4.0)
"""Seconds a visitor looks at a page before the next click."""
PATIENCE = 300
"""Seconds the server may take to start on a busy machine."""
LABELS = 24
"""Labels the visitors go to and fro between; only of the last 8 the server keeps anything."""
SMALL = "Also fewer than 6 patches"


@dataclass
class Seen:
    """What visitors waited for, and what went wrong."""

    seconds: list[float] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def p95(self) -> float:
        """In milliseconds."""
        return round(1000 * float(np.percentile(self.seconds, 95)), 1)

    @property
    def median(self) -> float:
        """In milliseconds."""
        return round(1000 * float(np.median(self.seconds)), 1)


async def browse_clusters(visitor: Visitor, labels: list[str], rng: random.Random) -> AsyncIterator[float]:
    """What people do on page Clusters, over and over: each click yields its seconds."""
    while True:
        yield await visitor.choose("Label", rng.choice(labels))
        gallery = next(key for kind, key in visitor.widgets if kind == "gallery")
        shown = visitor.groups(gallery)
        for _ in range(2):
            patch = rng.choice(rng.choice(shown)["tiles"])["key"]
            yield await visitor.pick(gallery, "tile", patch)
            yield await visitor.dismiss()
        yield await visitor.pick(gallery, "group", rng.choice(shown)["key"])
        yield await visitor.choose("Cluster", "all")
        yield await visitor.toggle(SMALL, True)
        yield await visitor.toggle(SMALL, False)


async def browse_typicality(visitor: Visitor, labels: list[str], rng: random.Random) -> AsyncIterator[float]:
    """What people do on page Typicality, over and over."""
    while True:
        yield await visitor.choose("Label", rng.choice(labels))
        for _ in range(2):
            (strip,) = visitor.groups("strip")
            yield await visitor.pick("strip", "tile", rng.choice(strip["tiles"][1:-2])["key"])
            yield await visitor.press("Next")
            yield await visitor.press("Next")
        yield await visitor.slide("Range of t", 0.2, 0.5)
        yield await visitor.press("Previous")
        yield await visitor.slide("Range of t", 0.1, 0.7)


PAGES = {"clusters": browse_clusters, "typicality": browse_typicality}


async def one_visitor(address: str, study: str, page: str, clicks: int) -> tuple[float, Seen]:
    """Seconds to the first redraw, then so many clicks without a pause."""
    visitor, first, labels = await _arrive(address, study, page, 0)
    seen = Seen()
    async with contextlib.aclosing(PAGES[page](visitor, labels, random.Random(0))) as browsing:
        async for seconds in browsing:
            seen.seconds.append(seconds)
            if len(seen.seconds) == clicks:
                break
    seen.problems = visitor.problems
    await visitor.leave()
    return first, seen


async def many_visitors(address: str, study: str, sessions: int, length: float) -> Seen:
    """Visitors at once, half of them on either page, who click and look for a while."""
    seen = Seen()

    async def one(number: int) -> None:
        page = list(PAGES)[number % 2]
        rng = random.Random(number)
        visitor, _, labels = await _arrive(address, study, page, number)
        await everybody.wait()
        end = time.monotonic() + length
        await asyncio.sleep(rng.uniform(0, PAUSE[1]))
        async with contextlib.aclosing(PAGES[page](visitor, labels, rng)) as browsing:
            async for seconds in browsing:
                seen.seconds.append(seconds)
                if time.monotonic() > end:
                    break
                await asyncio.sleep(rng.uniform(*PAUSE))
        seen.problems += visitor.problems
        await visitor.leave()

    everybody = asyncio.Barrier(sessions)
    for gone in await asyncio.gather(*map(one, range(sessions)), return_exceptions=True):
        if isinstance(gone, BaseException):
            seen.problems.append(repr(gone))
    return seen


async def _arrive(address: str, study: str, page: str, number: int) -> tuple[Visitor, float, list[str]]:
    visitor, first = await Visitor.come(address, page, study=study)
    labels = list(visitor.widgets["selectbox", "Label"].options)
    start = number % max(1, len(labels) - LABELS)
    return visitor, first, labels[start : start + LABELS]


@contextlib.contextmanager
def served(cache: Path | None) -> Iterator[tuple[str, psutil.Process]]:
    """The real app on a cache folder, and its process."""
    before = {child.pid for child in psutil.Process().children()}
    environment = {"TYPISCOPE_CACHE": str(cache)} if cache else {}
    with serving(PATIENCE, **environment) as address:
        (server,) = [child for child in psutil.Process().children() if child.pid not in before]
        yield address, server


def measure(study: str, cache: Path | None, clicks: int) -> dict[str, Any]:
    """Both pages by one visitor each, one after the other, in a fresh server."""
    found: dict[str, Any] = {}
    with served(cache) as (address, server):
        for page in PAGES:
            cpu = _cpu(server)
            first, seen = asyncio.run(one_visitor(address, study, page, clicks))
            found[f"p95_{page}_ms"], found[f"median_{page}_ms"] = seen.p95, seen.median
            found[f"cpu_{page}_ms"] = round(1000 * (_cpu(server) - cpu) / (clicks + 1), 1)
            found[f"first_{page}_ms"] = round(1000 * first, 1)
            found[f"errors_{page}"] = seen.problems
        found["web_process_mb"] = _megabytes(server)
    return found


def together(study: str, cache: Path | None, sessions: int, length: float) -> dict[str, Any]:
    """Many visitors at once, in a fresh server on two cores."""
    with served(cache) as (address, server):
        server.cpu_affinity(sorted(os.sched_getaffinity(0))[:2])
        seen = asyncio.run(many_visitors(address, study, sessions, length))
        return {
            "sessions": sessions, "sessions_clicks": len(seen.seconds), "sessions_p95_ms": seen.p95,
            "sessions_median_ms": seen.median, "sessions_errors": seen.problems,
            "sessions_web_process_mb": _megabytes(server),
        }  # fmt: skip


def _cpu(server: psutil.Process) -> float:
    used = server.cpu_times()
    return float(used.user + used.system)


def _megabytes(server: psutil.Process) -> float:
    return round(server.memory_info().rss / 1e6, 1)


def run(quick: bool, store: Path | None = None) -> dict[str, Any]:
    """All figures.

    Args:
        store: a cache folder that keeps the large study, made if it is not there; None drops it again.
    """
    size, clicks = (QUICK, 20) if quick else (FULL, CLICKS)
    with tempfile.TemporaryDirectory(prefix="typiscope-") as folder:
        cache = store or Path(folder)
        if not (cache / "big").is_dir():
            BigStudy(cache, size).make()
        found = {"pictures": size.pictures, "labels": size.labels, "patches": size.labels * size.patches}
        found |= measure("big", cache, clicks)
        found |= together("big", cache, SESSIONS, MINUTE / 6 if quick else MINUTE)
    for _ in prepare():
        pass
    demo = measure("demo", None, clicks) | together("demo", None, SESSIONS, MINUTE / 6 if quick else MINUTE)
    found |= {f"demo_{name}": value for name, value in demo.items()}
    return found | {"load_average": round(os.getloadavg()[1], 1), "cores": len(os.sched_getaffinity(0))}


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")
    parser.add_argument("--quick", action="store_true", help="a smaller study and fewer clicks")
    parser.add_argument("--store", type=Path, help="keep the large study in this folder, for the next time")
    given = parser.parse_args()
    found = run(given.quick, given.store)
    if given.json:
        print(json.dumps(found))
    else:
        for name, value in found.items():
            print(f"{name:<28} {value}")


if __name__ == "__main__":
    main()
