"""Where a stack keeps its things, and the lock that lets one supervisor use them."""

import fcntl
import os
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from infra.local.errors import StackError
from infra.local.private import FILE_MODE, make_private_folder

ROOT = Path(__file__).resolve().parents[2]
STACKS = ROOT / ".local"
DEMO = STACKS / "demo"


class StackBusyError(StackError):
    """Another supervisor holds this stack."""


@dataclass(frozen=True)
class Layout:
    directory: Path

    @property
    def state_file(self) -> Path:
        return self.directory / "stack.json"

    @property
    def log_file(self) -> Path:
        return self.directory / "log.txt"

    @property
    def key_file(self) -> Path:
        return self.directory / "key"

    @property
    def ports_file(self) -> Path:
        return self.directory / "ports.json"

    @property
    def postgres(self) -> Path:
        return self.directory / "postgres"

    @property
    def nats(self) -> Path:
        return self.directory / "nats"

    @property
    def seeds(self) -> Path:
        return self.nats / "seeds"

    @property
    def signer(self) -> Path:
        """The signer's key and its heads: outside the database, whose past they witness."""
        return self.directory / "signer"

    @property
    def signing_key_file(self) -> Path:
        return self.signer / "key"

    @property
    def heads_file(self) -> Path:
        return self.signer / "heads.jsonl"

    @property
    def sandbox(self) -> Path:
        return self.directory / "sandbox"

    @property
    def faults(self) -> Path:
        return self.directory / "faults"

    def make(self) -> None:
        try:
            for folder in (self.directory, self.signer, self.sandbox, self.faults):
                make_private_folder(folder)
        except OSError as error:
            raise StackError(f"cannot make {error.filename}: {error.strerror}") from error

    @contextmanager
    def locked(self) -> Generator[None]:
        """Hold the stack. The kernel lets go when the holder dies, however it dies."""
        try:
            lock = os.open(self.directory / "lock", os.O_RDWR | os.O_CREAT, FILE_MODE)
        except OSError as error:
            raise StackError(f"cannot open {error.filename}: {error.strerror}") from error
        try:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise StackBusyError(f"a stack is running in {self.directory}") from error
            yield
        finally:
            os.close(lock)


def layout_at(directory: str | Path) -> Layout:
    return Layout(Path(directory).resolve())
