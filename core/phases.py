"""What is missing of a study, one stage after another, each as work with a length."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Sized
from typing import TYPE_CHECKING, Any, Protocol

from core import stages
from core.cost import passes
from core.errors import UserError
from core.running import StageRun
from core.store import studies
from core.study import Study

if TYPE_CHECKING:
    from core.diffusion.fetching import Fetching


class Phase(Sized, Iterable[Any], Protocol):
    """Long work with a length: iterate to do it, one item for each of so many."""


def fetching(study: Study, names: Sequence[str]) -> Fetching | None:
    """What the stages named need of the hub first, in megabytes; None where nothing is missing.

    Raises:
        UserError: the denoiser's folder does not exist.
    """
    known = bool(study.spec.denoiser.fingerprint)
    asks = any(stages.stage(name).needs_model and study.state(name) != "done" for name in names)
    if known or not asks or not study.settings.download:
        return None
    from core.diffusion.loading import fetching  # torch, so only where a model is asked

    missing = fetching(study.spec.denoiser)
    return missing if len(missing) else None


def phases(
    study: Study, names: Sequence[str], workers: int = 0, save: bool = True
) -> Iterator[tuple[Study, StageRun]]:
    """Of the stages named those that are not done. Run each to its end before asking for the next.

    Args:
        study: whose; yielded again with its denoiser's fingerprint, which stages that ask a model need.
        names: of stages, in the order they run.
        workers: processes that share the work; 0: as many as suit.
        save: whether `study.json` asks for this from now on.

    Raises:
        UserError: there is nothing to compare, or the denoiser cannot be found.
    """
    study.check()
    before = studies.load(study.layout, study.name)
    if any(stages.stage(name).needs_model and study.state(name) != "done" for name in names):
        study = study.identified()
    # To fetch and fingerprint a model may take long: what somebody changed meanwhile stays.
    if save and studies.load(study.layout, study.name) == before:
        study.save()
    for name in names:
        if study.state(name) == "done":
            continue
        work = study.run(name)
        work.workers = workers or suitable_workers(study, name)
        yield study, work


def suitable_workers(study: Study, name: str) -> int:
    """How many processes a stage is best shared among on this machine."""
    if not passes(study, name):
        return 1
    from core.diffusion import machine  # torch, so only where a model is asked
    from core.diffusion.loading import weight_bytes

    try:
        return machine.suitable_workers(study.settings, weight_bytes(study.spec.denoiser, download=False))
    except UserError:
        return 1  # the stage itself will say what is wrong with the model
