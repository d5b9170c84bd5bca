"""Submit, cancel, list: what the app does with jobs. None of it waits for one."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.config import Settings
from core.errors import UserError
from core.jobs import job as jobs
from core.jobs.job import OPEN, Job
from core.jobs.line import Line
from core.looking import Look
from core.retranslating import Retranslation
from core.running import now
from core.specs import StudySpec
from core.stages import until
from core.store import models
from core.store.jobs import JobStore
from core.store.layout import Layout
from core.study import Study
from core.train_spec import TrainSpec

WORKER = (sys.executable, "-m", "core", "worker")
"""The command that starts a worker."""
_ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Listing:
    """All jobs, the newest first, and a sentence for each that cannot be read."""

    jobs: list[Job]
    damaged: list[str]


def submit_run(study: Study, stage: str = "") -> Job:
    """Have a study run to its end, or up to and with one stage.

    Raises:
        UserError: there is nothing to compare, or this Typiscope only shows.
    """
    study.check()
    # The fingerprint is found out by the first run; that does not make the second another job.
    spec = dataclasses.replace(study.spec, denoiser=dataclasses.replace(study.spec.denoiser, fingerprint=""))
    ask = {"spec": dataclasses.asdict(spec), "stage": stage}
    title = f'Run "{study.name}"' + (f" up to {stage}" if stage else "")
    asked = jobs.asked("run", study.name, study.dataset, title, ask)
    known = find(asked.id, study.settings)
    if known and known.state == "done" and _is_done(study, stage):
        return known
    return submit(asked, study.settings)


def submit_training(study: Study, model: str, spec: TrainSpec, then_run: bool = True) -> Job:
    """Have a model trained on a study's pictures; the study asks it from then on, and is run.

    Raises:
        UserError: there is nothing to compare, or this Typiscope only shows.
    """
    study.check()
    ask = {"model": model, "spec": dataclasses.asdict(spec), "run": then_run}
    title = f'Train "{model}" on "{study.name}"' + (" and run it" if then_run else "")
    return submit(jobs.asked("train", study.name, study.dataset, title, ask), study.settings)


def free_model_name(study: Study, spec: TrainSpec) -> str:
    """What the model of a training is called: as one that is under way, where that is the same training, else
    as no other."""
    going = [job for job in listed(study.settings).jobs if job.kind == "train" and job.state in OPEN]
    same = [job for job in going if job.study == study.name and job.ask["spec"] == _plain(spec)]
    if same:
        return str(same[0].ask["model"])
    return models.free_name(study.layout, study.name, {str(job.ask["model"]) for job in going})


def submit_look(look: Look) -> Job:
    """Have one picture looked at under every label of its study.

    Raises:
        UserError: this Typiscope only shows.
    """
    return submit(look_job(look), look.study.settings)


def look_job(look: Look) -> Job:
    """The job that does a look, as nobody has submitted it yet."""
    study, name = look.study, look.picture["file_name"].iloc[0]
    ask = {"spec": dataclasses.asdict(study.spec), "picture": look.id}
    return jobs.asked("look", study.name, study.dataset, f'Look at "{name}" under every label', ask)


def submit_translation(work: Retranslation) -> Job:
    """Have one picture translated to one label with strengths of its own.

    Raises:
        UserError: this Typiscope only shows.
    """
    return submit(translation_job(work), work.study.settings)


def translation_job(work: Retranslation) -> Job:
    """The job that does such a translation, as nobody has submitted it yet."""
    study, name, strength = work.study, work.picture["file_name"].iloc[0], work.study.spec.translate
    ask = {"spec": dataclasses.asdict(study.spec), "picture": work.id, "target": work.target}
    title = (
        f'Translate "{name}" to {work.target}: guidance {strength.guidance:g}, features for '
        f"{strength.features:.0%} of the steps, attention for {strength.attention:.0%}"
    )
    return jobs.asked("translate", study.name, study.dataset, title, ask)


def submit_trial(study: Study, training: TrainSpec | None = None) -> Job:
    """Have it measured how fast the study's model is here, or a training and the model it would make.

    Raises:
        UserError: this Typiscope only shows.
    """
    return submit(trial_job(study, training), study.settings)


def trial_job(study: Study, training: TrainSpec | None = None) -> Job:
    """The job that does so, as nobody has submitted it yet."""
    asked = study.spec
    # What does not change the time of a pass or a step does not make it another job.
    model = dataclasses.replace(asked.denoiser, fingerprint="")
    spec = StudySpec(label_column=asked.label_column, prompt=asked.prompt, denoiser=model, frame=asked.frame)
    steps = dataclasses.asdict(dataclasses.replace(training, steps=1)) if training else None
    what = "a model to be trained" if training else f'"{models.called(study.layout, model.source)}"'
    ask = {"spec": dataclasses.asdict(spec), "training": steps}
    return jobs.asked("try", study.name, study.dataset, f"Time a run of {what}", ask)


def submit(job: Job, settings: Settings) -> Job:
    """Put a job in the line, unless it waits or runs already; one that stopped goes on where it was.

    Raises:
        UserError: this Typiscope only shows, or the line cannot be used.
    """
    settings.refuse_if_read_only("Starting a job")
    store = _store(settings)
    with closing(Line(store)) as line, store.lock():
        known = _as_it_stands(store, job.id)
        if known is None or known.state not in OPEN:
            store.begin(job.id)
            jobs.write(store, Job(job.id, job.kind, job.study, job.title, job.ask, submitted=now()))
            line.add(job.id)
    start_worker(settings)
    submitted = find(job.id, settings)
    assert submitted is not None
    return submitted


def cancel(job: str, settings: Settings) -> None:
    """Stop a job; what it has finished is kept. A running one needs a second or two.

    Raises:
        UserError: this Typiscope only shows.
    """
    settings.refuse_if_read_only("Cancelling a job")
    store = _store(settings)
    with store.lock():
        known = _as_it_stands(store, job)
        if known and known.state == "running":
            store.ask_to_cancel(job)
        elif known and known.state in ("waiting", "interrupted"):
            jobs.write(store, dataclasses.replace(known, state="cancelled", finished=now()))


def find(job: str, settings: Settings) -> Job | None:
    """One job as it stands.

    Raises:
        UserError: what is known of it is damaged.
    """
    return _as_it_stands(_store(settings), job)


def listed(settings: Settings) -> Listing:
    """All jobs as they stand."""
    store = _store(settings)
    found, damaged = [], []
    for name in store.ids():
        try:
            if job := _as_it_stands(store, name):
                found.append(job)
        except UserError as problem:
            damaged.append(str(problem))
    return Listing(sorted(found, key=lambda job: job.submitted, reverse=True), damaged)


def log(job: str, settings: Settings, lines: int = 200) -> list[dict[str, str]]:
    """The last lines a job said: `time`, `text`."""
    return _store(settings).log(job, lines)


def keep_going(settings: Settings) -> None:
    """Start a worker where jobs wait and none lives: it was killed, or the machine started anew."""
    if any(job.state == "waiting" for job in listed(settings).jobs):
        start_worker(settings)


def start_worker(settings: Settings) -> None:
    """Start the worker where none lives. It outlives whoever starts it."""
    store = _store(settings)
    if store.worker_lives():
        return
    detached = {"creationflags": 0x208} if os.name == "nt" else {"start_new_session": True}
    with store.worker_log.open("ab") as log_file:
        subprocess.Popen(
            WORKER, cwd=_ROOT, env={**os.environ, "TYPISCOPE_CACHE": str(settings.cache.absolute())},
            stdin=subprocess.DEVNULL, stdout=log_file, stderr=log_file, **detached,
        )  # type: ignore[call-overload]  # fmt: skip


def _plain(spec: TrainSpec) -> Any:
    """As a job's record holds it."""
    return json.loads(json.dumps(dataclasses.asdict(spec)))


def _as_it_stands(store: JobStore, job: str) -> Job | None:
    """What was running when its worker died is interrupted, whoever looks first."""
    known = jobs.read(store, job)
    if known and known.state == "running" and not store.worker_lives():
        return dataclasses.replace(known, state="interrupted")
    return known


def _is_done(study: Study, stage: str) -> bool:
    return all(study.state(name) == "done" for name in ["dataset", *until(stage)])


def _store(settings: Settings) -> JobStore:
    return JobStore(Layout(settings.cache))
