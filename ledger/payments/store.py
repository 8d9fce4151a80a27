"""What is kept of payments beside the log: frozen requests, addresses, schedules, bells, refunds.

Nothing here credits anybody. Whatever is lost is asked of the provider again.
"""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from msgspec import Struct
from pydantic import JsonValue

from ledger.database import Pool, Row

DUE_MAX = 50
BODY_LENGTH_MAX = 64 * 1024
MINUTES_EACH = 70
MINUTES_LATER = (120, 360, 1_500)
MINUTES_AT_LAST = 1_440


class NotedOrder(Struct, frozen=True, kw_only=True):
    order_id: UUID
    account: str
    provider: str
    noted_at: datetime
    body: Mapping[str, JsonValue] | None
    sent_at: datetime | None
    payment_id: str | None
    url: str | None
    expires_at: datetime | None
    reason: str | None
    checks: int
    next_check_at: datetime | None


class NotedRefund(Struct, frozen=True, kw_only=True):
    refund_id: UUID
    account: str
    order_id: UUID
    provider: str
    payment_id: str
    money: int
    noted_at: datetime
    sent_at: datetime | None = None
    provider_refund_id: str | None = None
    checks: int = 0


NOTE_ORDER = """
    INSERT INTO ledger.payment_orders (order_id, account, provider, noted_at, next_check_at)
    VALUES ($1, $2, $3, $4, $5) ON CONFLICT (order_id) DO NOTHING
"""
ORDER_COLUMNS = """
    order_id, account, provider, noted_at, body::text, sent_at, payment_id, url, expires_at,
    reason, checks, next_check_at
"""
ORDER = f"SELECT {ORDER_COLUMNS} FROM ledger.payment_orders WHERE order_id = $1"  # noqa: S608 - a list of columns
ORDER_OF = f"""
    SELECT {ORDER_COLUMNS} FROM ledger.payment_orders WHERE provider = $1 AND payment_id = $2
"""  # noqa: S608 - a list of columns
FREEZE = """
    UPDATE ledger.payment_orders
    SET body = coalesce(body, $2::jsonb), sent_at = coalesce(sent_at, $3)
    WHERE order_id = $1 RETURNING body::text, sent_at
"""
OPENED = """
    UPDATE ledger.payment_orders
    SET payment_id = coalesce(payment_id, $2), url = coalesce($3, url),
        expires_at = coalesce($4, expires_at), trouble = NULL, body = NULL
    WHERE order_id = $1
"""
CHECKED = """
    UPDATE ledger.payment_orders
    SET checks = checks + 1, next_check_at = $2, trouble = $3, reason = coalesce($4, reason),
        body = CASE WHEN $2::timestamptz IS NOT NULL THEN body END
    WHERE order_id = $1
"""
DUE = """
    SELECT order_id, account FROM ledger.payment_orders WHERE next_check_at <= $1
    ORDER BY next_check_at LIMIT $2
"""
UNNOTED = """
    SELECT p.order_id, p.account, p.provider, p.requested_at FROM ledger.payments p
    WHERE p.state IN ('requested', 'opened')
      AND NOT EXISTS (SELECT 1 FROM ledger.payment_orders o WHERE o.order_id = p.order_id)
    LIMIT $1
"""
REMEMBER_EMAIL = """
    INSERT INTO ledger.payment_customers (account, email, noted_at) VALUES ($1, $2, $3)
    ON CONFLICT (account) DO UPDATE SET email = excluded.email, noted_at = excluded.noted_at
"""
EMAIL = "SELECT email FROM ledger.payment_customers WHERE account = $1"
FORGET_EMAIL = "DELETE FROM ledger.payment_customers WHERE account = $1 RETURNING 1"
FORGET_BODIES = """
    UPDATE ledger.payment_orders SET body = NULL
    WHERE account = $1 AND next_check_at IS NULL AND body IS NOT NULL RETURNING 1
"""
FORGET_RECEIPTS = """
    UPDATE ledger.payment_refunds SET receipt = NULL
    WHERE account = $1 AND next_check_at IS NULL AND receipt IS NOT NULL RETURNING 1
"""
RING = """
    INSERT INTO ledger.payment_notifications (received_at, sender, event, object_id, body)
    VALUES ($1, $2, $3, $4, $5) RETURNING id
"""
ANSWERED = "UPDATE ledger.payment_notifications SET outcome = $2 WHERE id = $1"
FORGET_BELLS = "DELETE FROM ledger.payment_notifications WHERE received_at < $1"
NOTE_REFUND = """
    INSERT INTO ledger.payment_refunds (refund_id, account, order_id, provider, payment_id, money,
        asked_by, noted_at, provider_refund_id, next_check_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9,
        CASE WHEN $9::text IS NULL THEN $8::timestamptz END)
    ON CONFLICT (refund_id) DO NOTHING
"""
REFUND_COLUMNS = """
    refund_id, account, order_id, provider, payment_id, money, noted_at, sent_at,
    provider_refund_id, checks
"""
REFUND = f"SELECT {REFUND_COLUMNS} FROM ledger.payment_refunds WHERE refund_id = $1"  # noqa: S608 - a list of columns
REFUND_NAMED = f"""
    SELECT {REFUND_COLUMNS} FROM ledger.payment_refunds
    WHERE provider = $1 AND provider_refund_id = $2
"""  # noqa: S608 - a list of columns
REFUNDS_DUE = f"""
    SELECT {REFUND_COLUMNS} FROM ledger.payment_refunds WHERE next_check_at <= $1
    ORDER BY next_check_at LIMIT $2
"""  # noqa: S608 - a list of columns
UNANSWERED_REFUNDS = f"""
    SELECT {REFUND_COLUMNS} FROM ledger.payment_refunds
    WHERE provider = $1 AND payment_id = $2 AND provider_refund_id IS NULL
      AND next_check_at IS NOT NULL
    ORDER BY noted_at
"""  # noqa: S608 - a list of columns
FREEZE_REFUND = """
    UPDATE ledger.payment_refunds
    SET receipt = CASE WHEN sent_at IS NULL THEN $2::jsonb ELSE receipt END,
        sent_at = coalesce(sent_at, $3)
    WHERE refund_id = $1 RETURNING receipt::text, sent_at
"""
REFUND_CHECKED = """
    UPDATE ledger.payment_refunds
    SET provider_refund_id = coalesce($2, provider_refund_id), checks = checks + 1,
        next_check_at = $3, trouble = $4,
        receipt = CASE WHEN $3::timestamptz IS NOT NULL THEN receipt END
    WHERE refund_id = $1
"""
SWEPT = "SELECT swept_until FROM ledger.payment_sweeps WHERE provider = $1"
NOTE_SWEPT = """
    INSERT INTO ledger.payment_sweeps (provider, swept_until) VALUES ($1, $2)
    ON CONFLICT (provider) DO UPDATE SET swept_until = excluded.swept_until
"""


