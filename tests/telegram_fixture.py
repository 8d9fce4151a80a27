"""The Telegram emulator for any test: `pytest_plugins` or an import of `telegram` in a conftest."""

import ssl
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from aiogram import Bot
from aiogram.client.default import DefaultBotProperties
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from pydantic import SecretStr

from infra.sandbox.telegram.app import create_app
from infra.sandbox.telegram.chats import Person
from infra.sandbox.telegram.phone import Phone
from infra.sandbox.telegram.server import running
from infra.sandbox.telegram.settings import TelegramSettings, Timing
from infra.sandbox.telegram.world import TelegramWorld

TOKEN = "123456789:AAsandbox-token_for-tests"
HASTY = Timing(repeated_poll_s=0.05, hasty_poll_s=0.0, conflict_delay_s=0.05)
"""As Telegram, but without making a test wait."""


PLAIN = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Nothing here is encrypted, so no certificates need to be loaded."""


class QuickSession(AiohttpSession):
    """Closes at once: aiogram waits 250 ms for the end of TLS, of which there is none here."""

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()


@dataclass
class RunningTelegram:
    address: str
    token: str
    world: TelegramWorld
    client: httpx.AsyncClient
    """For `/sim/...` and raw calls."""

    def phone(self, person_id: int = 42, first_name: str = "Анна") -> Phone:
        """Return the phone of a person, who is made on first use."""
        if self.world.find_chat(person_id) is None:
            self.world.add_person(Person(person_id, first_name))
        return Phone(self.world, person_id)

    @asynccontextmanager
    async def bot(self, token: str | None = None) -> AsyncGenerator[Bot]:
        session = QuickSession(api=TelegramAPIServer.from_base(self.address), timeout=10)
        properties = DefaultBotProperties(parse_mode="HTML")
        async with Bot(token or self.token, session=session, default=properties) as bot:
            yield bot

    async def call(self, method: str, **parameters: object) -> dict:
        """Call the Bot API without aiogram, which would not let mistakes pass."""
        reply = await self.client.post(f"/bot{self.token}/{method}", json=parameters)
        return reply.json()

    def problems(self) -> list[str]:
        return [violation["problem"] for violation in self.world.log.violations()]


@asynccontextmanager
async def running_telegram(
    directory: Path, *, timing: Timing = HASTY
) -> AsyncGenerator[RunningTelegram]:
    settings = TelegramSettings(sandbox_dir=directory, telegram_bot_token=SecretStr(TOKEN))
    app = create_app(settings, timing=timing)
    async with (
        running(app) as address,
        httpx.AsyncClient(base_url=address, timeout=10, verify=PLAIN) as client,
    ):
        yield RunningTelegram(address, TOKEN, app.state.telegram, client)


def unserved_telegram(directory: Path) -> RunningTelegram:
    """The same without a socket: quicker, and enough where only the answer matters.

    One may serve many tests, as long as none waits in it: `world.reset()` makes it new.
    """
    app = create_app(TelegramSettings(sandbox_dir=directory, telegram_bot_token=SecretStr(TOKEN)))
    client = httpx.AsyncClient(
        base_url="http://localhost", transport=httpx.ASGITransport(app), verify=PLAIN
    )
    return RunningTelegram("http://localhost", TOKEN, app.state.telegram, client)


@pytest.fixture
async def telegram(tmp_path: Path) -> AsyncGenerator[RunningTelegram]:
    async with running_telegram(tmp_path) as running_one:
        yield running_one
