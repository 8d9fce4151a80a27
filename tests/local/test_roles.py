"""Who may reach the database, on a real PostgreSQL that the launcher made."""

import asyncpg
import pytest

from infra.local.credentials import DatabaseUrls, with_user
from infra.local.postgres import SETTINGS


@pytest.fixture
async def service(database: DatabaseUrls):
    connection = await asyncpg.connect(database.service)
    yield connection
    await connection.close()


@pytest.mark.parametrize("role", ["superuser", "owner", "service", "reader"])
async def test_each_role_gets_in_with_its_password(database: DatabaseUrls, role: str):
    connection = await asyncpg.connect(getattr(database, role))
    assert await connection.fetchval("SELECT 1") == 1
    await connection.close()


@pytest.mark.parametrize("user", ["postgres", "ledger_owner", "ledger_service", "ledger_reader"])
@pytest.mark.parametrize("password", ["", "wrong"])
async def test_nobody_gets_in_without_the_password(
    database: DatabaseUrls, user: str, password: str
):
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(with_user(database.service, user, password))


async def test_a_stranger_may_not_even_connect(database: DatabaseUrls):
    superuser = await asyncpg.connect(database.superuser)
    try:
        await superuser.execute("CREATE ROLE stranger LOGIN PASSWORD 'known'")
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="CONNECT"):
            await asyncpg.connect(with_user(database.service, "stranger", "known"))
    finally:
        await superuser.execute("DROP ROLE stranger")
        await superuser.close()


async def test_passwords_are_kept_as_scram(database: DatabaseUrls):
    superuser = await asyncpg.connect(database.superuser)
    kept = await superuser.fetch("SELECT rolpassword FROM pg_authid WHERE rolcanlogin")
    await superuser.close()
    assert len(kept) >= 4
    assert all(row["rolpassword"].startswith("SCRAM-SHA-256$") for row in kept)


async def test_the_service_may_not_make_itself_more(service):
    for statement in (
        "CREATE ROLE mine",
        "CREATE DATABASE mine",
        "CREATE TABLE public.mine (id int)",
        "SET ROLE ledger_owner",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await service.execute(statement)


async def test_the_disk_is_guarded_by_checksums(service):
    assert await service.fetchval("SHOW data_checksums") == "on"
    assert await service.fetchval("SHOW password_encryption") == "scram-sha-256"


async def test_text_is_sorted_alike_on_every_machine(service):
    row = await service.fetchrow(
        "SELECT datlocprovider::text AS provider, datlocale, pg_encoding_to_char(encoding) AS enc"
        " FROM pg_database WHERE datname = current_database()"
    )
    assert dict(row) == {"provider": "b", "datlocale": "C.UTF-8", "enc": "UTF8"}
    assert await service.fetchval("SELECT lower('ЁЛКА')") == "ёлка"


def test_the_settings_of_a_real_stack_are_durable():
    assert {SETTINGS[name] for name in ("fsync", "synchronous_commit", "full_page_writes")} == {
        "on"
    }
