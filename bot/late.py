"""Tell a person once that a video takes longer, even when whoever makes it is dead.

The ledger is asked, because only it knows what is open and until when.
"""

import asyncio
from uuid import UUID

import structlog
from aiogram.exceptions import TelegramAPIError

from bot import screens
from bot.delivering import TELL_ATTEMPTS_MAX, Deliveries
from bot.desk import Desk
from bot.jobs import ENDED, JobCard
from bot.telegram import never_arrived, without_token
from bot.texts import Voice
from contracts.bus import NoAnswerError
from contracts.messages import Job, Jobs
from contracts.service import pause

log = structlog.get_logger()


class LateJobs:
    def __init__(self, desk: Desk, deliveries: Deliveries) -> None:
        self._desk = desk
        self._deliveries = deliveries
        self._settled: frozenset[UUID] = frozenset()
        """Late jobs of the last turn about which nothing is left to say."""

    async def run(self, stop: asyncio.Event) -> None:
        """Ask until `stop`; whatever went wrong, the next turn asks again."""
        while not stop.is_set():
            try:
                await self.tell()
            except Exception:
                log.exception("late jobs are not told yet")
            await pause(self._desk.settings.bot_late_check_s, stop)

    async def tell(self) -> None:
        try:
            found = await self._desk.ledger.late(self._desk.settings.bot_late_s)
        except NoAnswerError as error:
            log.warning("late jobs are not known yet", error=str(error))
            return
        jobs = found.jobs if isinstance(found, Jobs) else ()
        self._settled = frozenset(
            [job.job_id for job in jobs if job.job_id in self._settled or await self._settle(job)]
        )

    async def _settle(self, job: Job) -> bool:
        """Say it, unless it was said or ended. False when it has to be tried again."""
        card = await self._deliveries.card(job.account, job.job_id)
        if card is None:
            return True
        async with self._desk.cards.lock(job.job_id):
            # Meanwhile its end may have come and have been told.
            card = await self._desk.cards.load(job.job_id) or card
            left_s = (job.deadline_at - self._desk.now()).total_seconds()
            is_said = card.late_told or card.late_attempts >= TELL_ATTEMPTS_MAX
            if is_said or card.stage in ENDED or left_s <= 0:
                return True
            return await self._say(card, left_s)

    async def _say(self, card: JobCard, left_s: float) -> bool:
        card = await self._desk.cards.change(
            card.job_id, lambda found: found.noting(late_attempts=found.late_attempts + 1)
        )
        try:
            screen = screens.late(Voice(self._desk.texts, card.locale), card, left_s)
            await self._desk.show(card.chat_id, screen)
        except TelegramAPIError as error:
            log.warning("not told", job_id=str(card.job_id), error=without_token(str(error)))
            if never_arrived(error):
                await self._desk.cards.change(
                    card.job_id, lambda found: found.noting(late_attempts=found.late_attempts - 1)
                )
            return False
        await self._desk.cards.change(card.job_id, lambda found: found.noting(late_told=True))
        return True
