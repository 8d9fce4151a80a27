"""The bell: YooKassa says that something happened to a payment, and we go and look.

What it says is recorded and believed in nothing but the id. It repeats itself for a day until it
hears 200, so whatever cannot be answered now is answered with another code.
"""

import asyncio
import json
import re
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import structlog
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, JsonValue

from ledger.database import UNREACHABLE
from ledger.domain.refusals import Overloaded
from ledger.log import LogUnreachableError
from ledger.payments.gateway import GatewayError
from ledger.payments.senders import YOOKASSA, Network, Patience, is_in, sender_of
from ledger.payments.settling import Verdict
from ledger.payments.store import PaymentStore
from ledger.payments.turns import TooManyQuestionsError

PATH = "/webhooks/yookassa"
BODY_BYTES_MAX = 64 * 1024
READ_S_MAX = 10.0
ANSWER_S_MAX = 9.0
"""How long a caller waits for us is not published; ten seconds are usual."""
PAYMENT_ID = re.compile(r"[0-9A-Za-z-]{16,64}")
EVENT = re.compile(r"[a-z_.]{1,64}")
PASSING = (*UNREACHABLE, LogUnreachableError, GatewayError, Overloaded, TooManyQuestionsError)

OK, MALFORMED, FORBIDDEN, TOO_LARGE, TOO_OFTEN, LATER = 200, 400, 403, 413, 429, 503

NOTIFICATION: dict[str, JsonValue] = {
    "type": "object",
    "required": ["type", "event", "object"],
    "properties": {
        "type": {"const": "notification"},
        "event": {"type": "string", "minLength": 1, "maxLength": 64, "pattern": "^[a-z_.]+$"},
        "object": {
            "type": "object",
            "required": ["id"],
            "properties": {
                "id": {"type": "string", "pattern": "^[0-9A-Za-z-]{16,64}$"},
                "payment_id": {"type": "string", "pattern": "^[0-9A-Za-z-]{16,64}$"},
            },
        },
    },
}

log = structlog.get_logger()

Settle = Callable[[str], Awaitable[Verdict]]


class Answer(BaseModel):
    """What whoever rang is told; only the HTTP status counts for them."""

    outcome: str


class BadNotificationError(Exception):
    """It cannot be read, or names no payment."""


@dataclass(frozen=True)
class Bell:
    settle: Settle
    store: PaymentStore
    proxies: Sequence[Network]
    """With one, the sender's address is known, and has to be one of YooKassa's."""
    now: Callable[[], datetime]
    patience: Patience = field(default_factory=Patience)

    async def rung(self, request: Request) -> tuple[int, str]:
        """Return the status and the word that is recorded."""
        peer = request.client.host if request.client else ""
        sender = sender_of(peer, request.headers.get("X-Forwarded-For", ""), self.proxies)
        if not self.patience.hears(sender, time.monotonic()):
            return TOO_OFTEN, "too_often"
        try:
            body = await _body(request)
        except TimeoutError:
            return MALFORMED, "unreadable"
        if body is None:
            return TOO_LARGE, "too_large"
        try:
            return await self._heard(sender, body)
        except PASSING as error:
            log.warning("a notification has to come again", error=repr(error))
            return LATER, "later"

    async def _heard(self, sender: str, body: bytes) -> tuple[int, str]:
        text = body.decode(errors="replace")
        try:
            event, payment_id = _read(text)
        except BadNotificationError as error:
            return await self._recorded(sender, None, None, text, (MALFORMED, str(error)))
        if self.proxies and not is_in(sender, YOOKASSA):
            refused = FORBIDDEN, "foreign_address"
            return await self._recorded(sender, event, payment_id, text, refused)
        if payment_id is None:
            return await self._recorded(sender, event, None, text, (OK, "ignored"))
        ring = await self.store.ring(self.now(), sender, event, payment_id, text)
        status, outcome = await self._looked_at(payment_id)
        await self.store.answered(ring, outcome)
        return status, outcome

    async def _looked_at(self, payment_id: str) -> tuple[int, str]:
        try:
            async with asyncio.timeout(ANSWER_S_MAX):
                verdict = await self.settle(payment_id)
        except (*PASSING, TimeoutError) as error:
            log.warning("the payment could not be looked at", error=repr(error))
            return LATER, "later"
        return (LATER if verdict is Verdict.NOT_VISIBLE else OK), verdict

    async def _recorded(
        self,
        sender: str,
        event: str | None,
        payment_id: str | None,
        text: str,
        answer: tuple[int, str],
    ) -> tuple[int, str]:
        ring = await self.store.ring(self.now(), sender, event, payment_id, text)
        await self.store.answered(ring, answer[1])
        return answer


def build_app(bell: Bell) -> FastAPI:
    app = FastAPI(title="neurocards ledger", version="1.0.0", docs_url=None, redoc_url=None)
    responses: dict[int | str, dict[str, object]] = {
        MALFORMED: {"model": Answer, "description": "It cannot be read, or names no payment"},
        FORBIDDEN: {"model": Answer, "description": "Not sent from an address of YooKassa's"},
        TOO_LARGE: {"model": Answer, "description": "Larger than any notification"},
        TOO_OFTEN: {"model": Answer, "description": "This address rings too often"},
        LATER: {"model": Answer, "description": "It cannot be answered now: send it again"},
    }

    @app.post(
        PATH,
        response_model=Answer,
        responses=responses,
        summary="YooKassa says that a payment or a refund changed",
        openapi_extra={
            "requestBody": {
                "required": True,
                "content": {"application/json": {"schema": NOTIFICATION}},
            }
        },
    )
    async def yookassa(request: Request) -> JSONResponse:  # pyright: ignore[reportUnusedFunction] - FastAPI calls it
        status, outcome = await bell.rung(request)
        return JSONResponse(Answer(outcome=outcome).model_dump(), status)

    return app


async def _body(request: Request) -> bytes | None:
    """Return the body, or None as soon as it is too large. Raises `TimeoutError`."""
    body = bytearray()
    async with asyncio.timeout(READ_S_MAX):
        async for part in request.stream():
            body += part
            if len(body) > BODY_BYTES_MAX:
                return None
    return bytes(body)


def _read(text: str) -> tuple[str, str | None]:
    """Return the event and the payment that it is about; None where it is about no payment."""
    try:
        said: JsonValue = json.loads(text)
    except (ValueError, RecursionError):
        raise BadNotificationError("no_json") from None
    if not isinstance(said, dict) or said.get("type") != "notification":
        raise BadNotificationError("no_notification")
    event, about = said.get("event"), said.get("object")
    if not isinstance(event, str) or not EVENT.fullmatch(event) or not isinstance(about, dict):
        raise BadNotificationError("no_event")
    if not event.startswith(("payment.", "refund.")):
        return event, None
    payment_id = about.get("payment_id" if event.startswith("refund.") else "id")
    if not isinstance(payment_id, str) or not PAYMENT_ID.fullmatch(payment_id):
        raise BadNotificationError("no_payment")
    return event, payment_id
