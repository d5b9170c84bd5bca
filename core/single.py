"""Work on one picture of a study: done at once, kept as an artifact beside the study's own."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from core.stages import Record
from core.store import looks
from core.store.artifacts import Artifact
from core.store.writing import ArtifactWriter
from core.study import Study

if TYPE_CHECKING:
    from core.running import Progress


@dataclass(frozen=True)
class SinglePicture(ABC):
    """It leaves an artifact behind. Its length is 1, or 0 where that is there already; iterate to do it."""

    study: Study
    """Asked as the work wants it."""
    picture: pd.DataFrame
    """One row like those of `Study.pictures`."""

    def __len__(self) -> int:
        return int(self.artifact is None)

    def __iter__(self) -> Iterator[Progress]:
        from core.running import Progress, now, provenance

        if self.artifact is not None:
            return
        started, writer = now(), ArtifactWriter(self._folder)
        writer.write_shard(0, self._records())
        writer.finish({"study": self.study.name, "picture": self.id, **provenance(started)})
        looks.forget_oldest(self.study.layout, self.study.name)
        yield Progress(self.id)

    @property
    def id(self) -> str:
        """The picture's."""
        return str(self.picture.index[0])

    @property
    def told(self) -> list[str]:
        """What the dataset says of the picture that its denoiser is told: somebody may correct it."""
        row = self.picture.iloc[0]
        return [str(row.get(column)) for column in self.study.spec.told]

    @property
    def artifact(self) -> Artifact | None:
        """What was found, once it is done."""
        return Artifact(self._folder) if self._folder.is_dir() else None

    @property
    @abstractmethod
    def _folder(self) -> Path:
        """Where the artifact lies: named by all that changes it."""

    @abstractmethod
    def _records(self) -> Iterator[Record]:
        """The work itself."""
