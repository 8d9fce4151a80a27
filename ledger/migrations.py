"""Bring the database's schema up to date, as its owner, once per file of `ledger/sql`."""

import hashlib
from importlib import resources

import asyncpg
import structlog

from ledger.database import CONNECT_WAIT_S

MIGRATION_LOCK = 7303

MAKE_TABLE = """
    CREATE TABLE IF NOT EXISTS public.ledger_migrations (
        name text PRIMARY KEY,
        sha256 text NOT NULL,
        applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
    )
"""
APPLIED = "SELECT sha256 FROM public.ledger_migrations WHERE name = $1"
REMEMBER = "INSERT INTO public.ledger_migrations (name, sha256) VALUES ($1, $2)"

log = structlog.get_logger()


class ChangedMigrationError(Exception):
    """An applied file was edited: history would differ between databases. Add a file instead."""


async def migrate(url: str) -> list[str]:
    """Apply what is missing and return the names, in one transaction for all.

    Raises `ChangedMigrationError`.
    """
    connection = await asyncpg.connect(url, timeout=CONNECT_WAIT_S)
    try:
        async with connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock($1)", MIGRATION_LOCK)
            await connection.execute(MAKE_TABLE)
            done: list[str] = []
            for name, script in _scripts():
                digest = hashlib.sha256(script.encode()).hexdigest()
                applied = await connection.fetchval(APPLIED, name)
                if applied is None:
                    await connection.execute(script)
                    await connection.execute(REMEMBER, name, digest)
                    done.append(name)
                elif applied != digest:
                    raise ChangedMigrationError(name)
    finally:
        await connection.close()
    return done


def _scripts() -> list[tuple[str, str]]:
    files = (entry for entry in resources.files("ledger.sql").iterdir())
    return sorted((file.name, file.read_text()) for file in files if file.name.endswith(".sql"))
