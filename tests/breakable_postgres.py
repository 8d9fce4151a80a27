"""A PostgreSQL of a test's own, to kill, to stop for a while, and to run out of disk."""

import errno
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from infra.local import postgres
from infra.local.credentials import DatabaseUrls
from infra.local.identity import find_identity
from infra.local.ports import free_port
from infra.local.probes import postgres_answers
from tests.servers import Databases, Process, apart

SETTINGS = {"max_connections": "50", "max_wal_size": "48MB", "min_wal_size": "32MB"}
DYING_S = 10.0
BALLAST_STEPS = (1024 * 1024, 8 * 1024)


class BreakablePostgres:
    """`urls` lead to a migrated database while it runs."""

    urls: DatabaseUrls

    def __init__(self, folder: Path) -> None:
        binaries = postgres.find_binaries(os.environ)
        self._cluster = postgres.Cluster(
            binaries=binaries,
            folder=folder / "postgres",
            port=free_port(),
            password="superuser-of-tests",
            identity=find_identity(binaries / "postgres", folder),
            settings=SETTINGS,
        )
        self._log_file = folder / "postgres.log"
        self._process = Process(
            self._cluster.command,
            self._log_file,
            environment=postgres.environment(),
            user=self._cluster.identity.user,
        )

    @contextmanager
    def running(self) -> Iterator[None]:
        postgres.prepare(self._cluster)
        self.start()
        try:
            databases = Databases(self._cluster)
            databases.make_template()
            with databases.one() as self.urls:
                yield
        finally:
            self._process.stop(postgres.STOP_SIGNAL)

    def start(self) -> None:
        url = self._cluster.url("postgres")
        self._process.start(lambda: apart(postgres_answers(url)))

    def kill(self) -> None:
        """End the postmaster and every backend as a power cut would, as far as they can tell."""
        family = self._family()
        for process in family:
            _send(process, signal.SIGKILL)
        self._process.stop(signal.SIGKILL)
        psutil.wait_procs(family, DYING_S)

    def freeze(self) -> None:
        """Connections stay open, new ones are not answered, and nothing happens."""
        for process in self._family():
            _send(process, signal.SIGSTOP)

    def thaw(self) -> None:
        for process in self._family():
            _send(process, signal.SIGCONT)

    def is_dead(self) -> bool:
        return not self._pid_file().exists() or not self._family()

    def bury(self) -> None:
        """Forget a process that ended by itself, so that `start` may start it again."""
        self._process.stop(signal.SIGKILL)

    def _family(self) -> list[psutil.Process]:
        """The postmaster first: it would replace a backend that is killed before it."""
        try:
            postmaster = psutil.Process(int(self._pid_file().read_text().split("\n", 1)[0]))
            return [postmaster, *postmaster.children(recursive=True)]
        except (FileNotFoundError, psutil.NoSuchProcess):
            return []

    def _pid_file(self) -> Path:
        return self._cluster.data / "postmaster.pid"


@contextmanager
def small_disk(folder: Path, size_mb: int) -> Iterator[Path]:
    """Mount a disk in memory at `folder`. Raises `OSError` where that is not allowed."""
    folder.mkdir()
    options = f"size={size_mb}m,mode=755"
    mount, umount = shutil.which("mount"), shutil.which("umount")
    if mount is None or umount is None:
        raise OSError("there is no mount command")
    command = [mount, "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise OSError(done.stderr.strip() or "mount failed")
    try:
        yield folder
    finally:
        subprocess.run([umount, "--lazy", str(folder)], check=True)


def fill(disk: Path) -> Path:
    """Leave no byte free on the disk; return the file to remove."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        for step in BALLAST_STEPS:
            try:
                while True:
                    file.write(bytes(step))
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise
    return ballast


def _send(process: psutil.Process, number: signal.Signals) -> None:
    with suppress(psutil.NoSuchProcess):
        process.send_signal(number)
