"""PostgreSQL and NATS of the bench's own, as durable as in production, on a real disk."""

import itertools
import os
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from infra.local import postgres
from infra.local.credentials import OWNER, DatabaseUrls, database_urls
from infra.local.identity import find_identity
from infra.local.ports import free_port
from infra.local.probes import postgres_answers
from infra.local.roles import open_database
from tests.servers import TEMPLATE, Databases, NatsServer, Process, apart

DURABLE = {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "shared_buffers": "1GB",
    "max_wal_size": "8GB",
    # No checkpoint comes in the middle of one side and not of the other.
    "checkpoint_timeout": "30min",
    "max_connections": "100",
}


@dataclass(frozen=True)
class Place:
    """Where every side of one run works."""

    folder: Path
    cluster: postgres.Cluster
    databases: Databases
    _numbers: "itertools.count[int]"

    def ledger_database(self) -> DatabaseUrls:
        """Make a migrated database. None is dropped before the end: that would checkpoint."""
        name = f"ledger_{next(self._numbers)}"
        apart(self._create(name, f'CREATE DATABASE "{name}" OWNER {OWNER} TEMPLATE {TEMPLATE}'))
        return database_urls(self.cluster.url(name), self.databases.credentials)

    def empty_database(self) -> str:
        name = f"other_{next(self._numbers)}"
        apart(self._create(name, f'CREATE DATABASE "{name}"'))
        return self.cluster.url(name)

    def nats(self) -> NatsServer:
        """Return a server that is not yet started, without streams."""
        folder = self.folder / f"nats_{next(self._numbers)}"
        folder.mkdir()
        return NatsServer(folder)

    async def _create(self, name: str, statement: str) -> None:
        connection = await asyncpg.connect(self.cluster.url("postgres"))
        try:
            await connection.execute(statement)
            await open_database(connection, name)
        finally:
            await connection.close()


def execute(url: str, statement: str) -> None:
    apart(_execute(url, statement))


async def _execute(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


@contextmanager
def running_servers(disk: Path) -> Iterator[Place]:
    """Run PostgreSQL in a new folder on `disk`, and remove both at the end."""
    with tempfile.TemporaryDirectory(prefix="neurocards-bench-", dir=disk) as name:
        folder = Path(name)
        folder.chmod(0o711)
        cluster = _cluster(folder)
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
            yield Place(folder, cluster, databases, itertools.count(1))
        finally:
            process.stop(signal.SIGQUIT)  # at once: nobody needs the data any more


def _cluster(folder: Path) -> postgres.Cluster:
    binaries = postgres.find_binaries(os.environ)
    return postgres.Cluster(
        binaries=binaries,
        folder=folder / "postgres",
        port=free_port(),
        password="superuser-of-bench",
        identity=find_identity(binaries / "postgres", folder),
        settings=DURABLE,
    )
