"""A study as large as they get, made up: real artifacts of the real store, and no denoiser was asked.

Rows are written by the store's own writers. The maps of one shard are shared by all shards as hard links, and
a handful of picture files by all rows: what is read has its real size, and what lies on the disk does not.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from unittest import mock

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from core.config import Settings
from core.mining.intervals import median_interval
from core.specs import AtlasSpec, DenoiserSpec, StudySpec, digest
from core.stages import SHARD_PICTURES, Record
from core.store.shards import ShardWriter
from core.store.writing import ArtifactWriter
from core.study import Study

FILES = 8
SIDE = 128
"""Pixels of a picture, and of the frame its map covers."""
LATENT = 16
"""Latent pixels of a map's side."""
WIDTH = 1280
"""Length of a feature: that of Stable Diffusion's second up-block."""
VARIETY = 128
"""Different features a shard holds."""
COUNTS = [0, 6, 6, 5, 5, 5, 5, 0, 0, 0]
PATCH = 24


@dataclass(frozen=True)
class Size:
    """How large."""

    labels: int
    pictures: int
    """All labels together."""
    patches: int
    """A label."""
    clusters: int
    """A label."""


FULL = Size(365, 1_800_000, 1000, 32)
QUICK = Size(40, 20_000, 200, 8)


class LinkedShard(ShardWriter):
    """A shard whose arrays are those of another one; its rows say where in them."""

    def __init__(self, artifact: Path, number: int, arrays: Path) -> None:
        super().__init__(artifact, number)
        self._linked = arrays

    def _commit(self) -> None:
        for file in self._linked.glob("*.npy"):
            os.link(file, self._draft / file.name)
        super()._commit()


