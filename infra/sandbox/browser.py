"""A headless browser on this machine, for the picture of the page and for the page's tests."""

import os
import shutil
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager

from playwright.async_api import Browser, async_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MISSING = (
    "no Chromium is here: install it (Debian, Ubuntu: apt-get install chromium) or name it with "
    "CHROMIUM_BIN"
)
# It runs as root in containers, and asks nobody on the network for anything.
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


class NoBrowserError(Exception):
    """There is no Chromium; the message says what to do."""


def find_chromium(environ: Mapping[str, str] = os.environ) -> str:
    """Raises `NoBrowserError`."""
    for name in (environ.get("CHROMIUM_BIN"), *NAMES):
        found = shutil.which(name) if name else None
        if found:
            return found
    raise NoBrowserError(MISSING)


@asynccontextmanager
async def open_browser() -> AsyncGenerator[Browser]:
    executable = find_chromium()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=executable, headless=True, args=FLAGS
        )
        try:
            yield browser
        finally:
            await browser.close()
