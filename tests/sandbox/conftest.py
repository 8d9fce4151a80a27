"""Every test here talks to an emulator of its own."""

from collections.abc import AsyncGenerator, Generator

import pytest
from aiogram import Bot

from tests.telegram_fixture import RunningTelegram, telegram, unserved_telegram

__all__ = ["telegram"]


@pytest.fixture
async def bot(telegram: RunningTelegram) -> AsyncGenerator[Bot]:
    async with telegram.bot() as one:
        yield one


@pytest.fixture(scope="session")
def shared_telegram(tmp_path_factory: pytest.TempPathFactory) -> Generator[RunningTelegram]:
    one = unserved_telegram(tmp_path_factory.mktemp("telegram"))
    yield one
    one.world.close()


@pytest.fixture
def unserved(shared_telegram: RunningTelegram) -> RunningTelegram:
    shared_telegram.world.reset()
    shared_telegram.phone().send_text("/start")
    return shared_telegram
