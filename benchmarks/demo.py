"""The demo's held-out scenes as the stages get them, without a study on disk."""

from __future__ import annotations

import dataclasses
import hashlib
from pathlib import Path

import cv2
import pandas as pd

from core.config import Settings
from core.demo.scenes import STUDY_SEED, labels_of, scene
from core.demo.study import SPEC
from core.demo.world import PLACES
from core.specs import DenoiserSpec, NoiseSpec, ScreenSpec, TypicalitySpec
from core.stages import Inputs

PAPER_SHARE = 1000 / 5000
"""The paper keeps 1000 patches of a label out of 5 from each of 1000 pictures."""


def draw(folder: Path, count: int) -> pd.DataFrame:
    """The first `count` scenes the study shows as files, and their rows as in table `dataset/pictures`."""
    rows = []
    for i in range(count):
        pixels = cv2.cvtColor(scene(STUDY_SEED, i).picture, cv2.COLOR_RGB2BGR)
        path = folder / f"{i:03d}.bmp"
        cv2.imwrite(str(path), pixels)
        sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
        height, width = pixels.shape[:2]
        place = {"path": str(path), "sha256": sha256, "width": width, "height": height}
        rows.append({"picture": sha256[:16], **place, **labels_of(i)})
    return pd.DataFrame(rows).set_index("picture", drop=False)


def study_inputs(model: str, pictures: pd.DataFrame, t: tuple[float, float]) -> Inputs:
    """The demo's own specs over these pictures, asked in a range of t, with the paper's share of patches
    going on."""
    column = SPEC.label_column
    each = len(pictures) / pictures[column].nunique()
    top = max(1, round(PAPER_SHARE * SPEC.patches.per_picture * each))
    spec = dataclasses.replace(
        SPEC,
        denoiser=DenoiserSpec(model),
        patches=dataclasses.replace(SPEC.patches, top=top),
        typicality=TypicalitySpec(NoiseSpec(t_min=t[0], t_max=t[1])),
    )
    return Inputs(spec, pictures, tuple(sorted(PLACES)), {}, Settings())


def with_noise(inputs: Inputs, noise: NoiseSpec, screen: ScreenSpec | None = None) -> Inputs:
    """The same study, asked with other noise samples."""
    spec = dataclasses.replace(inputs.spec, typicality=TypicalitySpec(noise), screen=screen or ScreenSpec(0))
    return dataclasses.replace(inputs, spec=spec)
