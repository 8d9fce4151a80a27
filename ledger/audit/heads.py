"""Signed heads from outside the database: each must stand in the log as it was signed."""

from collections.abc import Iterable, Sequence
from itertools import islice
from uuid import UUID

from ledger.audit.findings import Findings, Kind
from ledger.audit.snapshot import Connection
from ledger.heads import Head, is_signed_by

BATCH_MAX = 1_000
HASHES = (
    "SELECT notification_id, hash FROM ledger.events WHERE notification_id = ANY ($1::bigint[])"
)


async def check_heads(
    connection: Connection, heads: Iterable[Head], key: str, log_id: UUID, findings: Findings
) -> int:
    """Return how many heads were there to check."""
    checked = 0
    remaining = iter(heads)
    while batch := list(islice(remaining, BATCH_MAX)):
        checked += len(batch)
        await _check_batch(connection, batch, key, log_id, findings)
    return checked


async def _check_batch(
    connection: Connection, heads: Sequence[Head], key: str, log_id: UUID, findings: Findings
) -> None:
    rows = await connection.fetch(HASHES, [head.position for head in heads])
    hashes: dict[int, bytes] = {row["notification_id"]: row["hash"] for row in rows}
    for head in heads:
        found = hashes.get(head.position)
        if not is_signed_by(head, key):
            kind, says = Kind.HEAD_FORGED, f"the head is not signed by {key}"
        elif head.log_id != log_id:
            kind, says = Kind.HEAD_CONTRADICTED, f"the head is of log {head.log_id}, not {log_id}"
        elif found is None:
            kind, says = Kind.HEAD_MISSING, f"signed at {head.signed_at:%F %TZ}, now not in the log"
        elif found.hex() != head.hash:
            kind = Kind.HEAD_CONTRADICTED
            says = f"signed at {head.signed_at:%F %TZ} as {head.hash}, now {found.hex()}"
        else:
            continue
        findings.add(kind, says, position=head.position)
