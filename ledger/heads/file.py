"""The heads file: append-only, one JSON line per head, with one writer and any readers.

A line counts once its newline is there: what follows the last newline is what a crash left of
an unfinished write.
"""

import fcntl
import os
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from contracts.service import OperatorNeededError
from ledger.heads import Head

LINE_BYTES_MAX = 1024
LINE_START = b'{"log_id":'
FILE_MODE = 0o644  # heads are no secret: who checks the log reads them

_DECODER = msgspec.json.Decoder(Head)


class HeadsError(OperatorNeededError):
    """The heads file cannot be read or written as one; names it and says why."""


def newest_head(path: Path) -> Head | None:
    """Return the last head, at the same cost however long the file is; None if there is none."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - 2 * LINE_BYTES_MAX))
            tail = file.read()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise HeadsError(f"{path} cannot be read: {error.strerror}") from error
    whole, newline, _ = tail.rpartition(b"\n")
    if not newline:
        if len(tail) > LINE_BYTES_MAX:
            raise HeadsError(f"{path} does not end in a line of a signed head")
        return None
    return _head(whole.rpartition(b"\n")[2], path)


def read_heads(path: Path) -> Iterator[Head]:
    """Yield every head, the oldest first. Raises `HeadsError`."""
    try:
        with path.open("rb") as file:
            while (line := file.readline(LINE_BYTES_MAX)).endswith(b"\n"):
                yield _head(line, path)
            if len(line) == LINE_BYTES_MAX:
                raise HeadsError(f"{path} holds a line that is too long for a signed head")
    except OSError as error:
        raise HeadsError(f"{path} cannot be read: {error.strerror}") from error


class HeadsFile:
    """The file in the hands of its only writer."""

    def __init__(self, path: Path, descriptor: int, newest: Head | None) -> None:
        self.path = path
        self.newest = newest
        self._descriptor = descriptor

    def append(self, head: Head) -> None:
        """Return once the head is on the disk."""
        line = memoryview(msgspec.json.encode(head) + b"\n")
        try:
            while line:
                line = line[os.write(self._descriptor, line) :]
            os.fsync(self._descriptor)
        except OSError as error:
            raise HeadsError(f"{self.path} cannot be written: {error.strerror}") from error
        self.newest = head


@contextmanager
def open_heads(path: Path) -> Generator[HeadsFile]:
    """Hold the file for appending, without what a crash left of a line. Raises `HeadsError`."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, FILE_MODE)
    except OSError as error:
        raise HeadsError(f"{path} cannot be opened: {error.strerror}") from error
    try:
        try:
            # The kernel lets go when the holder dies, however it dies.
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise HeadsError(f"another signer writes {path}") from error
        newest = newest_head(path)
        _cut_unfinished(descriptor, path)
        sync_folder(path.parent)
        yield HeadsFile(path, descriptor, newest)
    finally:
        os.close(descriptor)


def _head(line: bytes, path: Path) -> Head:
    try:
        return _DECODER.decode(line)
    except msgspec.DecodeError as error:
        raise HeadsError(f"{path} holds a line that is not a signed head: {error}") from error


def _cut_unfinished(descriptor: int, path: Path) -> None:
    size = os.fstat(descriptor).st_size
    start = max(0, size - LINE_BYTES_MAX)
    rest = os.pread(descriptor, size - start, start).rpartition(b"\n")[2]
    # Some file systems leave zeros where the power failed. Anything else is not ours to cut.
    written = rest.rstrip(b"\0")
    if not (written.startswith(LINE_START) or LINE_START.startswith(written)):
        raise HeadsError(f"{path} does not end in a line of a signed head")
    os.ftruncate(descriptor, size - len(rest))
    os.fsync(descriptor)


def sync_folder(folder: Path) -> None:
    """A new file is there after a crash only if its folder was written too."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
