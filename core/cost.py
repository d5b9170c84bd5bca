"""What a stage will cost, before it begins: pictures, and UNet passes for each."""

from __future__ import annotations

from core.study import Study


def passes(study: Study, stage: str) -> int:
    """UNet passes per picture: noise samples times conditions; 0 for a stage that asks no model.

    The null pass is shared by all labels. With screening, `typicality` asks at most this often.
    """
    spec = study.spec
    conditions = 1 + (len(study.labels) if spec.typicality.labels == "all" else 1)
    return {
        "screen": spec.screen.samples * conditions,
        "typicality": spec.typicality.noise.samples * conditions,
        "features": spec.features.noises,
    }.get(stage, 0)


def cost(study: Study, stage: str, pictures: int) -> str:
    """The cost of a stage's missing work in words."""
    each = passes(study, stage)
    if not each:
        return f"{stage}: {pictures:,} to do"
    return f"{stage}: {pictures:,} pictures x {each} UNet passes = {pictures * each:,} at most"
