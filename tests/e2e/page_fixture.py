"""The page in a headless browser, watched: no error, and no word to anybody but this machine."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, ConsoleMessage, Page, Request, expect

from infra.sandbox.browser import NoBrowserError, find_chromium, open_browser

ACTION_WAIT_MS = 20_000
VIDEO_WAIT_MS = 120_000
DESKTOP = (1280, 800)
PHONE = (390, 844)
LOCAL_SCHEMES = ("data", "blob")


@pytest.fixture(scope="session")
def chromium() -> None:
    """With CI=true a missing browser is a failure, elsewhere it is a reason to skip."""
    try:
        find_chromium()
    except NoBrowserError as error:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(str(error))


@pytest.fixture
async def browser(chromium: None) -> AsyncIterator[Browser]:
    expect.set_options(timeout=ACTION_WAIT_MS)
    async with open_browser() as browser:
        yield browser


@asynccontextmanager
async def opened(browser: Browser, url: str, size: tuple[int, int]) -> AsyncIterator[Page]:
    """Open the page; at the end nothing may have gone wrong in it."""
    troubles: list[str] = []

    def on_console(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            troubles.append(f"{message.type}: {message.text}")

    def on_request(request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme not in LOCAL_SCHEMES and address.hostname != "127.0.0.1":
            troubles.append(f"request to {request.url}")

    width, height = size
    page = await browser.new_page(viewport={"width": width, "height": height})
    page.set_default_timeout(ACTION_WAIT_MS)
    page.on("console", on_console)
    page.on("pageerror", lambda error: troubles.append(f"exception: {error}"))
    page.on("request", on_request)
    await page.goto(url)
    yield page
    await page.close()
    assert troubles == []


async def spilled(page: Page) -> list[str]:
    """Return what reaches over the right edge and cannot be scrolled inside its own box."""
    return await page.evaluate(
        """() => [...document.querySelectorAll('.page, .page *')]
            .filter((one) => one.getBoundingClientRect().right > innerWidth + 1)
            .filter((one) => !one.closest('.people-list'))
            .map((one) => one.className)"""
    )
