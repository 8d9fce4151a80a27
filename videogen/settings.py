"""What an operator sets for the worker. Every name is explained in `.env.example`."""

import os
import tempfile
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field
from pydantic_settings import BaseSettings

WORKERS_MAX = 16


def _default_work_dir() -> Path:
    return Path(tempfile.gettempdir()) / f"neurocards-videogen-{os.getuid()}"


class VideogenSettings(BaseSettings):
    videogen_provider: Literal["local", "kie"] = "local"
    videogen_workers: Annotated[int, Field(ge=1, le=WORKERS_MAX)] = 1
    """Videos rendered at the same time by one process; each keeps about two cores busy."""
    videogen_work_dir: Path = Field(default_factory=_default_work_dir)
    videogen_drain_s: Annotated[float, Field(ge=0, le=600)] = 20.0
    """How long a worker that is told to stop may go on with what cannot be left half-done."""
    videogen_breaker_rest_s: Annotated[float, Field(gt=0, le=600)] = 60.0
    """How long nothing is sold after the provider failed, before a few orders try it out."""
