"""The shards of a stage dealt out to several processes; each writes its own."""

from __future__ import annotations

import multiprocessing
import signal
import threading
import traceback
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from typing import Any

from core.errors import UserError
from core.running import Progress, compute
from core.stages import Shard, Stage
from core.study import Study

_PATIENCE = 10.0
"""Seconds a worker has to leave when asked, before it is killed."""


def in_processes(study: Study, stage: Stage, shards: Sequence[Shard], workers: int) -> Iterator[Progress]:
    """Do `shards[i::workers]` in the i-th of several processes.

    Raises:
        UserError: a worker stopped; what it had finished is kept.
    """
    team: dict[Connection[Any, Any], SpawnProcess] = {}
    try:
        for part in (shards[i::workers] for i in range(min(workers, len(shards)))):
            pipe, process = _start(study, stage, part)
            team[pipe] = process
        while team:
            for ready in wait(list(team)):
                assert isinstance(ready, Connection)
                if (progress := _hear(ready, team[ready])) is not None:
                    yield progress
                else:
                    del team[ready]
    finally:
        _dismiss(list(team.values()))


def _start(study: Study, stage: Stage, part: Sequence[Shard]) -> tuple[Connection[Any, Any], SpawnProcess]:
    context = multiprocessing.get_context("spawn")  # a forked process cannot use the parent's GPU
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(study, stage, part, theirs), daemon=True)
    with _out_of_reach():
        process.start()
    theirs.close()  # the worker holds the only other end: its death is the end of the pipe
    return ours, process


@contextmanager
def _out_of_reach() -> Iterator[None]:
    """Let Ctrl-C reach no process that is started meanwhile, not even before it can say so itself."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    resource_tracker.ensure_running()  # the first process starts it, and that lets Ctrl-C through again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _hear(pipe: Connection[Any, Any], process: SpawnProcess) -> Progress | None:
    """The next thing a worker says; None when it has said everything."""
    try:
        said = pipe.recv()
    except (EOFError, OSError):
        process.join()
        if process.exitcode:
            raise UserError(_epitaph(process.exitcode)) from None
        return None
    if isinstance(said, UserError):
        raise said
    assert isinstance(said, Progress)
    return said


def _epitaph(code: int) -> str:
    how = f"was killed ({signal.Signals(-code).name})" if code < 0 else f"ended with code {code}"
    hint = ", perhaps because memory ran out: try fewer workers" if code == -signal.SIGKILL else ""
    return f"A worker {how}{hint}; everything finished is kept, the same command goes on from there."


def _dismiss(team: Sequence[SpawnProcess]) -> None:
    for process in team:
        process.terminate()
    for process in team:
        process.join(_PATIENCE)
        if process.is_alive():
            process.kill()
            process.join()


def _work(study: Study, stage: Stage, shards: Sequence[Shard], pipe: Connection[Any, Any]) -> None:
    """What a worker does, from its start to its end."""
    # Ctrl-C reaches every process of a terminal; it is the parent that decides and sends SIGTERM.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # The signal is only noted, and heeded between two pictures: an exception in the middle of opening or
    # closing a shard would leave its draft behind.
    asked_to_leave = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: asked_to_leave.set())
    try:
        with closing(compute(study, stage, shards)) as work:
            for progress in work:
                pipe.send(progress)
                if asked_to_leave.is_set():
                    return
    except BrokenPipeError:
        pass  # the parent is gone; the open shard is dropped
    except UserError as problem:
        pipe.send(UserError(str(problem)))
    except Exception as problem:
        line = traceback.format_exception_only(problem)[-1].strip()
        pipe.send(UserError(f"A worker stopped: {line} Everything finished is kept."))
    finally:
        pipe.close()
