"""`payments`: how orders stand, money back, and whether log and provider agree."""

import argparse
import json
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4  # noqa: TID251 - a refund that is asked for at this console originates here

from msgspec.structs import asdict

from contracts.ids import AccountId
from contracts.messages import OperatorAlert, PaymentProvider
from ledger.console import (
    EXIT_OK,
    EXIT_REFUSED,
    ConsoleError,
    Subparsers,
    checked,
    pool_of_settings,
    say,
    whole,
)
from ledger.database import Pool, Row
from ledger.domain.orders import KnownOrder, Payment, find_order
from ledger.domain.rules import Known
from ledger.log.postgres import PostgresEventLog
from ledger.payments.catalogue import read_plans
from ledger.payments.differences import Comparison, Difference
from ledger.payments.gateway import GatewayError
from ledger.payments.service import Shop, Surroundings, shop_of
from ledger.payments.settings import PaymentSettings
from ledger.payments.store import NotedRefund, PaymentStore
from ledger.payments.yookassa_gateway import open_yookassa
from ledger.service import open_ledger
from ledger.settings import LedgerSettings

LIMIT_MAX = 1_000
YOOKASSA = PaymentProvider.YOOKASSA.value
SINCE_H = 48
ROUBLES = re.compile(r"(\d{1,7})(?:[.,](\d{2}))?")

COLUMNS = """
    p.order_id, p.account, p.provider, p.plan, p.credits, p.price, p.currency, p.state,
    p.requested_at, p.payment_ids, p.clawed_credits, p.refund_returned_money, o.next_check_at,
    o.trouble
"""
SHOWN = f"""
    SELECT {COLUMNS} FROM ledger.payments p LEFT JOIN ledger.payment_orders o USING (order_id)
    WHERE ($1::text IS NULL OR p.account = $1)
      AND (NOT $2 OR p.state IN ('requested', 'opened'))
    ORDER BY p.requested_position DESC LIMIT $3
"""  # noqa: S608 - a list of columns
FOUND = """
    SELECT order_id, originator_id AS account FROM ledger.events
    WHERE key IN ('order:' || $1, 'payment:yookassa:' || $1)
"""


def add_commands(commands: Subparsers) -> None:
    account = checked(AccountId, "tg:42")
    payments = commands.add_parser("payments", help="orders of credits: list, reconcile, refund")
    payments.add_argument("--open", action="store_true", help="only what is neither paid nor over")
    payments.add_argument("--account", type=account)
    payments.add_argument("--limit", type=whole(1, LIMIT_MAX), default=20)
    payments.set_defaults(action=_list)
    inner = payments.add_subparsers(dest="payments_command", metavar="COMMAND")

    reconcile = inner.add_parser("reconcile", help="compare the log with the provider's own list")
    reconcile.add_argument(
        "--since", type=_instant, metavar="WHEN", help="2026-11-20, or 36h; the last 48 hours"
    )
    reconcile.set_defaults(action=_reconcile)

    refund = inner.add_parser("refund", help="take the credits back and send the money")
    refund.add_argument("payment", metavar="ID", help="of the order, or the provider's own")
    refund.add_argument(
        "--amount", type=_kopecks, metavar="ROUBLES", help="199 or 99.50; all of it"
    )
    refund.add_argument("--refund-id", type=UUID, help="go on with this refund")
    refund.add_argument("--by", default="console", help="who decided it")
    refund.set_defaults(action=_refund)

    forget = inner.add_parser("forget", help="erase an account's e-mail and frozen requests")
    forget.add_argument("account", type=account)
    forget.set_defaults(action=_forget)


async def _list(options: argparse.Namespace) -> int:
    async with pool_of_settings() as pool:
        rows = await pool.fetch(SHOWN, options.account, options.open, options.limit)
    for row in rows:
        say(_line_of(row))
    if not rows:
        say("no orders")
    return EXIT_OK


async def _reconcile(options: argparse.Namespace) -> int:
    """Exit 0 when both agree, and 1 when they do not."""
    since = options.since or _now() - timedelta(hours=SINCE_H)
    count = 0
    async with _shop() as (shop, pool):
        comparison = Comparison(pool, shop.gateway, shop.settling.whose, _now())
        try:
            async for difference in comparison.differences(since):
                count += 1
                say(_said(difference))
        except GatewayError as error:
            raise ConsoleError(f"the provider could not be asked: {error}") from None
    say(f"{count or 'no'} difference{'' if count == 1 else 's'} since {since:%Y-%m-%d %H:%M} UTC")
    return EXIT_REFUSED if count else EXIT_OK


async def _refund(options: argparse.Namespace) -> int:
    async with _shop() as (shop, pool):
        refund = await _wanted(pool, options)
        outcome = await shop.refunding.send_back(refund, options.by)
    say(f"refund {refund.refund_id} of {_money(refund.money)} RUB: {outcome}")
    if outcome in ("unknown", "pending"):
        say("the service goes on with it until the provider says how it went")
    return EXIT_OK if outcome in ("succeeded", "pending", "unknown") else EXIT_REFUSED


