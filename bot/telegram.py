"""How the bot calls Telegram: waits when told to, and sorts what went wrong."""

import asyncio
import re

import aiohttp
import structlog
from aiogram import Bot
from aiogram.client.default import DefaultBotProperties
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.session.middlewares.base import (
    BaseRequestMiddleware,
    NextRequestMiddlewareType,
)
from aiogram.client.telegram import TelegramAPIServer
from aiogram.enums import ParseMode
from aiogram.exceptions import (
    TelegramBadRequest,
    TelegramForbiddenError,
    TelegramNetworkError,
    TelegramRetryAfter,
    TelegramServerError,
)
from aiogram.methods import TelegramMethod
from aiogram.methods.base import Response, TelegramType

from bot.settings import TelegramSettings

FLOOD_WAITS_MAX = 5
FLOOD_WAIT_MAX_S = 120
REQUEST_WAIT_S = 60.0
CONNECT_DELAYS_S = (0.2, 0.5, 1.0)
TOKEN = re.compile(r"\d+:[A-Za-z0-9_-]{6,}")

# Telegram changes the case of these sentences now and then, so they are compared in lower case.
HARMLESS_EDIT = (
    "message is not modified",
    "message to edit not found",
    "message can't be edited",
    "message to delete not found",
)
STALE_CALLBACK = ("query is too old", "query id is invalid")
UNREACHABLE_CHAT = ("chat not found", "user is deactivated", "bot was blocked")

log = structlog.get_logger()


class FloodWaits(BaseRequestMiddleware):
    """Wait as long as Telegram asks and send again; repeat what certainly did not arrive."""

    async def __call__(
        self,
        make_request: NextRequestMiddlewareType[TelegramType],
        bot: Bot,
        method: TelegramMethod[TelegramType],
    ) -> Response[TelegramType]:
        floods = 0
        refusals = 0
        while True:
            try:
                return await make_request(bot, method)
            except TelegramRetryAfter as error:
                floods += 1
                if floods > FLOOD_WAITS_MAX or error.retry_after > FLOOD_WAIT_MAX_S:
                    raise
                log.warning("Telegram asks to wait", wait_s=error.retry_after)
                await asyncio.sleep(error.retry_after)
            except TelegramNetworkError as error:
                if not never_arrived(error) or refusals == len(CONNECT_DELAYS_S):
                    raise
                await asyncio.sleep(CONNECT_DELAYS_S[refusals])
                refusals += 1


def open_bot(settings: TelegramSettings) -> Bot:
    """Return a bot whose session must be closed at the end."""
    session = AiohttpSession(
        api=TelegramAPIServer.from_base(settings.telegram_api_url), timeout=REQUEST_WAIT_S
    )
    session.middleware(FloodWaits())
    return Bot(
        settings.telegram_bot_token.get_secret_value(),
        session=session,
        default=DefaultBotProperties(parse_mode=ParseMode.HTML),
    )


def never_arrived(error: Exception) -> bool:
    """True when no connection was made, so sending again cannot send twice."""
    no_connection = isinstance(error.__cause__, aiohttp.ClientConnectorError)
    return isinstance(error, TelegramNetworkError) and no_connection


def may_have_arrived(error: Exception) -> bool:
    """True when Telegram may have done it although it did not say so."""
    if isinstance(error, TelegramServerError):
        return True
    return isinstance(error, TelegramNetworkError) and not never_arrived(error)


def is_harmless_edit(error: TelegramBadRequest) -> bool:
    return _says(error, HARMLESS_EDIT)


def is_stale_callback(error: TelegramBadRequest) -> bool:
    return _says(error, STALE_CALLBACK)


def is_unreachable(error: Exception) -> bool:
    """True when the person blocked the bot or is gone: waiting will not help."""
    if isinstance(error, TelegramForbiddenError):
        return True
    return isinstance(error, TelegramBadRequest) and _says(error, UNREACHABLE_CHAT)


def without_token(text: str) -> str:
    """Take the bot's token out of a text: errors of the HTTP client contain the URL."""
    return TOKEN.sub("<token>", text)


def _says(error: TelegramBadRequest, sentences: tuple[str, ...]) -> bool:
    said = error.message.lower()
    return any(sentence in said for sentence in sentences)
