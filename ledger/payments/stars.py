"""Stars: Telegram tells the bot of a payment, and the bot tells us, up to a limit a day.

We cannot ask Telegram ourselves, because the bot holds its token. So what a bot may report is
capped, and the list of its transactions is reported as well.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid5

from contracts import topology
from contracts.bus import Route
from contracts.messages import (
    Currency,
    Message,
    PaymentProvider,
    Refusal,
    RefusalCode,
    ReportStars,
    ReportStarsRefund,
)
from ledger.database import Pool
from ledger.domain.commands import (
    CompletePayment,
    ConfirmPaymentRefund,
    OpenPayment,
    RequestPaymentRefund,
)
from ledger.domain.refusals import LedgerRefusal, Overloaded
from ledger.log import EventLog, Origin
from ledger.payments.alerts import Alerts
from ledger.payments.catalogue import Catalogue
from ledger.payments.orders import said_of, see_order
from ledger.payments.refunding import FOREIGN
from ledger.service import Ledger
from ledger.translate import to_done, to_refusal

STARS = PaymentProvider.STARS.value
DAY = timedelta(days=1)

# The lock lets one report after another be counted, whichever ledger it came to. What is credited
# is never counted anew: another report of its charge changes nothing.
TURN = "SELECT pg_advisory_xact_lock(hashtext('ledger.stars_reports'))"
REPORTED = """
    INSERT INTO ledger.stars_reports AS known (charge_id, account, order_id, stars, reported_at)
    VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (charge_id) DO UPDATE
    SET account = excluded.account, order_id = excluded.order_id, stars = excluded.stars,
        reported_at = excluded.reported_at
    WHERE known.outcome IS DISTINCT FROM 'credited'
    RETURNING 1
"""
COUNTED = """
    UPDATE ledger.stars_reports SET outcome = 'credited'
    WHERE charge_id = $1 AND stars <= $3 - (
        SELECT coalesce(sum(stars), 0) FROM ledger.stars_reports
        WHERE outcome = 'credited' AND reported_at > $2 AND charge_id <> $1)
    RETURNING 1
"""
REPORT = "SELECT account, order_id, stars FROM ledger.stars_reports WHERE charge_id = $1"
OUTCOME = "UPDATE ledger.stars_reports SET outcome = $2 WHERE charge_id = $1"


@dataclass(frozen=True)
class Stars:
    pool: Pool
    event_log: EventLog
    ledger: Ledger
    alerts: Alerts
    catalogue: Catalogue
    day_max: int
    now: Callable[[], datetime]

    def routes(self) -> Sequence[Route[Any]]:
        return [
            Route(topology.REPORT_STARS, ReportStars, self.paid),
            Route(topology.REPORT_STARS_REFUND, ReportStarsRefund, self.sent_back),
        ]

    async def paid(self, report: ReportStars) -> Message:
        """Credit what was paid, once for each charge, whatever order it was for."""
        is_repeat = not await self._noted(report)
        if is_repeat and not await self._is_the_same(report):
            return await self._refused(report, RefusalCode.KEY_REUSED, outcome=None)
        if not is_repeat and not await self._counted(report):
            return await self._refused(report, RefusalCode.CAPPED, outcome="capped")
        try:
            is_news = await self._credit(report)
        except Overloaded as refusal:
            return to_refusal(refusal)
        except LedgerRefusal as refusal:
            outcome = None if is_repeat else refusal.code
            return await self._refused(report, RefusalCode(refusal.code), outcome=outcome)
        return await self._said(report, is_news=is_news)

    async def sent_back(self, report: ReportStarsRefund) -> Message:
        """Take the credits of Stars that went back."""
        row = await self.pool.fetchrow(REPORT, report.charge_id)
        if row is None or row["account"] != report.account:
            await self.alerts.tell("stars_refund_unknown", report.charge_id, provider=STARS)
            return Refusal(code=RefusalCode.PAYMENT_UNKNOWN)
        refund_id = str(uuid5(FOREIGN, f"{STARS}:{report.charge_id}"))
        origin = Origin(actor="bot", correlation_id=refund_id)
        try:
            await self.ledger.execute(
                RequestPaymentRefund(
                    account_id=report.account,
                    order_id=row["order_id"],
                    provider=STARS,
                    payment_id=report.charge_id,
                    refund_id=refund_id,
                    money=report.stars,
                ),
                origin,
            )
            outcome = await self.ledger.execute(
                ConfirmPaymentRefund(
                    account_id=report.account,
                    order_id=row["order_id"],
                    refund_id=refund_id,
                    provider=STARS,
                    provider_refund_id=report.charge_id,
                ),
                origin,
            )
        except LedgerRefusal as refusal:
            return to_refusal(refusal)
        return to_done(report.account, outcome)

    async def _noted(self, report: ReportStars) -> bool:
        """Return False when a report of this charge was credited, or is just being credited."""
        arguments = (report.charge_id, report.account, report.order_id, report.stars, self.now())
        return await self.pool.fetchval(REPORTED, *arguments) is not None

    async def _is_the_same(self, report: ReportStars) -> bool:
        """Whether it says what was counted; anything else of that charge would be uncounted."""
        row = await self.pool.fetchrow(REPORT, report.charge_id)
        return row is not None and tuple(row) == (report.account, report.order_id, report.stars)

    async def _counted(self, report: ReportStars) -> bool:
        """Count it among what was credited in a day, before it is; False when that is too much."""
        since = self.now() - DAY
        async with self.pool.acquire() as connection, connection.transaction():
            await connection.execute(TURN)
            arguments = (report.charge_id, since, self.day_max)
            return await connection.fetchval(COUNTED, *arguments) is not None

    async def _credit(self, report: ReportStars) -> bool:
        """Return whether the credits are new. Raises `LedgerRefusal`."""
        origin = Origin(actor="bot", correlation_id=str(report.order_id))
        await self.ledger.execute(
            OpenPayment(
                account_id=report.account,
                order_id=report.order_id,
                provider=STARS,
                payment_id=report.charge_id,
            ),
            origin,
        )
        outcome = await self.ledger.execute(
            CompletePayment(
                account_id=report.account,
                order_id=report.order_id,
                provider=STARS,
                payment_id=report.charge_id,
                price=report.stars,
                currency=Currency.XTR,
            ),
            origin,
        )
        return not outcome.repeat

    async def _said(self, report: ReportStars, *, is_news: bool) -> Message:
        seen = await see_order(self.event_log, report.account, report.order_id)
        if seen is None:
            return Refusal(code=RefusalCode.ORDER_UNKNOWN)
        if is_news and len(seen.completed) > 1:
            detail = f"order {report.order_id} has another payment"
            await self.alerts.tell("paid_twice", report.charge_id, detail, STARS)
        plan = self.catalogue.plan(seen.requested.plan)
        return said_of(seen, None, plan.title if plan else seen.requested.plan)

    async def _refused(
        self, report: ReportStars, code: RefusalCode, *, outcome: str | None
    ) -> Refusal:
        """The Stars are paid all the same, so an operator has to look at it."""
        if outcome is not None:
            await self.pool.execute(OUTCOME, report.charge_id, outcome)
        detail = f"{report.stars} Stars of {report.account} for order {report.order_id}: {code}"
        await self.alerts.tell("stars_not_credited", report.charge_id, detail, STARS)
        return Refusal(code=code)