async def _forget(options: argparse.Namespace) -> int:
    async with pool_of_settings() as pool:
        erased = await PaymentStore(pool).forget(options.account)
    say(f"{options.account}: {erased} erased")
    return EXIT_OK


@asynccontextmanager
async def _shop() -> AsyncGenerator[tuple[Shop, Pool]]:
    """Open the provider's side as the service does, without its schedules."""
    settings = PaymentSettings()
    if not settings.yookassa_is_on:
        raise ConsoleError("YOOKASSA_SHOP_ID and YOOKASSA_SECRET_KEY are not set")
    async with (
        pool_of_settings() as pool,
        open_ledger(PostgresEventLog(pool), LedgerSettings().rules()) as ledger,
        open_yookassa(settings) as gateway,
    ):
        around = Surroundings(pool, PostgresEventLog(pool), ledger, _only_logged, _now)
        yield shop_of(settings, read_plans(settings.ledger_plans), gateway, around), pool


async def _wanted(pool: Pool, options: argparse.Namespace) -> NotedRefund:
    known = await PaymentStore(pool).refund(options.refund_id) if options.refund_id else None
    if known is not None:
        return known
    order, account = await _order(pool, options.payment)
    payment = _one_of(order, options.payment)
    left = payment.completed.price - payment.money_back
    if left <= 0:
        raise ConsoleError("all of it went back already")
    return NotedRefund(
        refund_id=options.refund_id or uuid4(),
        account=account,
        order_id=order.requested.order_id,
        provider=YOOKASSA,
        payment_id=payment.completed.payment_id,
        money=options.amount or left,
        noted_at=_now(),
    )


async def _order(pool: Pool, named: str) -> tuple[KnownOrder, str]:
    """Find an order of YooKassa's by its own id or by that of one of its payments."""
    row = await pool.fetchrow(FOUND, named)
    if row is not None:
        account, order_id = row["account"], row["order_id"]
        loaded = await PostgresEventLog(pool).load([account], orders=[order_id])
        events = tuple(one.event for one in loaded.orders[order_id])
        known = Known(now=loaded.now, orders={order_id: events})
        order = find_order(order_id, loaded.accounts[account], known)
        if order.requested.provider == YOOKASSA:
            return order, account
    raise ConsoleError(f"no such order or payment of YooKassa: {named}")


def _one_of(order: KnownOrder, named: str) -> Payment:
    paid = {payment_id: payment for (_, payment_id), payment in order.payments.items()}
    if named in paid:
        return paid[named]
    if len(paid) > 1:
        raise ConsoleError(f"it was paid {len(paid)} times, name one: {', '.join(paid)}")
    if not paid:
        raise ConsoleError("it was never paid")
    return next(iter(paid.values()))


async def _only_logged(subject: str, body: OperatorAlert, *, message_id: str) -> int:
    """Whoever works at a console reads the log of it."""
    del subject, body, message_id
    return 0


def _line_of(row: Row) -> str:
    parts = [
        str(row["order_id"]),
        f"{row['account']:<16}",
        f"{row['state']:<9}",
        f"{row['plan']} {row['credits']} for {_price(row['price'], row['currency'])}",
        f"{row['requested_at']:%Y-%m-%d %H:%M:%S}Z",
        " ".join(json.loads(row["payment_ids"])),
        f"{_money(row['refund_returned_money'])} back" if row["refund_returned_money"] else "",
        row["trouble"] or "",
    ]
    return "  ".join(part for part in parts if part).rstrip()


def _said(difference: Difference) -> str:
    said = asdict(difference)
    about = f"order {said['order_id']} of {said['account']}" if said["order_id"] else "no order"
    return (
        f"{said['kind']}: payment {said['payment_id']}, {about}: "
        f"log {said['log']}, provider {said['provider']}"
    )


def _price(price: int, currency: str) -> str:
    return f"{price} Stars" if currency == "XTR" else f"{_money(price)} {currency}"


def _money(minor: int) -> str:
    return f"{minor // 100}.{minor % 100:02d}"


def _kopecks(text: str) -> int:
    match = ROUBLES.fullmatch(text)
    kopecks = int(match[1]) * 100 + int(match[2] or 0) if match else 0
    if kopecks <= 0:
        raise argparse.ArgumentTypeError(f"{text!r} is no sum of roubles, like 199 or 99.50")
    return kopecks


def _instant(text: str) -> datetime:
    if re.fullmatch(r"\d{1,4}h", text):
        return _now() - timedelta(hours=int(text[:-1]))
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is neither a date nor hours, like 36h"
        ) from None
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)


def _now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - a console is an edge
