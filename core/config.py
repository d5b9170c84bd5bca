"""Where and how fast, never what: settings of this machine, read from `TYPISCOPE_*` variables."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path
from typing import Literal, Self

from pydantic import model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from core.errors import UserError

_PREFIX = "TYPISCOPE_"


class Settings(BaseSettings):
    """Deployment settings. None of them is part of a digest, since none changes a result.

    Each can be set in the environment (`TYPISCOPE_DEVICE=cuda`) or in a `.env` file.
    """

    model_config = SettingsConfigDict(env_prefix=_PREFIX, env_file=".env", extra="ignore")

    cache: Path = Path(__file__).parent.parent / "cache"
    """The folder all results are written to."""
    device: Literal["auto", "cpu", "cuda", "mps"] = "auto"
    """Where the denoiser runs; auto takes a GPU when there is one."""
    dtype: Literal["auto", "float32", "bfloat16", "float16"] = "auto"
    """The number format of the denoiser's arithmetic; auto takes the fastest this machine has."""
    batch: int = 0
    """UNet passes per batch; 0 takes what fills the machine. Halved when memory runs out."""
    threads: int = 1
    """CPU threads of one worker. Sums are split among threads, so only an equal number gives equal bytes:
    to use more cores take more workers, which share the work instead. 0 takes all cores."""
    download: bool = True
    """Whether a model that is not on this machine may be fetched from the Hugging Face hub."""
    read_only: bool = False
    """Whether everything that writes or computes is refused: for showing results to others."""
    sign_in: bool = False
    """Whether the app refuses the same to visitors who have not signed in. `[auth]` in Streamlit's
    `secrets.toml` says with whom."""

    @model_validator(mode="after")
    def _nobody_signs_in_where_nothing_can_be_done(self) -> Self:
        self.sign_in = self.sign_in and not self.read_only
        return self

    def refuse_if_read_only(self, doing: str) -> None:
        """Called by whatever writes or computes, with its name: "Starting a job".

        Raises:
            UserError: this Typiscope only shows.
        """
        if self.read_only:
            how = "sign in" if self.sign_in else "start it without TYPISCOPE_READ_ONLY"
            raise UserError(
                f"{doing} is switched off here: this Typiscope only shows what there is "
                f"({how} to change that)."
            )


def known() -> Settings:
    """The settings, worked out anew only where the environment is another: every click of a page asks.

    A change of `.env` is seen when the program is started again.
    """
    return _of(tuple(os.environ.get(name) for name in _NAMES))


_NAMES = tuple(f"{_PREFIX}{field.upper()}" for field in Settings.model_fields)


@lru_cache(maxsize=1)
def _of(environment: tuple[str | None, ...]) -> Settings:
    """What the environment, which names them, makes of the settings."""
    return Settings()
