"""The emulated YooKassa from behind its counter: what was really paid, and trouble on purpose."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from urllib.parse import parse_qs, urlsplit

import httpx

from infra.sandbox.browser import NoBrowserError, find_chromium, open_browser
from infra.sandbox.telegram.json_types import Json

SIM = "/yookassa/sim"
PAY_BUTTON = "Оплатить"
PAGE_WAIT_MS = 20_000


class ShopCounter:
    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def totals(self) -> Json:
        return (await self._asked("totals")).json()

    async def payments(self) -> list[Json]:
        return (await self._asked("payments")).json()

    async def notifications(self) -> list[Json]:
        return (await self._asked("notifications")).json()

    async def pay(self, payment_id: str) -> None:
        await self._post(f"payments/{payment_id}/pay", {})

    async def change(self, payment_id: str, **changes: str) -> None:
        """Change a payment behind everybody's back."""
        await self._post(f"payments/{payment_id}", changes)

    async def forge(self, kind: str, **about: str) -> None:
        await self._post("forged", {"kind": kind, **about})

    @asynccontextmanager
    async def fault(self, kind: str, **rule: object) -> AsyncGenerator[None]:
        """Have the fault for the time of the block."""
        await self._post("faults", {"kind": kind, **rule})
        try:
            yield
        finally:
            (await self._client.delete(f"{SIM}/faults")).raise_for_status()

    async def _asked(self, path: str) -> httpx.Response:
        return (await self._client.get(f"{SIM}/{path}")).raise_for_status()

    async def _post(self, path: str, body: dict[str, object] | dict[str, str]) -> Json:
        reply = await self._client.post(f"{SIM}/{path}", json=body)
        if reply.is_error:
            raise AssertionError(f"the emulated YooKassa refused {path}: {reply.text}")
        return reply.json()


def payment_id_in(url: str) -> str:
    """Return the payment that a page is for."""
    return parse_qs(urlsplit(url).query)["orderId"][0]


async def pay_on_the_page(client: httpx.AsyncClient, url: str) -> str:
    """Press the page's button as a person does; return with what: a browser, or its form."""
    try:
        find_chromium()
    except NoBrowserError:
        parts = urlsplit(url)
        await client.get(url)
        form = {"method": "bank_card"}
        reply = await client.post(f"{parts.path}/pay?{parts.query}", data=form)
        if reply.is_error:
            raise AssertionError(f"the checkout page refused: {reply.text[:200]}") from None
        return "the page's form"
    async with open_browser() as browser:
        page = await browser.new_page()
        await page.goto(url, timeout=PAGE_WAIT_MS)
        button = page.get_by_role("button", name=PAY_BUTTON).first
        await button.click(timeout=PAGE_WAIT_MS)
        await page.wait_for_load_state()
    return "Chromium"
