"""Rows put into the log with their chain made in Python, for tests about chain and heads."""

import hashlib
import io

import asyncpg

from ledger.chain import (
    COPY_HEADER,
    COPY_TRAILER,
    ROW_COLUMNS,
    form_of,
    genesis_of,
    next_hash,
    row_of,
    stamp_of,
)

ACCOUNT = "tg:1"


async def append_rows(owner_url: str, count: int, *, credits_each: int = 1) -> None:
    """Top the account up `count` times, behind what the log holds, and ring the bell."""
    connection = await asyncpg.connect(owner_url)
    try:
        await _append(connection, count, credits_each)
        await connection.execute("SELECT pg_notify('ledger_events', '')")
    finally:
        await connection.close()


async def _append(connection: asyncpg.Connection, count: int, credits_each: int) -> None:
    last = await connection.fetchrow(
        "SELECT * FROM ledger.events ORDER BY notification_id DESC LIMIT 1"
    )
    head = last["notification_id"] if last else 0
    balance = last["balance_after"] if last else 0
    now = await connection.fetchval("SELECT clock_timestamp()")
    log_id = await connection.fetchval("SELECT log_id FROM ledger.identity")
    row_hash = last["hash"] if last else genesis_of(log_id)
    rows = bytearray(COPY_HEADER)
    for nth in range(1, count + 1):
        form = form_of(
            position=head + nth,
            version=head + nth,
            recorded_at=stamp_of(now),
            amount=credits_each,
            balance_after=balance + nth * credits_each,
            debt_change=0,
            debt_after=0,
            originator_id=ACCOUNT,
            topic="topped_up.v2",
            state=b"{}",
            kind="topped_up",
            key=f"grant:{ACCOUNT}:{head + nth}",
            actor="test",
            correlation_id="привет",
            job_id=None,
            closes_job=None,
            order_id=None,
            closes_refund=None,
        )
        row_hash = next_hash(row_hash, form)
        rows += row_of(form, row_hash)
    rows += COPY_TRAILER
    await connection.copy_to_table(
        "events",
        schema_name="ledger",
        columns=[name.strip() for name in ROW_COLUMNS.split(",")],
        source=io.BytesIO(rows),
        format="binary",
    )


async def tamper(superuser_url: str, *statements: str) -> None:
    """Do to the log what only a superuser can: with its triggers out of the way."""
    connection = await asyncpg.connect(superuser_url)
    try:
        await connection.execute("SET session_replication_role = replica")
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


RECHAIN = """
DO $$
DECLARE
    previous bytea := ledger.genesis();
    e ledger.events;
BEGIN
    FOR e IN SELECT * FROM ledger.events ORDER BY notification_id LOOP
        previous := sha256(previous || ledger.event_form(
            e.notification_id, e.originator_version, e.recorded_at, e.amount, e.balance_after,
            e.debt_change, e.debt_after, e.originator_id, e.topic, e.state, e.kind, e.key, e.actor,
            e.correlation_id, e.job_id, e.closes_job, e.order_id, e.closes_refund));
        UPDATE ledger.events SET hash = previous WHERE notification_id = e.notification_id;
    END LOOP;
END $$
"""
"""Makes every hash right again, as a forger would."""


def some_hash(word: str) -> bytes:
    return hashlib.sha256(word.encode()).digest()
