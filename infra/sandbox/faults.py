"""Switches for faults: files in a folder, so that a test, a page or a person can set them."""

import os
import re
from pathlib import Path

from pydantic_settings import BaseSettings

NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
CONTENT_LENGTH_MAX = 4_000


class FaultSettings(BaseSettings):
    sandbox_faults_dir: Path | None = None
    """Without it no fault can be armed."""


class Faults:
    """A fault is armed while its file is there; what is written in it is up to the fault."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    @classmethod
    def from_settings(cls) -> "Faults":
        return cls(FaultSettings().sandbox_faults_dir)

    def armed(self, name: str) -> str | None:
        """Return the content of an armed fault, which may be empty, or None."""
        file = self._file(name)
        if file is None:
            return None
        try:
            return file.read_text(encoding="utf-8")
        except FileNotFoundError:
            return None

    def arm(self, name: str, content: str = "") -> None:
        """Set a fault. Raises `LookupError` when there is no folder for it."""
        file = self._file(name)
        if file is None:
            raise LookupError("SANDBOX_FAULTS_DIR is not set")
        if len(content) > CONTENT_LENGTH_MAX:
            raise ValueError(f"over {CONTENT_LENGTH_MAX} characters")
        file.parent.mkdir(parents=True, exist_ok=True)
        # Whole or not at all: whoever watches must not read half of it.
        fresh = file.with_name(f".{name}.{os.getpid()}")
        fresh.write_text(content, encoding="utf-8")
        fresh.replace(file)

    def disarm(self, name: str) -> None:
        file = self._file(name)
        if file is not None:
            file.unlink(missing_ok=True)

    def take(self, name: str) -> str | None:
        """Disarm a fault and return its content; of several takers only one gets it."""
        file = self._file(name)
        if file is None:
            return None
        taken = file.with_name(f".{name}.{os.getpid()}.taken")
        try:
            file.rename(taken)
        except FileNotFoundError:
            return None
        content = taken.read_text(encoding="utf-8")
        taken.unlink()
        return content

    def _file(self, name: str) -> Path | None:
        if not NAME.fullmatch(name):
            raise ValueError("a fault's name is lower-case letters, digits and '-'")
        return None if self._folder is None else self._folder / name
