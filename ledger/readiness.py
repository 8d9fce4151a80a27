"""What the ledger checks before it serves: that PostgreSQL keeps what it commits, and its past.

The past is checked against the newest signed head, which lies outside the database. Rows between
heads are `ledger audit verify`'s to check.
"""

from uuid import UUID

import structlog

from contracts.service import EXIT_MISCONFIGURED, OperatorNeededError
from ledger.database import Pool, PooledConnection, Row
from ledger.heads import Head, is_signed_by
from ledger.heads.file import newest_head
from ledger.settings import HeadsSettings

SETTINGS = "SELECT name, setting FROM pg_settings WHERE name = ANY ($1)"
UNLOGGED = """
    SELECT relname FROM pg_class
    WHERE oid IN ('ledger.events'::regclass, 'ledger.accounts'::regclass) AND relpersistence <> 'p'
"""
SEEN = """
    SELECT identity.log_id,
           (SELECT coalesce(max(notification_id), 0) FROM ledger.events) AS head,
           (SELECT hash FROM ledger.events WHERE notification_id = $1) AS hash
    FROM ledger.identity
"""

MUST_BE_ON = ("fsync", "full_page_writes")
MUST_BE_OFF = ("zero_damaged_pages", "ignore_checksum_failure", "ignore_invalid_pages")
COMMIT = "synchronous_commit"
STANDBYS = "synchronous_standby_names"

log = structlog.get_logger()


class UnsafeDurabilityError(OperatorNeededError):
    """What PostgreSQL calls committed could be lost."""

    exit_code = EXIT_MISCONFIGURED


class LogContradictedError(OperatorNeededError):
    """The log is not the one whose head was signed: a restored backup, a lost tail, a forgery."""


async def check_at_start(pool: Pool, heads: HeadsSettings) -> None:
    """Raises `UnsafeDurabilityError`, `LogContradictedError`, or `HeadsError`."""
    async with pool.acquire() as connection:
        await _check_durability(connection)
        await _check_heads(connection, heads)


async def _check_durability(connection: PooledConnection) -> None:
    names = [*MUST_BE_ON, *MUST_BE_OFF, COMMIT, STANDBYS]
    found = {row["name"]: row["setting"] for row in await connection.fetch(SETTINGS, names)}
    troubles = [f"{name} is not on" for name in MUST_BE_ON if found[name] != "on"]
    troubles += [f"{name} is not off" for name in MUST_BE_OFF if found[name] != "off"]
    # Without standbys every value but `off` waits for this server's disk. With them `local` waits
    # for no standby, so the operator's own second copy may lack what was answered; remote_write,
    # on and remote_apply all wait for this disk and for a standby.
    if found[COMMIT] == "off" or (found[COMMIT] == "local" and found[STANDBYS]):
        troubles.append(f"{COMMIT} is {found[COMMIT]} for this role and database")
    for row in await connection.fetch(UNLOGGED):
        troubles.append(f"table ledger.{row['relname']} is unlogged")
    if troubles:
        raise UnsafeDurabilityError(
            f"PostgreSQL may lose committed events: {', '.join(troubles)}. "
            "Correct this in its configuration and start again"
        )


async def _check_heads(connection: PooledConnection, settings: HeadsSettings) -> None:
    if settings.ledger_heads_file is None or settings.ledger_heads_key is None:
        log.info("no heads file is set: the log is not compared with the outside")
        return
    # First the file: what it holds now was committed before, so the log must hold it below.
    head = newest_head(settings.ledger_heads_file)
    if head is None:
        log.info("no head was signed yet", file=str(settings.ledger_heads_file))
        return
    if not is_signed_by(head, settings.ledger_heads_key):
        raise _contradicted(
            f"the newest head, of position {head.position}, is not signed by LEDGER_HEADS_KEY"
        )
    seen = await connection.fetchrow(SEEN, head.position)
    if difference := _difference(head, seen):
        raise _contradicted(difference)
    log.info("the log holds the newest signed head", position=head.position)


def _difference(head: Head, seen: Row | None) -> str | None:
    log_id: UUID | None = seen["log_id"] if seen else None
    if seen is None or log_id != head.log_id:
        return f"the head is of log {head.log_id}, this is log {log_id}"
    if seen["head"] < head.position:
        return f"position {head.position} was signed, the log ends at {seen['head']}"
    if seen["hash"] is None:
        return f"position {head.position} was signed and is missing"
    if seen["hash"].hex() != head.hash:
        return (
            f"position {head.position} was signed with hash {head.hash}, "
            f"and has {seen['hash'].hex()}"
        )
    return None


def _contradicted(what: str) -> LogContradictedError:
    return LogContradictedError(
        f"the log contradicts its signed heads: {what}. Restore the database that was signed, or, "
        "if this one is right, set the heads file aside; `ledger audit verify --head` says more"
    )
