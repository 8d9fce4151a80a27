"""The signer beside a real log: it signs what extends its last head, and nothing else."""

import asyncio
import json
import os
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import asyncpg
import pytest

from contracts.service import EXIT_CONTRADICTED, OperatorNeededError
from infra.local.composition import module
from infra.local.credentials import DatabaseUrls
from infra.local.environment import system_only
from ledger.heads import Head, is_signed_by
from ledger.heads.file import HeadsError, newest_head, read_heads
from ledger.heads.key import make_key
from ledger.signer import serve_signer
from tests.chained_rows import RECHAIN, append_rows, tamper
from tests.eventually import eventually

Signer = Callable[[], AbstractAsyncContextManager[None]]


@pytest.fixture
def heads_file(tmp_path: Path) -> Path:
    return tmp_path / "heads.jsonl"


@pytest.fixture
def signer_environment(
    database: DatabaseUrls, tmp_path: Path, heads_file: Path, monkeypatch: pytest.MonkeyPatch
) -> dict[str, str]:
    key_file = tmp_path / "key"
    environment = {
        "DATABASE_URL": database.reader,
        "LEDGER_HEADS_FILE": str(heads_file),
        "LEDGER_HEADS_KEY": make_key(key_file),
        "SIGNER_KEY_FILE": str(key_file),
        "SIGNER_INTERVAL_S": "0.05",
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return environment


@pytest.fixture
def running_signer(signer_environment: dict[str, str]) -> Signer:
    """Return a block with a signer beside it, whose refusal ends the block."""

    @asynccontextmanager
    async def running() -> AsyncIterator[None]:
        stop = asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(serve_signer(stop))
            try:
                yield
            finally:
                stop.set()

    return running


async def signed_up_to(file: Path, position: int) -> Head:
    def newest() -> Head | None:
        head = newest_head(file)
        return head if head and head.position == position else None

    return await eventually(newest)


async def hash_at(database: DatabaseUrls, position: int) -> str:
    connection = await asyncpg.connect(database.reader)
    try:
        return await connection.fetchval(
            "SELECT encode(hash, 'hex') FROM ledger.events WHERE notification_id = $1", position
        )
    finally:
        await connection.close()


async def refused(running_signer: Signer) -> str:
    """Run the signer until it refuses, and return why."""
    with pytest.raises(ExceptionGroup) as ended:
        async with asyncio.timeout(10), running_signer():
            await asyncio.Event().wait()
    error: BaseException = ended.value
    while isinstance(error, ExceptionGroup):
        [error] = error.exceptions
    assert isinstance(error, OperatorNeededError)
    return str(error)


async def test_a_new_head_of_the_log_is_signed(
    database: DatabaseUrls, running_signer: Signer, heads_file: Path, signer_environment
):
    async with running_signer():
        await append_rows(database.owner, 3)
        await signed_up_to(heads_file, 3)
        await append_rows(database.owner, 2)
        head = await signed_up_to(heads_file, 5)
    assert head.hash == await hash_at(database, 5)
    assert is_signed_by(head, signer_environment["LEDGER_HEADS_KEY"])


async def test_what_was_appended_before_the_stop_is_signed(
    database: DatabaseUrls, running_signer: Signer, heads_file: Path, monkeypatch
):
    monkeypatch.setenv("SIGNER_INTERVAL_S", "3600")
    async with running_signer():
        await append_rows(database.owner, 1)
        await signed_up_to(heads_file, 1)
        await append_rows(database.owner, 1)
    assert [head.position for head in read_heads(heads_file)] == [1, 2]


async def test_a_long_log_is_signed_in_batches(
    database: DatabaseUrls, running_signer: Signer, heads_file: Path, monkeypatch
):
    monkeypatch.setattr("ledger.signer.BATCH_MAX", 10)
    await append_rows(database.owner, 25)
    async with running_signer():
        await signed_up_to(heads_file, 25)
    assert [head.position for head in read_heads(heads_file)] == [10, 20, 25]


async def test_the_signer_goes_on_after_a_restart_and_a_torn_line(
    database: DatabaseUrls, running_signer: Signer, heads_file: Path
):
    await append_rows(database.owner, 2)
    async with running_signer():
        await signed_up_to(heads_file, 2)
    with heads_file.open("ab") as file:
        file.write(heads_file.read_bytes()[:100])
    await append_rows(database.owner, 2)
    async with running_signer():
        await signed_up_to(heads_file, 4)
    assert [head.position for head in read_heads(heads_file)] == [2, 4]


async def test_the_signer_survives_the_loss_of_its_connection(
    database: DatabaseUrls, running_signer: Signer, heads_file: Path
):
    async with running_signer():
        await append_rows(database.owner, 1)
        await signed_up_to(heads_file, 1)
        await tamper(
            database.superuser,
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND usename = 'ledger_reader'",
        )
        await append_rows(database.owner, 1)
        await signed_up_to(heads_file, 2)


CHANGE = "UPDATE ledger.events SET amount = 7 WHERE notification_id = {}"
CUT = "DELETE FROM ledger.events WHERE notification_id > 2"


@pytest.mark.parametrize(
    ("after_signing", "why"),
    [
        ([CUT], "position 3 was signed, and the log ends at 2"),
        ([CHANGE.format(2), RECHAIN], "position 3 no longer has the hash"),
        (["TRUNCATE ledger.events CASCADE"], "the log ends at 0"),
        (["UPDATE ledger.identity SET log_id = gen_random_uuid()"], "and this is log"),
        (
            ["UPDATE ledger.events SET notification_id = 9 WHERE notification_id = 3"],
            "position 3 no longer has the hash",
        ),
    ],
)
async def test_a_log_that_contradicts_the_last_head_is_not_signed(
    database: DatabaseUrls,
    running_signer: Signer,
    heads_file: Path,
    after_signing: list[str],
    why: str,
):
    await append_rows(database.owner, 3)
    async with running_signer():
        await signed_up_to(heads_file, 3)
    await tamper(database.superuser, *after_signing)
    before = heads_file.read_bytes()
    assert why in await refused(running_signer)
    assert heads_file.read_bytes() == before


@pytest.mark.parametrize(
    ("before_signing", "why"),
    [
        (CHANGE.format(4), "the hash of position 4 does not follow"),
        ("UPDATE ledger.events SET state = '{} ' WHERE notification_id = 5", "position 5"),
        ("DELETE FROM ledger.events WHERE notification_id = 4", "3 is followed by 5"),
    ],
)
async def test_a_row_that_was_changed_before_it_was_signed_is_named(
    database: DatabaseUrls,
    running_signer: Signer,
    heads_file: Path,
    before_signing: str,
    why: str,
):
    await append_rows(database.owner, 3)
    async with running_signer():
        await signed_up_to(heads_file, 3)
    await append_rows(database.owner, 3)
    await tamper(database.superuser, before_signing)
    assert why in await refused(running_signer)
    assert newest_head(heads_file).position == 3


async def test_a_forged_tail_is_not_signed_however_long_it_is(
    database: DatabaseUrls, running_signer: Signer, heads_file: Path
):
    await append_rows(database.owner, 3)
    async with running_signer():
        await signed_up_to(heads_file, 3)
    await tamper(database.superuser, CUT)
    await append_rows(database.owner, 5, credits_each=100)
    assert "position 3 no longer has the hash" in await refused(running_signer)
    assert newest_head(heads_file).position == 3


async def test_a_new_key_does_not_go_on_with_the_heads_of_another(
    database: DatabaseUrls, running_signer: Signer, heads_file: Path, tmp_path: Path, monkeypatch
):
    await append_rows(database.owner, 1)
    async with running_signer():
        await signed_up_to(heads_file, 1)
    make_key(tmp_path / "new-key")
    monkeypatch.setenv("SIGNER_KEY_FILE", str(tmp_path / "new-key"))
    assert "not signed by this signer's key" in await refused(running_signer)


async def test_two_signers_do_not_share_a_file(running_signer: Signer, heads_file: Path):
    async with running_signer():
        await eventually(heads_file.exists)
        with pytest.raises(HeadsError, match="another signer"):
            await serve_signer(asyncio.Event())


async def test_the_process_says_in_one_line_why_it_ends_and_shows_no_secret(
    database: DatabaseUrls, signer_environment: dict[str, str], heads_file: Path
):
    own = {**system_only(os.environ), **signer_environment, "LOG_JSON": "1"}
    await append_rows(database.owner, 3)
    process = await asyncio.create_subprocess_exec(*module("ledger", "sign"), env=own, stderr=PIPE)
    await signed_up_to(heads_file, 3)
    process.terminate()
    _, said_at_first = await process.communicate()
    assert process.returncode == 0, said_at_first
    await tamper(database.superuser, CUT)
    again = await asyncio.create_subprocess_exec(*module("ledger", "sign"), env=own, stderr=PIPE)
    _, told = await asyncio.wait_for(again.communicate(), 20)
    assert again.returncode == EXIT_CONTRADICTED
    [line] = told.decode().splitlines()
    said = json.loads(line)
    assert said["level"] == "critical"
    assert "position 3 was signed, and the log ends at 2" in said["reason"]
    secret = Path(signer_environment["SIGNER_KEY_FILE"]).read_text().strip()
    password = database.reader.partition("@")[0].rpartition(":")[2]
    assert not [word for word in (secret, password) if word in line + said_at_first.decode()]


async def heads_command(environment: dict[str, str], *arguments: str) -> tuple[int, str, str]:
    process = await asyncio.create_subprocess_exec(
        *module("ledger", "heads", *arguments),
        env={**system_only(os.environ), **environment},
        stdout=PIPE,
        stderr=PIPE,
    )
    out, err = await asyncio.wait_for(process.communicate(), 20)
    return process.returncode or 0, out.decode(), err.decode()


async def test_the_console_shows_the_heads_and_believes_no_other(
    database: DatabaseUrls,
    running_signer: Signer,
    heads_file: Path,
    signer_environment: dict[str, str],
):
    code, out, err = await heads_command(signer_environment)
    assert (code, out) == (1, "")
    assert err == f"ledger: {heads_file} cannot be read: No such file or directory\n"
    heads_file.touch()
    assert await heads_command(signer_environment, "--json") == (0, "[]\n", "")
    for position in (2, 4):
        await append_rows(database.owner, 2)
        async with running_signer():
            await signed_up_to(heads_file, position)
    code, out, _ = await heads_command(signer_environment)
    assert (code, [int(line.split()[0]) for line in out.splitlines()]) == (0, [2, 4])
    assert (await hash_at(database, 4)) in out
    code, out, _ = await heads_command(signer_environment, "--json")
    assert (code, [one["position"] for one in json.loads(out)]) == (0, [2, 4])
    stranger = {**signer_environment, "LEDGER_HEADS_KEY": "0" * 64}
    code, out, err = await heads_command(stranger)
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert "position 2 is not signed by" in err
