"""Stage `appearance`: DIFT features and colours of the most co-typical places, under every label."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.diffusion.dift import look, pool
from core.diffusion.stable_diffusion import StableDiffusion, denoiser
from core.diffusion.told import Told
from core.diffusion.translations import Parallel, parallels
from core.mining.cotypicality import top_places
from core.stages import Inputs, Record, Shard

SIDE = 8
"""Pixels a place is shrunk to, each way: enough for its colours."""


def describe(inputs: Inputs, shard: Shard) -> Iterator[Record]:
    """Each of the study's best places that lies in the shard, under every label.

    Under its own label the reconstruction is looked at, not the source: it went through the same
    decoder as the translations, so that nothing but the label tells them apart.
    """
    wanted = top_places(inputs.artifacts["cotypicality"].table("places"), inputs.spec.cotypicality.top)
    wanted = wanted[wanted["picture"].isin(shard.keys)].sort_values("place")
    if wanted.empty:
        return
    model = denoiser(inputs.spec.denoiser, inputs.settings)
    told = Told.of(model, inputs)
    for parallel in parallels(inputs, shard):
        own = wanted[wanted["picture"] == parallel.source["picture"]]
        if len(own):
            yield from _views(model, parallel, own, told, inputs)


def _views(
    model: StableDiffusion,
    parallel: Parallel,
    places: pd.DataFrame,
    told: Told,
    inputs: Inputs,
) -> Iterator[Record]:
    labels = [str(parallel.source["label"]), *parallel.labels]
    pictures = np.concatenate([parallel.reconstruction[None], parallel.translations])
    source: pd.Series[Any] = inputs.pictures.loc[str(parallel.source["picture"])]  # type: ignore[assignment]
    text = told.text[told.labelled(source, labels)]
    seen = look(model, model.encode(pictures), text, inputs.spec.features)
    for _, place in places.iterrows():
        x, y, size = (int(place[name]) for name in ("x", "y", "size"))
        for label, picture, activations in zip(labels, pictures, seen, strict=True):
            row = {"place": place["place"], "picture": place["picture"], "label": label}
            vector = pool(activations, (x, y, size, size), picture.shape[:2])
            yield Record(
                "views", row, {"vector": vector, "colours": _small(picture[y : y + size, x : x + size])}
            )


def _small(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.asarray(cv2.resize(pixels, (SIDE, SIDE), interpolation=cv2.INTER_AREA), np.uint8)
