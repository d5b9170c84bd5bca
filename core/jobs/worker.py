"""The worker: one process a cache that does the jobs of the line, one after another.

It lives as long as it holds its lock, which the system takes from it however it dies: so nobody has to
guess from a process number, or from when it last gave a sign, whether it still runs. Each job is done in a
process of its own: so one that hangs can be stopped, one that takes the machine's memory takes nothing else
along, and the worker itself stays small.
"""

from __future__ import annotations

import contextlib
import dataclasses
import multiprocessing
import os
import signal
import time
from contextlib import closing
from multiprocessing.context import SpawnProcess

from filelock import Timeout

from core.config import Settings
from core.errors import UserError
from core.jobs import job as jobs
from core.jobs.job import Job
from core.jobs.line import Line
from core.jobs.work import do
from core.running import now
from core.store.jobs import JobStore
from core.store.layout import Layout

IDLE = 300.0
"""Seconds without a job after which the worker ends; the next job starts another."""
TICK = 0.2
"""Seconds between two looks at the line, or at whether a job should stop."""
GRACE = 1.2
"""Seconds a job has to leave by itself between two pictures, before it is killed."""
GLANCE = 2.0
"""Seconds to wait for somebody who only looks whether a worker lives."""


def serve(settings: Settings, idle: float = IDLE) -> None:
    """Do what waits in the line, until nothing has come for `idle` seconds.

    Where a worker lives already, do nothing.
    """
    store = JobStore(Layout(settings.cache))
    with closing(Line(store)) as line:
        while True:
            lock = store.worker_lock()
            try:
                lock.acquire(timeout=GLANCE)
            except Timeout:
                return
            with lock:
                _take_over(store, line)
                _serve(settings, store, line, idle)
            # Whoever came while the lock was held trusted in this worker.
            if not len(line):
                return


def _take_over(store: JobStore, line: Line) -> None:
    """Put right what an earlier worker, or a line that was deleted, left behind."""
    found = [job for name in store.ids() if (job := _readable(store, name))]
    with store.lock():
        for job in found:
            if job.state == "running":
                jobs.write(store, dataclasses.replace(job, state="interrupted"))
        if not len(line):
            for job in sorted(found, key=lambda job: job.submitted):
                if job.state == "waiting":
                    line.add(job.id)


def _serve(settings: Settings, store: JobStore, line: Line, idle: float) -> None:
    last = time.monotonic()
    while time.monotonic() - last < idle:
        if name := line.next():
            _perform(settings, store, name)
            last = time.monotonic()
        else:
            time.sleep(TICK)


def _perform(settings: Settings, store: JobStore, name: str) -> None:
    with store.lock():
        job = _readable(store, name)
        if job is None or job.state != "waiting":
            return  # cancelled meanwhile, or in the line twice
        job = dataclasses.replace(job, state="running", started=now(), finished=None, problem="")
        jobs.write(store, job)
    process = multiprocessing.get_context("spawn").Process(target=do, args=(settings, name))
    process.start()
    _watch(store, name, process)
    with store.lock():
        jobs.write(store, _ended(store, job, process.exitcode or 0))


def _watch(store: JobStore, name: str, process: SpawnProcess) -> None:
    """Wait for a job's end; where it should stop and does not, stop it."""
    asked: float | None = None
    while process.is_alive():
        process.join(TICK)
        if asked is None and store.is_cancelled(name):
            asked = time.monotonic()
        if asked is not None and time.monotonic() - asked > GRACE:
            _kill(process)
    process.join()


def _kill(process: SpawnProcess) -> None:
    """With its own workers. Whatever is finished is kept: that is how stages are written."""
    if hasattr(os, "killpg") and process.pid:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.join()


def _ended(store: JobStore, job: Job, code: int) -> Job:
    ended = dataclasses.replace(job, finished=now())
    if code == 0:
        return dataclasses.replace(ended, state="done")
    if store.is_cancelled(job.id):
        store.say(job.id, {"time": now(), "text": "Cancelled; everything finished is kept."})
        return dataclasses.replace(ended, state="cancelled")
    last = _readable(store, job.id)
    problem = last.progress.problem if last else ""
    return dataclasses.replace(ended, state="failed", problem=problem or _epitaph(code))


def _epitaph(code: int) -> str:
    how = f"was killed ({signal.Signals(-code).name})" if code < 0 else f"ended with code {code}"
    hint = ", perhaps because memory ran out" if code == -9 else ""
    return f"The process of this job {how}{hint}; everything finished is kept, and it can be tried again."


def _readable(store: JobStore, name: str) -> Job | None:
    """A job whose record is damaged is shown as such on its page; here it is passed over."""
    with contextlib.suppress(UserError):
        return jobs.read(store, name)
    return None
