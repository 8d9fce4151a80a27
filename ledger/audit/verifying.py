"""One audit: everything at one instant, the log streamed while PostgreSQL computes the rest."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
from msgspec import Struct

from ledger.audit.account_rows import ACCOUNT_ROWS
from ledger.audit.comparisons import compare
from ledger.audit.cursors import Follower, check_cursors
from ledger.audit.findings import Finding, Findings, Kind
from ledger.audit.heads import check_heads
from ledger.audit.log import LogCheck
from ledger.audit.orders import check_orders
from ledger.audit.projections import PROJECTIONS
from ledger.audit.references import REFERENCES, check_deliveries
from ledger.audit.snapshot import Connection, one_snapshot
from ledger.chain import ROW_COLUMNS, RowReader, UnreadableStreamError, genesis_of
from ledger.heads import Head

CONNECTIONS = 3
TABLES = [f"ledger.{name}" for name in PROJECTIONS]
LOG = """
    SELECT log_id, clock_timestamp() AS now,
           coalesce((SELECT max(notification_id) FROM ledger.events), 0) AS head
    FROM ledger.identity
"""
# The log lies on the disk in the order of its index; sorting it anew would take the disk again.
IN_ORDER = "SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off"
ROWS = f"SELECT {ROW_COLUMNS} FROM ledger.events ORDER BY notification_id"  # noqa: S608 - a constant of ours

Progress = Callable[[int, int], None]
"""Told how many events were checked, and how many there are."""


class SignedHeads(Struct, frozen=True):
    heads: Iterable[Head]
    key: str


class Report(Struct, frozen=True, kw_only=True):
    log_id: UUID
    as_of: datetime
    events: int
    position: int
    hash: str
    heads: int | None
    """How many signed heads were compared; none were given if absent."""
    followers: Sequence[Follower]
    counts: dict[Kind, int]
    findings: Sequence[Finding]

    @property
    def is_clean(self) -> bool:
        return not self.counts


async def verify(url: str, signed: SignedHeads | None, progress: Progress) -> Report:
    """Raises one of `UNREACHABLE`. The heads must have been signed before the call."""
    findings = Findings()
    async with one_snapshot(url, CONNECTIONS, TABLES) as (streaming, comparing, sorting):
        log = await streaming.fetchrow(LOG)
        if log is None:
            raise UnreadableStreamError("the log has no identity")
        check = LogCheck(genesis_of(log["log_id"]), findings)
        followers = await check_cursors(comparing, log["head"], findings)
        heads = None
        if signed is not None:
            heads = await check_heads(comparing, signed.heads, signed.key, log["log_id"], findings)
        await _together(
            _stream(streaming, check, log["head"], progress),
            _compare(comparing, log["head"], followers, findings),
            _sort(sorting, log["head"], findings),
        )
    return Report(
        log_id=log["log_id"],
        as_of=log["now"],
        events=check.events,
        position=check.position,
        hash=check.hash.hex(),
        heads=heads,
        followers=followers,
        counts=findings.counts,
        findings=findings.listed(),
    )


async def _together(*parts: Coroutine[Any, Any, None]) -> None:
    """Do all at once; the first error ends the others and is raised as itself."""
    try:
        async with asyncio.TaskGroup() as tasks:
            for part in parts:
                tasks.create_task(part)
    except BaseExceptionGroup as errors:
        first = errors.exceptions[0]
        # So asyncpg puts it when PostgreSQL ended the connection between two questions.
        if isinstance(first, asyncpg.InternalClientError):
            raise asyncpg.InterfaceError("the connection was lost") from first
        raise first from None


async def _stream(connection: Connection, check: LogCheck, head: int, progress: Progress) -> None:
    reader = RowReader()

    async def take(piece: bytes) -> None:
        # PostgreSQL waits until the piece is checked: nothing heaps up.
        # asyncpg hands over its buffer, whose slices could not be keys of a dict.
        check.take(reader.feed(bytes(piece)))
        progress(check.events, head)

    await connection.execute(IN_ORDER)
    await connection.copy_from_query(ROWS, output=take, format="binary")
    if not reader.is_complete:
        raise UnreadableStreamError("the log's stream broke off")
    check.finish()


async def _compare(
    connection: Connection, head: int, followers: Sequence[Follower], findings: Findings
) -> None:
    for comparison in ACCOUNT_ROWS:
        await compare(connection, comparison, head, findings)
    positions = {follower.name: follower.position for follower in followers}
    for name, comparison in PROJECTIONS.items():
        await compare(connection, comparison, positions.get(name, 0), findings)


async def _sort(connection: Connection, head: int, findings: Findings) -> None:
    for comparison in REFERENCES:
        await compare(connection, comparison, head, findings)
    await check_deliveries(connection, head, findings)
    await check_orders(connection, head, findings)
