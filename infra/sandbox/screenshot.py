"""`./justw screenshot`: play a short scene on the page and keep its pictures.

It runs on a stack of its own, so that the pictures do not depend on what the demo has seen.
"""

import argparse
import asyncio
import io
import os
import shutil
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NoReturn

from PIL import Image
from playwright.async_api import Browser, Error, Page

from infra.local.errors import StackError
from infra.local.layout import ROOT, STACKS
from infra.local.running import running_stack
from infra.sandbox.browser import NoBrowserError, find_chromium, open_browser

IMAGES = ROOT / "docs" / "images"
SIZE_BYTES_MAX = 400_000
COLORS = 256
WAIT_MS = 30_000
VIDEO_WAIT_MS = 120_000
SETTLE_MS = 2_500
PRODUCT = "Рюкзак «Туман»: непромокаемый, 20 литров, карман для ноутбука"
PRESSED = ("✨ Реклама", "Без пожеланий", "👍 Подходит", "2 шт.", "✅ Создать за 2 кредита")
EXIT_FAILED = 1
EXIT_USAGE = 2


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        sys.stderr.write(f"{self.prog}: {message}\n")
        sys.exit(EXIT_USAGE)


def main() -> int:
    parser = _Parser(prog="screenshot", description="Take the pictures of the page.")
    parser.add_argument("--out", metavar="DIR", type=Path, default=IMAGES)
    out: Path = parser.parse_args().out
    try:
        find_chromium()
        out.mkdir(parents=True, exist_ok=True)
        asyncio.run(_take(out))
    except (NoBrowserError, StackError, OSError) as error:
        return _fail(str(error))
    except Error as error:
        return _fail(f"the page did not do what was expected: {error.message.splitlines()[0]}")
    except KeyboardInterrupt:
        return EXIT_FAILED
    return 0


async def _take(out: Path) -> None:
    folder = STACKS / f"screenshot-{os.getpid()}"
    try:
        async with running_stack(folder) as stack, open_browser() as browser:
            url = stack.state().page_url
            async with _opened(browser, url, 1280, 900) as page:
                await _play(page)
                _keep(await page.screenshot(), out / "page-1280.png")
            async with _opened(browser, url, 390, 844) as page:
                await page.locator("video").wait_for()
                await page.wait_for_timeout(SETTLE_MS)
                _keep(await page.screenshot(), out / "page-390.png")
            async with _opened(browser, url, 1280, 800) as page:
                await _buy(page)
                _keep(await page.screenshot(), out / "page-purchase.png")
    finally:
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)


@asynccontextmanager
async def _opened(browser: Browser, url: str, width: int, height: int) -> AsyncGenerator[Page]:
    page = await browser.new_page(viewport={"width": width, "height": height})
    page.set_default_timeout(WAIT_MS)
    await page.goto(url)
    yield page
    await page.close()


async def _play(page: Page) -> None:
    """Order two videos as anybody would; stop when one is there and the other is being made."""
    await _press(page, "Начать")
    await _hear(page, "Здравствуйте")
    await _press(page, "Начислить 5 кредитов")
    await page.locator(".balance-number", has_text="6").wait_for()
    await _press(page, "Отправить готовое фото: Рюкзак")
    await _hear(page, "что это за товар")
    await page.get_by_role("textbox", name="Сообщение").fill(PRODUCT)
    await page.keyboard.press("Enter")
    for name in PRESSED:
        await _press(page, name)
    await page.locator("video").wait_for(timeout=VIDEO_WAIT_MS)
    await page.locator(".entry.delivered").wait_for()
    await page.locator(".job.started").wait_for()
    await page.mouse.move(0, 0)
    await page.wait_for_timeout(SETTLE_MS)


async def _buy(page: Page) -> None:
    """Buy a plan as somebody else; the checkout page opens in a tab of its own."""
    await _press(page, "Борис")
    await _press(page, "Начать")
    await _press(page, "💳 Пополнить")
    await _press(page, "Стартер · 199 ₽")
    async with page.context.expect_page() as opening:
        await page.get_by_role("link", name="Оплатить 199 ₽").click()
    checkout = await opening.value
    await checkout.get_by_role("button", name="Оплатить 199 ₽").click()
    await _hear(page, "Оплата прошла")
    await page.locator(".entry.payment_completed").wait_for()
    await page.mouse.move(0, 0)
    await page.wait_for_timeout(SETTLE_MS)


async def _press(page: Page, name: str) -> None:
    await page.get_by_role("button", name=name, exact=True).click()


async def _hear(page: Page, words: str) -> None:
    await page.locator(".message.bot", has_text=words).last.wait_for()


def _keep(png: bytes, file: Path) -> None:
    """Write it as small as it gets; with fewer colors when it is too large for a README."""
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    picture.save(file, optimize=True)
    if file.stat().st_size > SIZE_BYTES_MAX:
        picture.quantize(COLORS).save(file, optimize=True)
    sys.stdout.write(f"{file}: {file.stat().st_size // 1024} kB\n")


def _fail(sentence: str) -> int:
    sys.stderr.write(f"screenshot: {sentence}\n")
    return EXIT_FAILED


if __name__ == "__main__":
    sys.exit(main())
