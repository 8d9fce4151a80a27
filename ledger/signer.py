"""The signer: a process of its own that signs the log's head, if it extends the last one.

It reads PostgreSQL as `ledger_reader` and recomputes the chain by itself from what it signed
last. Its heads lie outside the database, so whoever rewrites the log cannot rewrite them.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING
from uuid import UUID

import asyncpg
import structlog
from nacl.signing import SigningKey

from contracts.service import OperatorNeededError, pause
from ledger.chain import (
    ROW_COLUMNS,
    Row,
    RowReader,
    UnreadableStreamError,
    genesis_of,
    next_hash,
)
from ledger.database import CONNECT_WAIT_S, STATEMENT_WAIT_S, UNREACHABLE, Bell
from ledger.heads import is_signed_by, sign
from ledger.heads.file import HeadsFile, open_heads
from ledger.heads.key import public_half, read_key
from ledger.settings import DatabaseSettings, SignerSettings

if TYPE_CHECKING:
    Connection = asyncpg.Connection[asyncpg.Record]
else:
    Connection = asyncpg.Connection

BATCH_MAX = 20_000
RETRY_S = 1.0

LOOK = """
    SELECT identity.log_id, clock_timestamp() AS now,
           (SELECT coalesce(max(notification_id), 0) FROM ledger.events) AS head,
           (SELECT hash FROM ledger.events WHERE notification_id = $1) AS hash_at_signed
    FROM ledger.identity
"""
READ_AFTER = f"""
    SELECT {ROW_COLUMNS} FROM ledger.events
    WHERE notification_id > $1 ORDER BY notification_id LIMIT $2
"""  # noqa: S608 - made of constants

log = structlog.get_logger()


class NotExtendedError(OperatorNeededError):
    """The log is not a continuation of what was signed. Nothing was signed since."""


async def serve_signer(stop: asyncio.Event) -> None:
    """Sign until `stop`. Raises `NotExtendedError`, `HeadsError` or `KeyFileError`."""
    database = DatabaseSettings()  # pyright: ignore[reportCallIssue] - read from the environment
    settings = SignerSettings()  # pyright: ignore[reportCallIssue] - read from the environment
    url = database.database_url.get_secret_value()
    key = read_key(settings.signer_key_file)
    with open_heads(settings.ledger_heads_file) as heads:
        bell = Bell()
        signer = Signer(url, heads, key, bell, interval_s=settings.signer_interval_s)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(bell.listen(url, stop))
            tasks.create_task(signer.run(stop))


class Signer:
    def __init__(
        self, url: str, heads: HeadsFile, key: SigningKey, bell: Bell, *, interval_s: float
    ) -> None:
        self._url = url
        self._heads = heads
        self._key = key
        self._bell = bell
        self._interval_s = interval_s
        self._is_ready = False

    async def run(self, stop: asyncio.Event) -> None:
        """Sign soon after an append, at most once per interval, and a last time at the end."""
        newest = self._heads.newest
        if newest and not is_signed_by(newest, public_half(self._key)):
            raise NotExtendedError(
                f"the last head in {self._heads.path}, of position {newest.position}, is not "
                "signed by this signer's key: a new key begins a new file"
            )
        while not stop.is_set():
            try:
                async with _connected(self._url) as connection:
                    await self._sign_until(stop, connection)
            except UNREACHABLE as error:
                log.warning("the log is not reached", error=repr(error))
                await pause(RETRY_S, stop)

    async def _sign_until(self, stop: asyncio.Event, connection: Connection) -> None:
        is_last = False
        while not is_last:
            is_last = stop.is_set()
            fresh = await self._sign_next(connection)
            if not self._is_ready:
                self._is_ready = True
                log.info("service ready")
            if 0 < fresh < BATCH_MAX:
                await pause(self._interval_s, stop)
            elif not fresh and not is_last:
                await self._bell.wait()

    async def _sign_next(self, connection: Connection) -> int:
        """Sign what follows the last head, a batch at most; return how many events it was."""
        newest = self._heads.newest
        position = newest.position if newest else 0
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            seen = await connection.fetchrow(LOOK, position)
            if seen is None:
                raise NotExtendedError("ledger.identity is empty: this is no log")
            log_id: UUID = seen["log_id"]
            if newest:
                self._check_still_there(seen)
            if seen["head"] == position:
                return 0
            last_hash = bytes.fromhex(newest.hash) if newest else genesis_of(log_id)
            walk = _Walk(position, last_hash)
            await _read_into(walk, connection)
        head = sign(
            self._key,
            log_id=log_id,
            position=walk.position,
            event_hash=walk.hash,
            signed_at=seen["now"],
        )
        self._heads.append(head)
        log.debug("signed", position=head.position)
        return head.position - position

    def _check_still_there(self, seen: asyncpg.Record) -> None:
        newest = self._heads.newest
        if newest is None:
            return
        if seen["log_id"] != newest.log_id:
            raise _not_extended(
                f"position {newest.position} of log {newest.log_id} was signed, "
                f"and this is log {seen['log_id']}"
            )
        if seen["head"] < newest.position:
            raise _not_extended(
                f"position {newest.position} was signed, and the log ends at {seen['head']}"
            )
        if seen["hash_at_signed"] != bytes.fromhex(newest.hash):
            raise _not_extended(
                f"position {newest.position} no longer has the hash that was signed"
            )


class _Walk:
    """Follows the chain row by row."""

    def __init__(self, position: int, last_hash: bytes) -> None:
        self.position = position
        self.hash = last_hash

    def step(self, row: Row) -> None:
        if row.position != self.position + 1:
            raise _not_extended(f"position {self.position} is followed by {row.position}")
        self.hash = next_hash(self.hash, row.form)
        self.position = row.position
        if self.hash != row.hash:
            raise _not_extended(f"the hash of position {row.position} does not follow from its row")


async def _read_into(walk: _Walk, connection: Connection) -> None:
    reader = RowReader()
    troubles: list[NotExtendedError] = []

    async def take(piece: bytes) -> None:
        # An error in here would make asyncpg wait for ever: it is raised behind the batch.
        if troubles:
            return
        try:
            for row in reader.feed(piece):
                walk.step(row)
        except NotExtendedError as error:
            troubles.append(error)
        except UnreadableStreamError as error:
            troubles.append(_not_extended(f"after position {walk.position}: {error}"))

    start = walk.position
    await connection.copy_from_query(READ_AFTER, start, BATCH_MAX, output=take, format="binary")
    if troubles:
        raise troubles[0]
    if not reader.is_complete:
        raise _not_extended(f"the rows after position {walk.position} did not come to an end")


@asynccontextmanager
async def _connected(url: str) -> AsyncGenerator[Connection]:
    connection: Connection = await asyncpg.connect(
        url,
        timeout=CONNECT_WAIT_S,
        command_timeout=STATEMENT_WAIT_S,
        server_settings={
            "application_name": "ledger-signer",
            "default_transaction_read_only": "on",
        },
    )
    try:
        yield connection
    finally:
        connection.terminate()


def _not_extended(what: str) -> NotExtendedError:
    return NotExtendedError(
        f"the log does not extend its last signed head: {what}. Nothing was signed. "
        "Compare with `ledger audit verify --head`, then restore the log that was signed, "
        "or set the heads file aside to begin anew"
    )
