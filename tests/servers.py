"""Real servers for tests: one PostgreSQL per run with a database per test, and NATS servers."""

import asyncio
import itertools
import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Coroutine, Generator, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

import asyncpg

from contracts.bus import BusSettings
from contracts.topology import Service
from infra.local import nats, postgres
from infra.local.composition import module
from infra.local.credentials import (
    OWNER,
    Credentials,
    DatabaseUrls,
    database_urls,
    with_database,
)
from infra.local.environment import environment
from infra.local.identity import find_identity
from infra.local.ports import free_port
from infra.local.probes import http_answers, postgres_answers
from infra.local.roles import ensure_database, open_database

TEMPLATE = "template_neurocards"
START_LIMIT_S = 30.0
STOP_LIMIT_S = 10.0
POLL_S = 0.01
SETTINGS = {"max_connections": "100", "max_wal_size": "128MB"}
# With everything as durable as in production, a disk in memory makes tests fast again.
MEMORY_DISK = Path("/dev/shm")  # noqa: S108 - a private folder is made in it
MEMORY_DISK_FREE_MIN = 4 * 1024**3

Result = TypeVar("Result")


def apart(work: Coroutine[Any, Any, Result]) -> Result:
    """Run a coroutine in a thread of its own, because the test's own loop may not be disturbed."""
    results: list[Result] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            results.append(asyncio.run(work))
        except BaseException as error:  # noqa: BLE001 - raised again where it was asked for
            errors.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if errors:
        raise errors[0]
    return results[0]


class Databases:
    """A running PostgreSQL whose template holds the migrated schema."""

    def __init__(self, cluster: postgres.Cluster) -> None:
        self.cluster = cluster
        self.credentials = Credentials("only for tests")
        self._numbers = itertools.count(1)

    def make_template(self) -> None:
        url = self.cluster.url(TEMPLATE)
        apart(ensure_database(url, TEMPLATE, self.credentials))
        told = {"DATABASE_URL": database_urls(url, self.credentials).owner}
        done = subprocess.run(
            module("ledger", "migrate"),
            env=environment("migrate", os.environ, told),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr

    @contextmanager
    def one(self, template: str = TEMPLATE) -> Iterator[DatabaseUrls]:
        name = f"test_{next(self._numbers)}"
        apart(self._create(name, template))
        try:
            yield self.urls_of(name)
        finally:
            apart(self._as_superuser(f'DROP DATABASE "{name}" WITH (FORCE)'))

    def urls_of(self, name: str) -> DatabaseUrls:
        return database_urls(self.cluster.url(name), self.credentials)

    async def _create(self, name: str, template: str) -> None:
        await self._as_superuser(f'CREATE DATABASE "{name}" OWNER {OWNER} TEMPLATE {template}')
        connection = await asyncpg.connect(self.cluster.url("postgres"))
        try:
            await open_database(connection, name)
        finally:
            await connection.close()

    async def _as_superuser(self, statement: str) -> None:
        connection = await asyncpg.connect(with_database(self.cluster.url("x"), "postgres"))
        try:
            await connection.execute(statement)
        finally:
            await connection.close()


@contextmanager
def running_postgres(folder: Path, settings: Mapping[str, str] = SETTINGS) -> Generator[Databases]:
    """Run PostgreSQL in memory where there is room for it, else in `folder`."""
    if not _has_room_in_memory():
        with _running_postgres(folder, settings) as databases:
            yield databases
        return
    with TemporaryDirectory(prefix="neurocards-", dir=MEMORY_DISK) as memory:
        Path(memory).chmod(0o711)
        with _running_postgres(Path(memory), settings) as databases:
            yield databases


def _has_room_in_memory() -> bool:
    try:
        return shutil.disk_usage(MEMORY_DISK).free >= MEMORY_DISK_FREE_MIN
    except OSError:
        return False


@contextmanager
def _running_postgres(folder: Path, settings: Mapping[str, str]) -> Generator[Databases]:
    binaries = postgres.find_binaries(os.environ)
    cluster = postgres.Cluster(
        binaries=binaries,
        folder=folder / "postgres",
        port=free_port(),
        password="superuser-of-tests",
        identity=find_identity(binaries / "postgres", folder),
        settings=dict(settings),
    )
    postgres.prepare(cluster)
    process = Process(
        cluster.command,
        folder / "postgres.log",
        environment=postgres.environment(),
        user=cluster.identity.user,
    )
    try:
        process.start(lambda: apart(postgres_answers(cluster.url("postgres"))))
        databases = Databases(cluster)
        databases.make_template()
        yield databases
    finally:
        process.stop(postgres.STOP_SIGNAL)


class NatsServer:
    """A nats-server of a test's own, with the permissions of production."""

    def __init__(self, folder: Path) -> None:
        binary = nats.find_server(os.environ)
        self.server = nats.Server(binary, folder / "nats", free_port(), free_port())
        nats.prepare(self.server)
        self._process = Process(self.server.command, folder / "nats.log")

    @property
    def url(self) -> str:
        return self.server.url

    @property
    def seeds(self) -> dict[Service, Path]:
        return {service: nats.seed_file(self.server.seeds, service) for service in Service}

    def settings(self, service: Service) -> BusSettings:
        return BusSettings(nats_url=self.url, nats_seed_file=self.seeds[service])

    def start(self) -> None:
        port = self.server.monitor_port
        self._process.start(lambda: apart(http_answers(port, "/healthz")))

    def kill(self) -> None:
        """End it as a crash would; `start` brings it back with what it had stored."""
        self._process.stop(signal.SIGKILL)

    def stop(self) -> None:
        self._process.stop(signal.SIGTERM)


class Process:
    """A server in the foreground, its log in a file."""

    def __init__(
        self,
        command: tuple[str, ...],
        log_file: Path,
        *,
        environment: dict[str, str] | None = None,
        user: int | None = None,
    ) -> None:
        self._command = command
        self._log_file = log_file
        self._environment = environment or {}
        self._user = user
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, is_ready: Callable[[], bool]) -> None:
        with self._log_file.open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                user=self._user,
                start_new_session=True,
            )
        deadline = time.monotonic() + START_LIMIT_S
        while not is_ready():
            trouble = self._process.poll() is not None or time.monotonic() > deadline
            assert not trouble, self._log_file.read_text(errors="replace")
            time.sleep(POLL_S)

    def stop(self, number: signal.Signals) -> None:
        if self._process is None:
            return
        self._process.send_signal(number)
        try:
            self._process.wait(STOP_LIMIT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            raise
        finally:
            self._process = None
