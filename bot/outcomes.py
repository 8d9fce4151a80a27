"""What happens in the chat when the ledger or videogen says something about a job."""

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from aiogram.exceptions import TelegramAPIError

from bot import job_cards
from bot.alerts import Alerts
from bot.delivering import DEADLINE, Deliveries, is_late
from bot.desk import Desk
from bot.jobs import JobCard, Stage
from bot.telegram import is_unreachable
from contracts.bus import Delivery, NoAnswerError, ObjectMissingError, UnprocessableMessageError
from contracts.messages import (
    Balance,
    Job,
    JobProgress,
    Jobs,
    JobStage,
    JobState,
    OperatorAlert,
    Refunded,
    Refusal,
    RefusalCode,
    Settled,
    Terms,
    VideoReady,
)

ANNOUNCED_AGE_MAX = timedelta(hours=24)
CANCELLED = "cancelled"
MINUTES_UNKNOWN = 15

log = structlog.get_logger()


class Outcomes:
    """Handlers of the consumers `bot-outcomes` and `bot-progress`."""

    def __init__(self, desk: Desk, deliveries: Deliveries, alerts: Alerts) -> None:
        self._desk = desk
        self._deliveries = deliveries
        self._alerts = alerts

    async def on_ledger_event(self, delivery: Delivery) -> None:
        match delivery.name:
            case "settled":
                await self._on_settled(delivery.parse(Settled), delivery.refill_until)
            case "refunded":
                await self._on_refunded(delivery.parse(Refunded), delivery.refill_until)
            case name:
                raise UnprocessableMessageError(f"nothing to say about {name}")

    async def on_videogen_event(self, delivery: Delivery) -> None:
        match delivery.name:
            case "job_progress":
                await self._on_progress(delivery.parse(JobProgress))
            case "video_ready":
                await self._on_ready(delivery.parse(VideoReady))
            case "alert":
                await self._alerts.tell(delivery.parse(OperatorAlert))
            case name:
                raise UnprocessableMessageError(f"nothing to say about {name}")

    async def deliver_undelivered(self) -> None:
        """After an outage: send what is settled and not delivered, even if NATS forgot it."""
        try:
            found = await self._desk.ledger.undelivered()
        except NoAnswerError as error:
            log.warning("undelivered videos are not known yet", error=str(error))
            return
        for job in found.jobs if isinstance(found, Jobs) else ():
            card = await self._deliveries.card(job.account, job.job_id)
            if card is not None:
                await self._try_to_deliver(card)

    async def _try_to_deliver(self, card: JobCard) -> None:
        try:
            async with self._desk.cards.lock(card.job_id):
                # Meanwhile the event itself may have come and have been dealt with.
                await self._deliver(await self._desk.cards.load(card.job_id) or card)
        except (TelegramAPIError, ObjectMissingError, NoAnswerError) as error:
            log.warning("still undelivered", job_id=str(card.job_id), error=type(error).__name__)

    async def _on_settled(self, fact: Settled, refill_until: int) -> None:
        card = await self._deliveries.card(fact.account, fact.job_id)
        if card is None:
            return
        async with self._desk.cards.lock(fact.job_id):
            card = await self._desk.cards.load(fact.job_id) or card
            if refill_until or card.send_attempts == 0:
                job = await self._job(card, max(fact.position, refill_until))
                if job is None or job.delivered:
                    return
            try:
                await self._deliver(card)
            except ObjectMissingError:
                # No retry brings it back. The ledger goes on telling that it is undelivered.
                log.exception("a settled video is not stored any more", job_id=str(fact.job_id))

    async def _deliver(self, card: JobCard, *, late: bool = False) -> None:
        if not late:
            card = await self._move(card, Stage.SENDING)
        await self._deliveries.deliver(card, late=late)
        if not late:
            await self._move(card, Stage.DONE)

    async def _on_refunded(self, fact: Refunded, refill_until: int) -> None:
        """Every sentence here follows the event, so it is said only of what is committed."""
        card = await self._deliveries.card(fact.account, fact.job_id)
        if card is None:
            return
        async with self._desk.cards.lock(fact.job_id):
            balance = fact.balance_after
            if refill_until:
                job = await self._job(card, refill_until)
                if job is None or job.delivered:
                    return
                balance = await self._balance(card, refill_until)
            stage = Stage.CANCELLED if fact.reason == CANCELLED else Stage.REFUNDED
            card = await self._move(card, stage, balance)
            if self._is_news(fact.recorded_at):
                minutes = await self._minutes() if fact.reason == DEADLINE else 0
                await self._deliveries.tell_refund(card, fact.reason, balance, minutes)
            if fact.reason == DEADLINE:
                await self._deliver_late(card)

    async def _on_progress(self, fact: JobProgress) -> None:
        card = await self._desk.cards.load(fact.job_id)
        if card is not None:
            async with self._desk.cards.lock(fact.job_id):
                if fact.stage is JobStage.QUEUED:
                    await self._place(card, fact)
                else:
                    await self._move(card, Stage(fact.stage))

    async def _on_ready(self, fact: VideoReady) -> None:
        """Usually `settled` follows. After a deadline it never does, and the video is free."""
        job = await self._desk.ledger.job(fact.account, fact.job_id)
        if not isinstance(job, Job) or job.delivered:
            return
        card = await self._deliveries.card(fact.account, fact.job_id)
        if card is None:
            return
        if is_late(job):
            async with self._desk.cards.lock(fact.job_id):
                await self._deliver_late(card)
        elif card.stage is Stage.REFUNDED and job.state is not JobState.REFUNDED:
            raise NoAnswerError("the ledger's view is behind what was told already")

    async def _deliver_late(self, card: JobCard) -> None:
        card = await self._desk.cards.load(card.job_id) or card
        try:
            await self._deliver(card, late=True)
        except ObjectMissingError:
            log.info("no late video", job_id=str(card.job_id))

    async def _move(self, card: JobCard, stage: Stage, balance: int | None = None) -> JobCard:
        noted = {} if balance is None else {"balance": balance}
        return await self._change(card, lambda found: found.at(stage).noting(**noted))

    async def _place(self, card: JobCard, fact: JobProgress) -> JobCard:
        return await self._change(
            card, lambda found: found.placed(fact.place, fact.eta_s, fact.occurred_at)
        )

    async def _change(self, card: JobCard, change: Callable[[JobCard], JobCard]) -> JobCard:
        """A card that cannot be redrawn must not keep a video or a refund from being told."""
        try:
            return await job_cards.change(self._desk, card, change)
        except TelegramAPIError as error:
            if not is_unreachable(error):
                log.warning("card not redrawn", job_id=str(card.job_id), error=type(error).__name__)
            return card

    async def _job(self, card: JobCard, position: int) -> Job | None:
        """Return what the ledger knows of the job as of `position`, or None if nothing.

        A refilled stream repeats old events; the ledger knows what came of them.
        """
        found = await self._desk.ledger.job(card.account, card.job_id, position)
        return found if isinstance(found, Job) else _unless_behind(found)

    async def _balance(self, card: JobCard, position: int) -> int:
        found = await self._desk.ledger.balance(card.account, position)
        if isinstance(found, Balance):
            return found.balance
        _unless_behind(found)
        return card.balance

    async def _minutes(self) -> int:
        try:
            terms = await self._desk.ledger.terms()
        except NoAnswerError:
            return MINUTES_UNKNOWN
        return max(1, round(terms.deadline_s / 60)) if isinstance(terms, Terms) else MINUTES_UNKNOWN

    def _is_news(self, recorded_at: datetime) -> bool:
        return self._desk.now() - recorded_at < ANNOUNCED_AGE_MAX


def _unless_behind(refusal: Refusal) -> None:
    """A view that is behind tells nothing yet: the message comes again."""
    if refusal.code is RefusalCode.VIEW_BEHIND:
        raise NoAnswerError("the ledger's view is behind")