class PaymentStore:
    """A request is kept only until its provider answered it: it holds somebody's address.

    Each method raises what `ledger.database.UNREACHABLE` names when PostgreSQL is away.
    """

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def note_order(
        self, order_id: UUID, account: str, provider: str, at: datetime, check_at: datetime | None
    ) -> None:
        await self._pool.execute(NOTE_ORDER, order_id, account, provider, at, check_at)

    async def order(self, order_id: UUID) -> NotedOrder | None:
        return _order(await self._pool.fetchrow(ORDER, order_id))

    async def order_of(self, provider: str, payment_id: str) -> NotedOrder | None:
        return _order(await self._pool.fetchrow(ORDER_OF, provider, payment_id))

    async def freeze(
        self, order_id: UUID, body: Mapping[str, JsonValue], at: datetime
    ) -> tuple[Mapping[str, JsonValue], datetime]:
        """Keep the body unless one is kept; return that and when it was first to be sent."""
        row = await self._pool.fetchrow(FREEZE, order_id, json.dumps(body), at)
        if row is None:
            raise LookupError(f"order {order_id} is not noted")
        return json.loads(row["body"]), row["sent_at"]

    async def opened(
        self, order_id: UUID, payment_id: str, url: str | None, expires_at: datetime | None
    ) -> None:
        await self._pool.execute(OPENED, order_id, payment_id, url, expires_at)

    async def checked(
        self,
        order_id: UUID,
        next_check_at: datetime | None,
        *,
        trouble: str | None = None,
        reason: str | None = None,
    ) -> None:
        await self._pool.execute(CHECKED, order_id, next_check_at, trouble, reason)

    async def due(self, now: datetime) -> list[tuple[UUID, str]]:
        rows = await self._pool.fetch(DUE, now, DUE_MAX)
        return [(row["order_id"], row["account"]) for row in rows]

    async def unnoted(self) -> list[tuple[UUID, str, str, datetime]]:
        """Return open orders of the log that nobody looks after: their ledger died in between."""
        rows = await self._pool.fetch(UNNOTED, DUE_MAX)
        return [
            (row["order_id"], row["account"], row["provider"], row["requested_at"]) for row in rows
        ]

    async def remember_email(self, account: str, email: str, at: datetime) -> None:
        await self._pool.execute(REMEMBER_EMAIL, account, email, at)

    async def email(self, account: str) -> str | None:
        return await self._pool.fetchval(EMAIL, account)

    async def forget(self, account: str) -> int:
        """Erase the person's address, and the requests that hold it and are no longer needed."""
        async with self._pool.acquire() as connection, connection.transaction():
            emails = await connection.fetch(FORGET_EMAIL, account)
            bodies = await connection.fetch(FORGET_BODIES, account)
            receipts = await connection.fetch(FORGET_RECEIPTS, account)
        return len(emails) + len(bodies) + len(receipts)

    async def ring(
        self, at: datetime, sender: str, event: str | None, object_id: str | None, body: str
    ) -> int:
        # PostgreSQL keeps every character in a text but this one.
        kept = body[:BODY_LENGTH_MAX].replace("\x00", "\ufffd")
        return await self._pool.fetchval(RING, at, sender, event, object_id, kept)

    async def answered(self, ring: int, outcome: str) -> None:
        await self._pool.execute(ANSWERED, ring, outcome)

    async def forget_bells(self, before: datetime) -> None:
        await self._pool.execute(FORGET_BELLS, before)

    async def note_refund(self, refund: NotedRefund, asked_by: str) -> None:
        """Keep it. One that has its provider's name already was made there, and is over."""
        await self._pool.execute(
            NOTE_REFUND,
            refund.refund_id,
            refund.account,
            refund.order_id,
            refund.provider,
            refund.payment_id,
            refund.money,
            asked_by,
            refund.noted_at,
            refund.provider_refund_id,
        )

    async def refund(self, refund_id: UUID) -> NotedRefund | None:
        return _refund(await self._pool.fetchrow(REFUND, refund_id))

    async def refund_named(self, provider: str, provider_refund_id: str) -> NotedRefund | None:
        return _refund(await self._pool.fetchrow(REFUND_NAMED, provider, provider_refund_id))

    async def refunds_due(self, now: datetime) -> list[NotedRefund]:
        rows = await self._pool.fetch(REFUNDS_DUE, now, DUE_MAX)
        return [NotedRefund(**row) for row in rows]

    async def unanswered_refunds(self, provider: str, payment_id: str) -> list[NotedRefund]:
        """Return ours of the payment that were sent and of which the provider's id is unknown."""
        rows = await self._pool.fetch(UNANSWERED_REFUNDS, provider, payment_id)
        return [NotedRefund(**row) for row in rows]

    async def freeze_refund(
        self, refund_id: UUID, receipt: JsonValue, at: datetime
    ) -> tuple[Mapping[str, JsonValue] | None, datetime]:
        """Keep the receipt as it is first sent; return that and when it was first to be sent."""
        text = json.dumps(receipt) if receipt is not None else None
        row = await self._pool.fetchrow(FREEZE_REFUND, refund_id, text, at)
        if row is None:
            raise LookupError(f"refund {refund_id} is not noted")
        return json.loads(row["receipt"]) if row["receipt"] else None, row["sent_at"]

    async def refund_checked(
        self,
        refund_id: UUID,
        provider_refund_id: str | None,
        next_check_at: datetime | None,
        trouble: str | None = None,
    ) -> None:
        await self._pool.execute(
            REFUND_CHECKED, refund_id, provider_refund_id, next_check_at, trouble
        )

    async def swept_until(self, provider: str) -> datetime | None:
        return await self._pool.fetchval(SWEPT, provider)

    async def note_swept(self, provider: str, until: datetime) -> None:
        await self._pool.execute(NOTE_SWEPT, provider, until)


def _order(row: Row | None) -> NotedOrder | None:
    if row is None:
        return None
    found = dict(row)
    found["body"] = json.loads(found["body"]) if found["body"] else None
    return NotedOrder(**found)


def _refund(row: Row | None) -> NotedRefund | None:
    return NotedRefund(**row) if row is not None else None


def next_check(noted_at: datetime, now: datetime, minute_s: float) -> datetime:
    """Return when an order is asked about next: each minute for 70, then after 2, 6 and 25 hours.

    After that once a day: the provider may have been silent in just that minute, and an order is
    open until somebody knows how it ended. `minute_s` is how long such a minute takes here.
    """
    age = (now - noted_at) / timedelta(seconds=minute_s)
    if age < MINUTES_EACH:
        return now + timedelta(seconds=minute_s)
    later = next((minutes for minutes in MINUTES_LATER if minutes > age), None)
    if later is None:
        return now + timedelta(seconds=MINUTES_AT_LAST * minute_s)
    return noted_at + timedelta(seconds=later * minute_s)
