"""A small generated log with everything made from it, for tests that damage a copy of it."""

from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import asyncpg
import msgspec
from nacl.signing import SigningKey

from infra.local.credentials import DatabaseUrls
from ledger.audit.verifying import Report, SignedHeads, verify
from ledger.database import open_lines
from ledger.domain.commands import TopUp
from ledger.domain.rules import Rules
from ledger.generating.filling import fill
from ledger.heads import sign
from ledger.heads.file import read_heads
from ledger.log.postgres import PostgresEventLog
from ledger.service import open_ledger
from ledger.views import PROJECTIONS
from ledger.views.following import catch_up
from tests.servers import Databases, apart
from tests.story import PERSON

EVENTS = 3_000
ACCOUNTS = 40
HEADS_EVERY = 500
KEY = SigningKey(bytes(range(32)))
PUBLIC = bytes(KEY.verify_key).hex()

# What a superuser may do who wants to change history: no trigger and no rule of a table helps.
DISARM = """
    DO $$
    DECLARE
        rule record;
    BEGIN
        FOR rule IN SELECT conrelid::regclass AS owner, conname FROM pg_constraint
            WHERE connamespace = 'ledger'::regnamespace AND contype IN ('c', 'u', 'p', 'n')
              AND NOT EXISTS (SELECT FROM pg_attribute
                  WHERE attrelid = conrelid AND attidentity <> '')
            ORDER BY contype DESC LOOP
            EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', rule.owner, rule.conname);
        END LOOP;
    END $$;
    DROP INDEX ledger.a_job_has_one_end, ledger.a_refund_has_one_end;
    SET session_replication_role = replica;
"""
RECHAIN = """
    DO $$
    DECLARE
        previous bytea := ledger.genesis();
        e ledger.events;
    BEGIN
        FOR e IN SELECT * FROM ledger.events ORDER BY notification_id LOOP
            previous := sha256(previous || ledger.event_form(
                e.notification_id, e.originator_version, e.recorded_at, e.amount,
                e.balance_after, e.debt_change, e.debt_after, e.originator_id, e.topic, e.state,
                e.kind, e.key, e.actor, e.correlation_id, e.job_id, e.closes_job, e.order_id,
                e.closes_refund));
            UPDATE ledger.events SET hash = previous WHERE notification_id = e.notification_id;
        END LOOP;
        UPDATE ledger.cursors SET hash = events.hash
            FROM ledger.events WHERE events.notification_id = cursors.position;
    END $$;
"""


@dataclass(frozen=True)
class Books:
    urls: DatabaseUrls
    heads: Path

    def change(self, *statements: str) -> None:
        apart(_run(self.urls.superuser, DISARM, *statements))

    def change_and_leave_in_use(self, *statements: str) -> None:
        """Change history as `change` does, in tables that the ledger can go on with."""
        apart(_run(self.urls.superuser, "SET session_replication_role = replica", *statements))

    def value(self, query: str) -> object:
        return apart(_value(self.urls.superuser, query))

    def top_up(self, account: str, grant_id: str) -> None:
        """Append one event as the ledger does; no projection has read it."""
        apart(_top_up(self.urls.service, account, grant_id))

    def with_all_signed(self) -> "Books":
        """Return the same books with a file of heads of their own, one for each position."""
        heads = self.heads.with_name(f"{self.urls.owner.rpartition('/')[2]}.jsonl")
        heads.write_bytes(apart(_sign(self.urls, every=1)))
        return Books(self.urls, heads)

    def audit(self) -> Report:
        return apart(verify(self.urls.reader, None, lambda *_: None))

    def audit_with_heads(self) -> Report:
        signed = SignedHeads(heads=read_heads(self.heads), key=PUBLIC)
        return apart(verify(self.urls.reader, signed, lambda *_: None))


@contextmanager
def kept_books(databases: Databases, folder: Path):
    """Give the name of a database to copy, and the file of its signed heads."""
    with databases.one() as urls:
        apart(_keep(urls))
        heads = folder / "heads.jsonl"
        heads.write_bytes(apart(_sign(urls, every=HEADS_EVERY)))
        yield urls.owner.rpartition("/")[2], heads


async def follow_all(url: str, limit: int = 1_000) -> None:
    async with asyncpg.create_pool(url, min_size=1, max_size=1) as pool:
        for projection in PROJECTIONS:
            while await catch_up(pool, projection, limit):
                pass


async def _keep(urls: DatabaseUrls) -> None:
    await fill(urls.owner, events=EVENTS, accounts=ACCOUNTS, seed=7, progress=lambda *_: None)
    await follow_all(urls.service)


async def _sign(urls: DatabaseUrls, *, every: int) -> bytes:
    connection = await asyncpg.connect(urls.reader)
    try:
        log_id = await connection.fetchval("SELECT log_id FROM ledger.identity")
        rows = await connection.fetch(
            "SELECT notification_id, hash, recorded_at FROM ledger.events "
            "WHERE notification_id % $1 = 0 ORDER BY 1",
            every,
        )
    finally:
        await connection.close()
    heads = [
        sign(
            KEY,
            log_id=log_id,
            position=row["notification_id"],
            event_hash=row["hash"],
            signed_at=row["recorded_at"] + timedelta(seconds=1),
        )
        for row in rows
    ]
    return b"".join(msgspec.json.encode(head) + b"\n" for head in heads)


async def _top_up(url: str, account: str, grant_id: str) -> None:
    command = TopUp(account_id=account, grant_id=grant_id, credits=1, reason="promo")
    async with (
        open_lines(url, name="books") as line,
        open_ledger(PostgresEventLog(line), Rules()) as ledger,
    ):
        await ledger.execute(command, PERSON)


async def _run(url: str, *statements: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


async def _value(url: str, query: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()
