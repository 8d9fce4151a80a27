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
