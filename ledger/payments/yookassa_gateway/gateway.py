"""YooKassa as the ledger asks it: in a few threads of its own, never longer than a known time."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from uuid import UUID

from pydantic import JsonValue

from ledger.payments.gateway import (
    GatewaySilentError,
    NotThereError,
    Page,
    PaymentGateway,
    PaymentRequest,
    ProviderPayment,
    ProviderRefund,
    RefundPage,
)
from ledger.payments.requesting import money_text
from ledger.payments.settings import PaymentSettings
from ledger.payments.yookassa_gateway.answers import (
    OBJECT_ID,
    payment_of,
    payments_of,
    refund_of,
    refunds_of,
)
from ledger.payments.yookassa_gateway.sdk import ShopClient

PAGE_LENGTH = 100
REFUND_PAGES_MAX = 20
CURRENCY = "RUB"

Answer = dict[str, JsonValue]


@asynccontextmanager
async def open_yookassa(settings: PaymentSettings) -> AsyncGenerator[PaymentGateway]:
    """Leave without waiting: a request under way is one whose outcome is unknown, as in a crash.

    Its thread ends by the limits of its socket.
    """
    client = ShopClient(settings)
    threads = ThreadPoolExecutor(settings.yookassa_threads, thread_name_prefix="yookassa")
    try:
        yield YooKassaGateway(client, threads, settings)
    finally:
        threads.shutdown(wait=False, cancel_futures=True)


class YooKassaGateway:
    name = "yookassa"

    def __init__(
        self, client: ShopClient, threads: ThreadPoolExecutor, settings: PaymentSettings
    ) -> None:
        self._client = client
        self._threads = threads
        self._shop_id = settings.yookassa_shop_id or ""
        # As long as one request of somebody else in the only free thread, and then our own.
        self._patience_s = 2 * (settings.yookassa_connect_s + settings.yookassa_read_s)

    @property
    def shop_id(self) -> str:
        return self._shop_id

    async def create(self, request: PaymentRequest) -> ProviderPayment:
        return payment_of(await self._post("/payments", request.order_id, request.body))

    async def fetch(self, payment_id: str) -> ProviderPayment:
        payment = payment_of(await self._get(_path("/payments", payment_id)))
        _refuse_another(payment.payment_id, payment_id)
        return payment

    async def payments_since(self, since: datetime, cursor: str | None = None) -> Page:
        return payments_of(await self._get("/payments", _since(since), cursor))

    async def refund(
        self,
        key: UUID,
        payment_id: str,
        money: int,
        receipt: Mapping[str, JsonValue] | None = None,
    ) -> ProviderRefund:
        body: dict[str, JsonValue] = {
            "payment_id": payment_id,
            "amount": {"value": money_text(money), "currency": CURRENCY},
            **({"receipt": dict(receipt)} if receipt is not None else {}),
        }
        refund = refund_of(await self._post("/refunds", key, body))
        _refuse_another(refund.payment_id, payment_id)
        return refund

    async def fetch_refund(self, refund_id: str) -> ProviderRefund:
        refund = refund_of(await self._get(_path("/refunds", refund_id)))
        _refuse_another(refund.refund_id, refund_id)
        return refund

    async def refunds_of(self, payment_id: str) -> tuple[ProviderRefund, ...]:
        found: list[ProviderRefund] = []
        cursor = None
        for _ in range(REFUND_PAGES_MAX):
            page = refunds_of(await self._get("/refunds", {"payment_id": payment_id}, cursor))
            found += page.refunds
            cursor = page.next_cursor
            if cursor is None:
                return tuple(found)
        raise GatewaySilentError(f"the refunds of {payment_id} have no end")

    async def refunds_since(self, since: datetime, cursor: str | None = None) -> RefundPage:
        return refunds_of(await self._get("/refunds", _since(since), cursor))

    async def _post(self, path: str, key: UUID, body: Mapping[str, JsonValue]) -> Answer:
        return await self._in_thread(partial(self._client.ask, "POST", path, key=key, body=body))

    async def _get(
        self, path: str, filters: Mapping[str, str] | None = None, cursor: str | None = None
    ) -> Answer:
        query = None
        if filters is not None:
            query = {"limit": str(PAGE_LENGTH), **filters}
            query |= {"cursor": cursor} if cursor is not None else {}
        return await self._in_thread(partial(self._client.ask, "GET", path, query=query))

    async def _in_thread(self, ask: Callable[[], Answer]) -> Answer:
        """A question that gets no thread in time is never sent; one under way is abandoned."""
        try:
            async with asyncio.timeout(self._patience_s):
                return await asyncio.get_running_loop().run_in_executor(self._threads, ask)
        except TimeoutError:
            raise GatewaySilentError(f"no answer in {self._patience_s:g} s") from None


def _path(base: str, object_id: str) -> str:
    # An id may come from whoever calls our webhook, and must not become another address.
    if OBJECT_ID.fullmatch(object_id) is None:
        raise NotThereError("not_found", "no id of theirs looks like this")
    return f"{base}/{object_id}"


def _since(moment: datetime) -> dict[str, str]:
    text = moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {"created_at.gte": text}


def _refuse_another(answered: str, asked: str) -> None:
    if answered != asked:
        raise GatewaySilentError(f"asked about {asked}, and the answer is about another")