@dataclass(frozen=True)
class BigStudy:
    """Makes one in a cache folder."""

    cache: Path
    size: Size

    def make(self) -> Study:
        """All stages, whole."""
        spec = StudySpec(label_column="place", denoiser=DenoiserSpec(fingerprint="0" * 12))
        source = str(self.cache / "pictures")
        study = Study("big", source, source, "b" * 12, spec, Settings(cache=self.cache))
        stages = {
            "dataset": self._dataset, "screen": self._nothing, "typicality": self._maps,
            "patches": self._patches, "features": self._features, "clusters": self._clusters,
            "atlas": self._atlas,
        }  # fmt: skip
        with mock.patch("core.store.shards.sync"):  # nobody will miss it after a power cut
            for name, write in stages.items():
                writer = study.writer(name)
                write(writer)
                writer.finish({"stage": name})
        study.save()
        return study

    @cached_property
    def labels(self) -> list[str]:
        """Their names."""
        return [f"place {number:03}" for number in range(self.size.labels)]

    @cached_property
    def ids(self) -> NDArray[np.object_]:
        """The pictures, label after label."""
        drawn = np.random.default_rng(0).permutation(2**24)[: self.size.pictures].astype(np.uint64)
        return np.array([f"{number * 2**40 + 12345:016x}" for number in drawn.tolist()], object)

    def label_of(self, picture: int) -> int:
        """The number of a picture's label."""
        return picture * self.size.labels // self.size.pictures

    def shards(self) -> Iterator[tuple[int, range]]:
        """Numbers of shards and of their pictures."""
        for number, start in enumerate(range(0, self.size.pictures, SHARD_PICTURES)):
            yield number, range(start, min(start + SHARD_PICTURES, self.size.pictures))

    @cached_property
    def best(self) -> dict[int, list[tuple[int, int]]]:
        """The patches a shard has: picture and rank. A label's lie in all of its pictures."""
        found: dict[int, list[tuple[int, int]]] = {}
        each = self.size.pictures / self.size.labels
        for label in range(self.size.labels):
            for patch in range(self.size.patches):
                at = patch % (7 * self.size.patches // 10)
                picture = int(each * (label + at / self.size.patches / 0.71)) + 1
                found.setdefault(picture // SHARD_PICTURES, []).append((picture, int(patch != at)))
        return {shard: sorted(patches) for shard, patches in found.items()}

    def _nothing(self, writer: ArtifactWriter) -> None:
        """No picture was screened."""

    def _dataset(self, writer: ArtifactWriter) -> None:
        (self.cache / "pictures").mkdir(parents=True)
        rng, hashes = np.random.default_rng(1), []
        for number in range(FILES):
            file = self.cache / "pictures" / f"{number}.png"
            coarse = Image.fromarray(rng.integers(0, 255, (8, 8, 3), dtype=np.uint8))
            coarse.resize((SIDE, SIDE), Image.Resampling.BICUBIC).save(file)
            hashes.append(hashlib.sha256(file.read_bytes()).hexdigest())
        unknown = dict.fromkeys(("boxes", "mask", "mask_sha256", "split"))
        for shard, numbers in self.shards():
            with writer.shard(shard) as rows:
                for picture in numbers:
                    label, file_number = self.labels[self.label_of(picture)], picture % FILES
                    rows.add(Record("pictures", {
                        "picture": self.ids[picture], "file_name": f"{label}/{picture:07}.png",
                        "path": f"{file_number}.png", "sha256": hashes[file_number], "width": SIDE,
                        "height": SIDE, **unknown, "place": label,
                    }))  # fmt: skip

    def _maps(self, writer: ArtifactWriter) -> None:
        rng, bins = np.random.default_rng(2), sum(1 for count in COUNTS if count)
        shape = (SHARD_PICTURES, 2, bins, LATENT, LATENT)
        maps = (0.05 * rng.standard_normal(shape)).astype(np.float16)
        means = np.average(
            maps[:, 0].astype(np.float32).mean(axis=(2, 3)), axis=1, weights=[n for n in COUNTS if n]
        )
        errors = np.full((SHARD_PICTURES, LATENT, LATENT), 0.01, np.float16)
        arrays = self.cache / "arrays"
        arrays.mkdir()
        for name, array in (("bins", maps), ("error", errors), ("box_error", errors)):
            np.save(arrays / f"maps.{name}.npy", array.reshape(-1))
        known = {
            "samples": sum(COUNTS), "mean_error": 0.0004, "height": LATENT, "width": LATENT,
            "frame_width": SIDE, "frame_height": SIDE, "multiple": SIDE // LATENT, "counts": COUNTS,
            "complete": True,
        }  # fmt: skip
        for shard, numbers in self.shards():
            with LinkedShard(writer.partial, shard, arrays) as rows:
                for at, picture in enumerate(numbers):
                    places = {}
                    for name, array in (("bins", maps), ("error", errors), ("box_error", errors)):
                        places |= {
                            f"{name}_offset": at * array[0].size,
                            f"{name}_shape": list(array[0].shape),
                        }
                    label = self.labels[self.label_of(picture)]
                    rows.add(Record("maps", {
                        "picture": self.ids[picture], "label": label, **known, **places,
                        "mean": float(means[at]),
                    }))  # fmt: skip

    def _patches(self, writer: ArtifactWriter) -> None:
        rng = np.random.default_rng(3)
        for shard, patches in sorted(self.best.items()):
            with writer.shard(shard) as rows:
                for picture, rank in patches:
                    x, y = rng.integers(0, SIDE - PATCH, 2).tolist()
                    value = float(0.2 + 0.05 * rng.standard_normal()) - 0.05 * rank
                    rows.add(Record("patches", {
                        **self._patch(picture, rank), "rank": rank, "size": PATCH, "x": x, "y": y,
                        "left": float(x), "top": float(y),
                        "right": float(x + PATCH), "bottom": float(y + PATCH),
                        "typicality": value, "error": 0.01, "change": 0.1, "score": value,
                    }))  # fmt: skip

    def _features(self, writer: ArtifactWriter) -> None:
        rng = np.random.default_rng(4)
        centres = rng.standard_normal((self.size.clusters, WIDTH))
        vectors = centres[np.arange(VARIETY) % self.size.clusters] + rng.standard_normal((VARIETY, WIDTH))
        vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float16)
        for shard, patches in sorted(self.best.items()):
            with writer.shard(shard) as rows:
                for at, patch in enumerate(patches):
                    rows.add(Record("features", self._patch(*patch), {"vector": vectors[at % VARIETY]}))

    def _clusters(self, writer: ArtifactWriter) -> None:
        rng, members = np.random.default_rng(5), self._members()
        for number, label in enumerate(self.labels):
            with writer.shard(number) as rows:
                for rank in range(self.size.clusters):
                    own = members[number][rank]
                    values = 0.2 - 0.002 * rank + 0.05 * rng.standard_normal(len(own))
                    low, high = median_interval(values)
                    name = f"{digest(label)}-{rank}"
                    rows.add(Record("clusters", {
                        "cluster": name, "label": label, "rank": rank, "size": len(own), "pictures": len(own),
                        "coverage": len(own) * self.size.labels / self.size.pictures,
                        "median": float(np.median(values)), "low": low, "high": high,
                    }))  # fmt: skip
                    for position, patch in enumerate(own):
                        rows.add(Record("members", {
                            "cluster": name, "label": label, "patch": patch, "distance": 0.01 * position,
                            "position": position,
                        }))  # fmt: skip

    def _atlas(self, writer: ArtifactWriter) -> None:
        rng, each = np.random.default_rng(6), AtlasSpec().together // self.size.labels
        for number, clusters in enumerate(self._members()):
            label, patches = self.labels[number], [patch for own in clusters for patch in own]
            with writer.shard(number) as rows:
                for table, shown in (("points", patches), ("together", patches[:each])):
                    for patch, (x, y) in zip(shown, rng.uniform(-1, 1, (len(shown), 2)), strict=True):
                        rows.add(Record(table, {"patch": patch, "label": label, "x": x, "y": y}))

    def _members(self) -> list[list[list[str]]]:
        """Patch ids by label and cluster: those of one cluster have features around one centre."""
        found: list[list[list[str]]] = [[[] for _ in range(self.size.clusters)] for _ in self.labels]
        for patches in self.best.values():
            for at, (picture, rank) in enumerate(patches):
                patch = self._patch(picture, rank)["patch"]
                found[self.label_of(picture)][at % VARIETY % self.size.clusters].append(patch)
        return found

    def _patch(self, picture: int, rank: int) -> dict[str, str]:
        label = self.labels[self.label_of(picture)]
        name = f"{self.ids[picture]}-{digest(label)}-{rank}"
        return {"patch": name, "picture": self.ids[picture], "label": label}
