"""Work folders on disk: one for each worker, held by a lock, with one inside for each job.

The lock dies with its process, so what a killed worker left is told from what a live one uses.
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

LOCK = "lock"


@contextmanager
def open_workshop(root: Path) -> Generator[Path]:
    """Make this worker's folder and remove those of dead workers; remove ours at the end."""
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Held while looking round, so that nobody finds a folder whose lock is not yet taken.
    with (root / LOCK).open("w") as gate:
        fcntl.flock(gate, fcntl.LOCK_EX)
        _remove_left(root)
        folder = Path(tempfile.mkdtemp(prefix=f"worker-{os.getpid()}-", dir=root))
        held = (folder / LOCK).open("w")
        fcntl.flock(held, fcntl.LOCK_EX)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        held.close()


@contextmanager
def job_folder(workshop: Path, name: str) -> Generator[Path]:
    with tempfile.TemporaryDirectory(prefix=f"{name}-", dir=workshop) as folder:
        yield Path(folder)


def _remove_left(root: Path) -> None:
    for folder in root.glob("worker-*"):
        # It may be gone already: its own worker removes it at the end without the gate.
        with suppress(FileNotFoundError), (folder / LOCK).open("a") as lock:
            if _is_free(lock):
                shutil.rmtree(folder, ignore_errors=True)


def _is_free(lock: IO[str]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
