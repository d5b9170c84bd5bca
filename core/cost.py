"""What a stage will cost, before it begins: pictures, and UNet passes for each."""

from __future__ import annotations

from functools import partial

from core import stages as pipeline
from core.stages import ROUTINE
from core.store.artifacts import Artifact
from core.store.reading import reading
from core.study import Study


def passes(study: Study, stage: str, labels: int = 0) -> int:
    """UNet passes per picture: noise samples times conditions; 0 for a stage that asks no model.

    Args:
        labels: how many it is asked about; 0 takes all of the study's.

    The null pass is shared by all labels. With screening, `typicality` asks at most this often.
    """
    spec, labels = study.spec, labels or len(study.labels)
    conditions = 1 + (labels if spec.typicality.labels == "all" else 1)
    # There and back for the source, then every other label and its null; the first step shares the null.
    translated = spec.translate.steps * 2 * labels - (labels - 2)
    return {
        "screen": spec.screen.samples * conditions,
        "typicality": spec.typicality.noise.samples * conditions,
        "features": spec.features.noises,
        "translate": translated,
        "cotypicality": 2 * spec.typicality.noise.samples * (labels - 1),
        "appearance": spec.features.noises * labels,
    }.get(stage, 0)


def asked_about(study: Study, stage: str, pictures: int) -> int:
    """Of so many pictures those a stage asks the model about, at most: not all of them are translated."""
    spec = study.spec.translate
    if not pipeline.stage(stage).on_demand or spec.pictures == "all":
        return pictures
    return min(pictures, spec.count * len(study.labels))


def cost(study: Study, stage: str, pictures: int) -> str:
    """The cost of a stage's missing work in words."""
    each, asked = passes(study, stage), asked_about(study, stage, pictures)
    if not each:
        return f"{stage}: {pictures:,} to do"
    return f"{stage}: {asked:,} pictures x {each} UNet passes = {asked * each:,} at most"


def seconds_each(study: Study) -> float | None:
    """Seconds of one worker a picture took in all stages that ask a model; None until they are done."""
    artifacts = [study.artifact(row.name) for row in ROUTINE if row.needs_model]
    if any(artifact is None for artifact in artifacts) or not study.size:
        return None
    done = [artifact for artifact in artifacts if artifact]
    return sum(reading(one, partial(_seconds, one)) for one in done) / study.size


def _seconds(artifact: Artifact) -> float:
    return float(artifact.manifest["seconds"])
