"""What happens to every call before and after it is performed: the log, the faults, the refusal."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import unquote

import structlog
from fastapi import Request, Response
from starlette.requests import ClientDisconnect

from infra.sandbox.kie.calls import CallRecord
from infra.sandbox.kie.dialects import Dialect, bad_gateway, cloudflare_403, is_library
from infra.sandbox.kie.faults import Endpoint, Fault, FaultKind
from infra.sandbox.kie.refusals import KieError
from infra.sandbox.kie.world import KieWorld
from infra.sandbox.telegram.connections import cut, released_or_gone

REQUEST_BYTES_MAX = 140 * 1024 * 1024
"""100 MB of file, as base64."""

log = structlog.get_logger()


@dataclass(frozen=True)
class Visit:
    request: Request
    endpoint: Endpoint
    body: bytes
    text: str
    """What a fault rule looks into: the address, and the body without escapes."""


Perform = Callable[[Visit], Awaitable[object]]


class Edge:
    def __init__(self, world: KieWorld, dialect: Dialect) -> None:
        self._world = world
        self._dialect = dialect

    async def answer(self, request: Request, endpoint: Endpoint, perform: Perform) -> Response:
        record = self._world.calls.begin(endpoint, at=self._world.clock.now())
        if int(request.headers.get("content-length", "0")) > REQUEST_BYTES_MAX:
            return self._refused(record, KieError(400, "File size exceeds 100MB"))
        try:
            body = await request.body()
        except ClientDisconnect:
            return Response()
        if self._is_turned_away(request, endpoint):
            return _noted(record, cloudflare_403(), "error code: 1010")
        visit = Visit(request, endpoint, body, _text(request, body))
        fault = self._world.faults.strike(endpoint, visit.text)
        if fault is None:
            return await self._performed(record, visit, perform)
        record.fault = fault.rule.kind
        return await self._troubled(record, visit, perform, fault)

    async def _troubled(
        self, record: CallRecord, visit: Visit, perform: Perform, fault: Fault
    ) -> Response:
        match fault.rule.kind:
            case FaultKind.REFUSE:
                return self._refused(record, fault.refusal())
            case FaultKind.HTML_502:
                return _noted(record, bad_gateway(), "Bad Gateway")
            case FaultKind.CLOUDFLARE_403:
                return _noted(record, cloudflare_403(), "error code: 1010")
            case FaultKind.RESET:
                return await cut(visit.request)
            case FaultKind.SLOW:
                await asyncio.sleep(fault.rule.delay_s)
            case FaultKind.HANG if not await _released(visit.request, fault):
                return Response()
            case _:
                pass
        response = await self._performed(record, visit, perform)
        if fault.rule.kind is FaultKind.LOST_REPLY:
            return await cut(visit.request)
        if fault.rule.kind is FaultKind.HANG_AFTER:
            await _released(visit.request, fault)
        return response

    async def _performed(self, record: CallRecord, visit: Visit, perform: Perform) -> Response:
        try:
            data = await perform(visit)
        except KieError as error:
            return self._refused(record, error)
        except Exception:
            log.exception("the sandbox failed", endpoint=visit.endpoint)
            return self._refused(record, KieError(500))
        record.code, record.msg = 200, "success"
        return self._dialect.granted(data)

    def _refused(self, record: CallRecord, error: KieError) -> Response:
        record.code, record.msg = error.code, error.msg
        return self._dialect.refused(error)

    def _is_turned_away(self, request: Request, endpoint: Endpoint) -> bool:
        is_guarded = self._world.manners.refuses_library_agents and endpoint is not Endpoint.FILE
        return is_guarded and is_library(request.headers.get("user-agent", ""))


def _noted(record: CallRecord, response: Response, msg: str) -> Response:
    record.code, record.msg = response.status_code, msg
    return response


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
