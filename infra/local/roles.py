"""The database and its three roles, made as the superuser; what they may do, migrations say."""

import asyncpg

from infra.local.credentials import (
    OWNER,
    READER,
    ROLES,
    SERVICE,
    Credentials,
    with_database,
)
from infra.local.errors import StackError

CONNECT_WAIT_S = 10


async def ensure_database(superuser_url: str, database: str, credentials: Credentials) -> None:
    """Make roles and database on a server of our own; nobody else may connect there."""
    connection = await _connect(with_database(superuser_url, "postgres"))
    try:
        await _ensure_roles(connection, credentials)
        if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", database):
            await connection.execute(f'CREATE DATABASE "{database}" OWNER {OWNER}')
        await open_database(connection, database)
    finally:
        await connection.close()


async def open_database(connection: "asyncpg.Connection[asyncpg.Record]", database: str) -> None:
    """Let in our roles and nobody else. A copy of a database does not copy this."""
    await connection.execute(f'REVOKE ALL ON DATABASE "{database}" FROM PUBLIC')
    await connection.execute(f'GRANT CONNECT ON DATABASE "{database}" TO {SERVICE}, {READER}')


async def ensure_roles_in(superuser_url: str, credentials: Credentials) -> None:
    """Make the roles, and the owner owner, in a given database of somebody's own server."""
    connection = await _connect(superuser_url)
    try:
        await _ensure_roles(connection, credentials)
        database = await connection.fetchval("SELECT current_database()")
        await connection.execute(f'ALTER DATABASE "{database}" OWNER TO {OWNER}')
        await connection.execute(f'GRANT CONNECT ON DATABASE "{database}" TO {SERVICE}, {READER}')
    except asyncpg.PostgresError as error:
        raise StackError(f"DATABASE_URL must belong to a superuser: {error}") from error
    finally:
        await connection.close()


async def _ensure_roles(
    connection: "asyncpg.Connection[asyncpg.Record]", credentials: Credentials
) -> None:
    async with connection.transaction():
        # Two stacks beside one server take turns, and a failed statement with a password in it
        # does not go into the server's log.
        await connection.execute("SELECT pg_advisory_xact_lock(hashtext('neurocards roles'))")
        await connection.execute("SET LOCAL log_min_error_statement = 'panic'")
        await connection.execute("SET LOCAL log_statement = 'none'")
        for role in ROLES:
            known = await connection.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", role)
            verb = "ALTER" if known else "CREATE"
            password = credentials.password(role)
            await connection.execute(f"{verb} ROLE {role} LOGIN PASSWORD '{password}'")


async def _connect(url: str) -> "asyncpg.Connection[asyncpg.Record]":
    try:
        return await asyncpg.connect(url, timeout=CONNECT_WAIT_S)
    except (OSError, TimeoutError, ValueError, asyncpg.PostgresError) as error:
        raise StackError(f"PostgreSQL does not let us in: {error or repr(error)}") from error
