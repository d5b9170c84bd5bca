"""What is done for a job, in a process of its own, that may be killed at any moment."""

from __future__ import annotations

import dataclasses
import multiprocessing
import os
import sys
import traceback
from collections.abc import Iterator

from pydantic import TypeAdapter

from core import stages
from core.config import Settings
from core.cost import cost
from core.errors import UserError
from core.jobs import job as jobs
from core.jobs.job import Job
from core.jobs.meter import Meter
from core.phases import Phase, fetching, phases
from core.specs import StudySpec
from core.store.jobs import JobStore
from core.store.layout import Layout
from core.study import Study
from core.train_spec import TrainSpec

FAILED, STOPPED = 1, 3
"""Exit codes: what went wrong stands in the job's progress; somebody wanted it to stop."""

_SPEC, _TRAINING = TypeAdapter(StudySpec), TypeAdapter(TrainSpec)


def do(settings: Settings, name: str) -> None:
    """Do one job to its end. Ends the process with one of the codes above, or 0."""
    if hasattr(os, "setsid"):
        os.setsid()  # so that its own workers can be stopped with it
    store = JobStore(Layout(settings.cache))
    meter = Meter(store, name)
    try:
        job = jobs.read(store, name)
        assert job is not None
        for title, phase in _phases(job, settings, meter):
            meter.begin(title, len(phase))
            for item in phase:
                meter.count(item)
                if meter.is_due:
                    _leave_if_asked(store, name)
                    meter.tell()
            meter.end()
    except UserError as problem:
        meter.fail(str(problem))
        sys.exit(FAILED)
    except Exception as problem:
        meter.say(traceback.format_exc())
        line = traceback.format_exception_only(problem)[-1].strip().rstrip(".")
        meter.fail(f"The program made a mistake ({line}); everything finished is kept, the log says more.")
        sys.exit(FAILED)


def _leave_if_asked(store: JobStore, name: str) -> None:
    """Between two pictures: when the job is cancelled, or the worker it belongs to is no more."""
    parent = multiprocessing.parent_process()
    if store.is_cancelled(name) or (parent and not parent.is_alive()):
        sys.exit(STOPPED)


def _phases(job: Job, settings: Settings, meter: Meter) -> Iterator[tuple[str, Phase]]:
    if job.kind == "train":
        yield from _training(job, settings)
        if job.ask["run"]:
            yield from _stages(Study.open(job.study, settings), "", meter)
        return
    kept = Study.open(job.study, settings)
    if job.kind == "look":
        yield from _looking(kept, job)
        return
    if job.kind == "translate":
        yield from _translating(kept, job)
        return
    if job.kind == "try":
        yield from _trying(kept, job)
        return
    spec = _SPEC.validate_python(job.ask["spec"])
    model = dataclasses.replace(kept.spec.denoiser, fingerprint="")
    if model == spec.denoiser:
        spec = dataclasses.replace(spec, denoiser=kept.spec.denoiser)
    yield from _stages(dataclasses.replace(kept, spec=spec), job.ask["stage"], meter, save=kept.spec == spec)


def _stages(study: Study, until: str, meter: Meter, save: bool = True) -> Iterator[tuple[str, Phase]]:
    names = stages.until(until)
    if missing := fetching(study, names):
        yield missing.title, missing
    for asked, work in phases(study, names, save=save):
        meter.say(cost(asked, work.stage.name, len(work)))
        yield work.stage.name, work


def _looking(study: Study, job: Job) -> Iterator[tuple[str, Phase]]:
    from core.looking import look_at

    asked = dataclasses.replace(study, spec=_SPEC.validate_python(job.ask["spec"]))
    yield "Look", look_at(asked.identified(), str(job.ask["picture"]))


def _translating(study: Study, job: Job) -> Iterator[tuple[str, Phase]]:
    from core.retranslating import retranslate

    spec = _SPEC.validate_python(job.ask["spec"])
    strength = spec.translate.guidance, spec.translate.features, spec.translate.attention
    asked = dataclasses.replace(study, spec=spec).identified()
    yield "Translate", retranslate(asked, str(job.ask["picture"]), str(job.ask["target"]), *strength)


def _trying(study: Study, job: Job) -> Iterator[tuple[str, Phase]]:
    from core import trying

    training = job.ask["training"]
    asked = dataclasses.replace(study, spec=_SPEC.validate_python(job.ask["spec"]))
    yield from trying.phases(asked, training and _TRAINING.validate_python(training))


def _training(job: Job, settings: Settings) -> Iterator[tuple[str, Phase]]:
    from core import training

    study, model = Study.open(job.study, settings), str(job.ask["model"])
    spec = _TRAINING.validate_python(job.ask["spec"])
    if not training.is_trained(model, spec, settings):
        yield from training.on_study(study, model, spec).phases()
    training.use(study, Layout(settings.cache).model(model), spec.frame.size)
