"""Updates from Telegram: stored in JetStream first, confirmed second, handled in order per person.

aiogram's own polling confirms an update before its handler has run; a bot that dies then has lost
it. Here the offset moves only after every update of the batch is stored.
"""

import asyncio
import json
from collections.abc import Mapping, Sequence
from typing import Any

import structlog
from aiogram import Bot, Dispatcher
from aiogram.exceptions import TelegramAPIError
from aiogram.methods.base import TelegramMethod
from aiogram.types import Update
from pydantic import ValidationError

from bot.pre_checkout import PreCheckouts
from bot.telegram import is_unreachable, without_token
from bot.texts import Texts, locale_of
from contracts.bus import Bus, Delivery, NoAnswerError, UnprocessableMessageError
from contracts.topology import BOT_PARTITIONS, bot_update

PRE_CHECKOUT = "pre_checkout_query"
ALLOWED_UPDATES = (
    "message",
    "edited_message",
    "callback_query",
    "my_chat_member",
    PRE_CHECKOUT,
)
BATCH_MAX = 100
HANDLE_ATTEMPTS_MAX = 3
RETRY_DELAYS_S = (0.5, 1.0, 2.0, 5.0)

RawUpdate = dict[str, Any]

log = structlog.get_logger()


class GetRawUpdates(TelegramMethod[list[RawUpdate]]):
    """getUpdates that leaves the updates as Telegram sent them, to be stored unchanged."""

    __returning__ = list[RawUpdate]
    __api_method__ = "getUpdates"

    offset: int | None = None
    limit: int = BATCH_MAX
    timeout: int = 0
    allowed_updates: Sequence[str] = ALLOWED_UPDATES


class Intake:
    """Takes updates from Telegram into the BOT stream, but answers queries about payments itself.

    Such a query is of no use after ten seconds, so it waits for nothing and is not stored.
    """

    def __init__(
        self, bot: Bot, bus: Bus, pre_checkouts: PreCheckouts, poll_timeout_s: int
    ) -> None:
        self._bot = bot
        self._bus = bus
        self._pre_checkouts = pre_checkouts
        self._poll_timeout_s = poll_timeout_s

    async def run(self, stop: asyncio.Event) -> None:
        """Poll until `stop`. Nothing is ever dropped at the start: what waited is answered."""
        async with asyncio.TaskGroup() as answering:
            await self._poll(stop, answering)

    async def _poll(self, stop: asyncio.Event, answering: asyncio.TaskGroup) -> None:
        offset: int | None = None
        troubles = 0
        while not stop.is_set():
            try:
                offset = await self._take(offset, stop, answering)
                troubles = 0
            except (TelegramAPIError, TimeoutError) as error:
                delay_s = RETRY_DELAYS_S[min(troubles, len(RETRY_DELAYS_S) - 1)]
                troubles += 1
                log.warning("no updates", error=without_token(str(error)), delay_s=delay_s)
                await asyncio.sleep(delay_s)

    async def _take(
        self, offset: int | None, stop: asyncio.Event, answering: asyncio.TaskGroup
    ) -> int | None:
        request = GetRawUpdates(offset=offset, timeout=self._poll_timeout_s)
        polling = asyncio.ensure_future(
            self._bot(request, request_timeout=self._poll_timeout_s + 10)
        )
        stopping = asyncio.ensure_future(stop.wait())
        try:
            await asyncio.wait({polling, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if not polling.done():
                return offset
            updates = polling.result()
            for update in updates:
                if PRE_CHECKOUT in update:
                    self._pre_checkouts.begin(update[PRE_CHECKOUT], answering)
            for update in updates:
                if PRE_CHECKOUT not in update:
                    await self._store(update)
                offset = update["update_id"] + 1
            return offset
        finally:
            polling.cancel()
            stopping.cancel()

    async def _store(self, update: RawUpdate) -> None:
        sender = sender_of(update)
        await self._bus.publish(
            bot_update((sender or 0) % BOT_PARTITIONS),
            json.dumps(update, ensure_ascii=False).encode(),
            message_id=f"{self._bot.id}-{update['update_id']}",
        )


class Lanes:
    """Handles stored updates; one lane at a time, so one person's updates stay in order."""

    def __init__(self, bot: Bot, dispatcher: Dispatcher, texts: Texts) -> None:
        self._bot = bot
        self._dispatcher = dispatcher
        self._texts = texts

    async def __call__(self, delivery: Delivery) -> None:
        """Handle one update.

        An unknown outcome is asked again for as long as it takes. A bug is tried a few times,
        then the person is told and the lane goes on.
        """
        raw, update = _parsed(delivery, self._bot)
        try:
            await self._dispatcher.feed_update(self._bot, update)
        except NoAnswerError:
            raise
        except TelegramAPIError as error:
            if is_unreachable(error):
                return
            if delivery.attempt < HANDLE_ATTEMPTS_MAX:
                raise
            log.exception("update given up", error=without_token(str(error)))
        except Exception:
            if delivery.attempt < HANDLE_ATTEMPTS_MAX:
                raise
            log.exception("update given up", update_id=update.update_id)
            await self._apologise(raw)

    async def _apologise(self, raw: RawUpdate) -> None:
        sender = sender_of(raw)
        if sender is None:
            return
        text = self._texts.get(locale_of(language_of(raw)), "broken")
        try:
            await self._bot.send_message(sender, text)
        except TelegramAPIError as error:
            log.warning("apology not sent", error=without_token(str(error)))


def sender_of(update: Mapping[str, Any]) -> int | None:
    """Return the Telegram user id of whoever caused the update, or is told by it.

    That Stars went back is a message in the bot's own name.
    """
    sender = _from(update)
    if sender.get("is_bot") and "message" in update:
        return update["message"]["chat"].get("id")
    return sender.get("id")


def language_of(update: Mapping[str, Any]) -> str | None:
    return _from(update).get("language_code")


def _from(update: Mapping[str, Any]) -> Mapping[str, Any]:
    for kind in ALLOWED_UPDATES:
        if kind in update:
            return update[kind].get("from") or {}
    return {}


def _parsed(delivery: Delivery, bot: Bot) -> tuple[RawUpdate, Update]:
    try:
        raw: RawUpdate = json.loads(delivery.data)
        return raw, Update.model_validate(raw, context={"bot": bot})
    except (ValueError, ValidationError) as error:
        raise UnprocessableMessageError("not an update of Telegram") from error
