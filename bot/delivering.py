"""Tell a person how a job ended: send the video, or say that the credit is back.

What is about to be sent is written down first, so that a bot that dies in between knows it at its
next start. A video whose sending was cut short is sent once more; after that, or when Telegram
kept silent, the person gets a button instead of a possible third copy.
"""

import hashlib
from uuid import UUID

import structlog
from aiogram.exceptions import TelegramAPIError
from aiogram.types import BufferedInputFile, Message

from bot import screens
from bot.desk import Desk
from bot.jobs import JobCard, Stage
from bot.screens import Screen
from bot.telegram import is_unreachable, may_have_arrived, without_token
from bot.texts import Voice, escape, locale_of
from contracts.bus import NoAnswerError, ObjectMissingError, Objects
from contracts.ids import telegram_user
from contracts.messages import DeliveryOutcome, Job, JobState, Refusal, RefusalCode, VideoReady
from contracts.topology import facts_object, thumbnail_object, video_object

DEADLINE = "deadline"
"""The reason of a refund after which the video is still sent, free."""
SEND_ATTEMPTS_MAX = 2
TELL_ATTEMPTS_MAX = 2

log = structlog.get_logger()


class NotRecordedError(Exception):
    """The ledger refused to record a delivery that took place."""


def is_for_them(job: Job) -> bool:
    """It was paid for, or came too late and is free. After any other refund it is neither."""
    return job.state is JobState.SETTLED or is_late(job)


def is_late(job: Job) -> bool:
    return job.state is JobState.REFUNDED and job.reason == DEADLINE


class Deliveries:
    def __init__(self, desk: Desk, videos: Objects) -> None:
        self._desk = desk
        self._videos = videos

    async def card(self, account: str, job_id: UUID) -> JobCard | None:
        """Return the job's card, a bare one if the bot lost it, or None for no Telegram user."""
        user_id = telegram_user(account)
        if user_id is None:
            return None
        bare = JobCard(job_id=job_id, account=account, chat_id=user_id, locale=locale_of(None))
        return await self._desk.cards.create(bare)

    async def deliver(self, card: JobCard, *, late: bool = False) -> None:
        """Send the video unless it was sent, then have the ledger record it."""
        if card.file_id is None and not card.unreachable and not card.uncertain_told:
            card = await self._send_once(card, late=late)
        if card.unreachable:
            await self._record(card, DeliveryOutcome.UNREACHABLE)
        elif card.file_id is not None:
            await self._record(card, DeliveryOutcome.SENT)

    async def send_again(self, card: JobCard) -> bool:
        """Send on request, as often as asked. False when there is no video, or not for them."""
        late = card.stage is Stage.REFUNDED
        if card.file_id is not None:
            caption = self._caption(card, late=late)
            await self._desk.bot.send_video(card.chat_id, card.file_id, caption=caption)
            return True
        async with self._desk.cards.lock(card.job_id):
            # A button's data may be made up, for a job whose credit came back.
            found = await self._desk.ledger.job(card.account, card.job_id)
            if not isinstance(found, Job) or not is_for_them(found):
                return False
            try:
                sent = await self._send_video(card, late=late)
            except ObjectMissingError:
                return False
            card = await self._note_sent(card, sent)
        try:
            await self._record(card, DeliveryOutcome.SENT)
        except NoAnswerError:
            # The person has it; the next start finds it undelivered and records it.
            log.warning("delivery is not recorded yet", job_id=str(card.job_id))
        return True

    async def tell_refund(self, card: JobCard, reason: str, balance: int, minutes: int) -> None:
        """Say once that the credit is back. A text whose sending was cut short is repeated once."""
        if card.refund_told or card.unreachable or card.refund_attempts >= TELL_ATTEMPTS_MAX:
            return
        card = await self._desk.cards.change(
            card.job_id,
            lambda found: found.noting(refund_attempts=found.refund_attempts + 1, balance=balance),
        )
        screen = screens.refund(self._voice(card), card, reason=reason, minutes=minutes)
        await self._tell(card, screen)
        await self._desk.cards.change(card.job_id, lambda found: found.noting(refund_told=True))

    async def _tell(self, card: JobCard, screen: Screen) -> None:
        try:
            await self._desk.show(card.chat_id, screen)
        except TelegramAPIError as error:
            if not is_unreachable(error):
                raise
            await self._desk.cards.change(card.job_id, lambda found: found.noting(unreachable=True))

    async def _send_once(self, card: JobCard, *, late: bool) -> JobCard:
        if card.send_attempts >= SEND_ATTEMPTS_MAX:
            return await self._offer_resend(card)
        card = await self._desk.cards.change(
            card.job_id, lambda found: found.noting(send_attempts=found.send_attempts + 1)
        )
        try:
            sent = await self._send_video(card, late=late)
        except ObjectMissingError:
            await self._note_not_sent(card)
            raise
        except TelegramAPIError as error:
            log.warning("video not sent", job_id=str(card.job_id), error=without_token(str(error)))
            if is_unreachable(error):
                return await self._desk.cards.change(
                    card.job_id, lambda found: found.noting(unreachable=True)
                )
            if may_have_arrived(error):
                return await self._offer_resend(card)
            await self._note_not_sent(card)
            raise
        return await self._note_sent(card, sent)

    async def _send_video(self, card: JobCard, *, late: bool) -> Message:
        """Raises `ObjectMissingError` when the video is no longer stored."""
        video = await self._videos.get(video_object(card.job_id))
        thumbnail = await self._videos.get(thumbnail_object(card.job_id))
        ready = VideoReady.model_validate_json(await self._videos.get(facts_object(card.job_id)))
        return await self._desk.bot.send_video(
            card.chat_id,
            BufferedInputFile(video, f"video-{card.number}.mp4"),
            width=ready.width,
            height=ready.height,
            duration=round(ready.duration_ms / 1000),
            thumbnail=BufferedInputFile(thumbnail, "thumbnail.jpg"),
            supports_streaming=True,
            caption=self._caption(card, late=late),
        )

    async def _offer_resend(self, card: JobCard) -> JobCard:
        await self._tell(card, screens.uncertain(self._voice(card), card))
        return await self._desk.cards.change(
            card.job_id, lambda found: found.noting(uncertain_told=True)
        )

    async def _note_not_sent(self, card: JobCard) -> None:
        await self._desk.cards.change(
            card.job_id, lambda found: found.noting(send_attempts=found.send_attempts - 1)
        )

    async def _note_sent(self, card: JobCard, sent: Message) -> JobCard:
        file_id = sent.video.file_id if sent.video else ""
        return await self._desk.cards.change(
            card.job_id, lambda found: found.noting(file_id=file_id).at(Stage.DONE)
        )

    async def _record(self, card: JobCard, outcome: DeliveryOutcome) -> None:
        """Record how it ended; the first outcome stands, even if the person came back later."""
        digest = hashlib.sha256(card.file_id.encode()).hexdigest() if card.file_id else None
        reply = await self._desk.ledger.deliver(card.account, card.job_id, outcome, digest)
        if isinstance(reply, Refusal) and reply.code is not RefusalCode.KEY_REUSED:
            raise NotRecordedError(f"{card.job_id}: {reply.code}")

    def _caption(self, card: JobCard, *, late: bool = False) -> str:
        text_id = "video-late-caption" if late else "video-caption"
        return self._voice(card)(text_id, number=card.number, product=escape(card.title))

    def _voice(self, card: JobCard) -> Voice:
        return Voice(self._desk.texts, card.locale)
