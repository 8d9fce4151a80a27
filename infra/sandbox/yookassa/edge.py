"""What happens to every call before and after it is performed: the log and the faults."""

import asyncio
import json
from urllib.parse import unquote

from fastapi import Request, Response
from fastapi.responses import HTMLResponse, JSONResponse
from starlette.requests import ClientDisconnect

from infra.sandbox.telegram.connections import cut, released_or_gone
from infra.sandbox.yookassa.faults import Endpoint, Fault, FaultKind
from infra.sandbox.yookassa.payments import Method
from infra.sandbox.yookassa.performing import Perform, Performer, Said, Visit
from infra.sandbox.yookassa.refusals import wrong
from infra.sandbox.yookassa.replays import HEADER
from infra.sandbox.yookassa.world import YooKassaWorld

BODY_BYTES_MAX = 1024 * 1024
EARLY_LIMIT_S = 15.0
"""Of real time: how long a reply waits for the notification that overtakes it."""
BAD_GATEWAY = (
    "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n"
    "<center><h1>502 Bad Gateway</h1></center>\r\n"
    "<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
)


class Edge:
    def __init__(self, world: YooKassaWorld) -> None:
        self._world = world
        self._performer = Performer(world)

    async def answer(self, request: Request, endpoint: Endpoint, perform: Perform) -> Response:
        key = request.headers.get(HEADER, "")
        record = self._world.calls.begin(endpoint, at=self._world.clock.now(), key=key)
        if int(request.headers.get("content-length", "0")) > BODY_BYTES_MAX:
            return _response(self._performer.refuse(record, wrong("The body is too long", "")))
        try:
            body = await request.body()
        except ClientDisconnect:
            return Response()
        visit = Visit(request, endpoint, body, _text(request, body), record)
        scope = f"{request.headers.get('authorization', '')} {request.url.path} {key}"
        if not visit.is_writing:
            return await self._met(visit, perform)
        async with self._world.replays.one_at_a_time(scope):
            return await self._met(visit, perform)

    async def _met(self, visit: Visit, perform: Perform) -> Response:
        fault = self._world.faults.of_call(visit.endpoint, visit.text)
        if fault is None:
            return _response(self._performer.perform(visit, perform))
        visit.record.fault = fault.rule.kind
        return await self._before(visit, perform, fault)

    async def _before(self, visit: Visit, perform: Perform, fault: Fault) -> Response:
        match fault.rule.kind:
            case FaultKind.REFUSE:
                return _response(self._performer.refuse(visit.record, fault.refusal()))
            case FaultKind.PROCESSING:
                return _response(self._performer.noted(visit.record, _processing(fault)))
            case FaultKind.HTML_502:
                visit.record.status = 502
                return HTMLResponse(BAD_GATEWAY, status_code=502)
            case FaultKind.RESET:
                return await cut(visit.request)
            case FaultKind.SLOW:
                await asyncio.sleep(fault.rule.delay(1.0))
            case FaultKind.HANG if not await _released(visit.request, fault):
                return Response()
            case _:
                pass
        return await self._after(visit, self._performer.perform(visit, perform), fault)

    async def _after(self, visit: Visit, said: Said, fault: Fault) -> Response:
        match fault.rule.kind:
            case FaultKind.LOST_REPLY:
                return await cut(visit.request)
            case FaultKind.REFUSE_AFTER:
                said = self._performer.refuse(visit.record, fault.refusal())
            case FaultKind.PROCESSING_AFTER:
                said = self._performer.noted(visit.record, _processing(fault))
            case FaultKind.HANG_AFTER:
                await _released(visit.request, fault)
            case FaultKind.TRUNCATED:
                whole = json.dumps(said.body)
                return Response(whole[: len(whole) // 2], media_type="application/json")
            case FaultKind.WRONG_SHAPE:
                return JSONResponse({"ok": True})
            case FaultKind.EARLY:
                await self._overtaken(said)
            case _:
                pass
        return _response(said)

    async def _overtaken(self, said: Said) -> None:
        """Deliver the notification of what was created before its creation is answered."""
        world, object_id = self._world, str(said.body.get("id", ""))
        payment = world.payments.find(object_id)
        if payment is not None and payment.is_payable:
            world.pay(payment, Method.BANK_CARD)
        told = [one for one in world.notifications.listed() if one.object_id == object_id]
        await world.feed.wait_until(
            lambda: all(one.answers for one in told), timeout_s=EARLY_LIMIT_S
        )


def _response(said: Said) -> Response:
    return JSONResponse(said.body, status_code=said.status)


def _processing(fault: Fault) -> Said:
    words = "Request accepted, but not processed yet. Try again with the same Idempotence-Key"
    after = fault.rule.retry_after_ms
    return Said(202, {"type": "processing", "description": words, "retry_after": after})


async def _released(request: Request, fault: Fault) -> bool:
    """Return False when the caller went away before the release."""
    fault.held += 1
    try:
        return await released_or_gone(request, fault.released)
    finally:
        fault.held -= 1


def _text(request: Request, body: bytes) -> str:
    address = f"{request.url.path}?{unquote(request.url.query)}"
    try:
        return f"{address}\n{json.dumps(json.loads(body), ensure_ascii=False)}"
    except ValueError:
        return f"{address}\n{body.decode(errors='replace')}"
