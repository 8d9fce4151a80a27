"""The bot's side: `/bot<token>/<method>` and `/file/bot<token>/<path>`."""

import asyncio
from secrets import compare_digest

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.responses import FileResponse, JSONResponse
from starlette.requests import ClientDisconnect

from infra.sandbox.telegram.calls import CallRecord
from infra.sandbox.telegram.connections import cut, released_or_gone
from infra.sandbox.telegram.faults import Fault, FaultKind
from infra.sandbox.telegram.methods import HANDLERS
from infra.sandbox.telegram.methods.call import Call
from infra.sandbox.telegram.refusals import ApiError, Breach, MethodNotFound, Unauthorized
from infra.sandbox.telegram.schema import METHODS, fields_of
from infra.sandbox.telegram.validate import check_call
from infra.sandbox.telegram.wire import RawCall, read_call
from infra.sandbox.telegram.world import TelegramWorld

log = structlog.get_logger()


def add_bot_routes(app: FastAPI, world: TelegramWorld) -> None:
    @app.api_route("/bot{token}/{method}", methods=["GET", "POST"])
    async def call(token: str, method: str, request: Request) -> Response:
        if not _is_ours(world, token):
            return _refused(Unauthorized())
        return await _answer(world, request, method)

    @app.get("/file/bot{token}/{file_path:path}")
    async def download(token: str, file_path: str) -> Response:
        if not _is_ours(world, token):
            return _refused(Unauthorized())
        file = world.files.linked(file_path, now=world.now())
        path = world.files.path_of(file) if file is not None else None
        if path is None:
            return _refused(ApiError(404, "Not Found"))
        return FileResponse(path, media_type="application/octet-stream")


async def _answer(world: TelegramWorld, request: Request, method: str) -> Response:
    try:
        raw = await read_call(request, method)
    except ClientDisconnect:
        return Response()
    except ApiError as error:
        record = world.log.begin(method, {}, {})
        return _note_refusal(world, record, error)
    record = world.log.begin(method, raw.parameters, raw.file_sizes)
    fault = world.faults.strike(method, raw.as_text())
    if fault is not None:
        record.fault = fault.rule.kind
        interrupted = await _interrupted(world, request, record, fault)
        if interrupted is not None:
            return interrupted
    response = await _performed(world, record, raw)
    if fault is not None and fault.rule.kind is FaultKind.DROP_REPLY:
        return await cut(request)
    return response


async def _interrupted(
    world: TelegramWorld, request: Request, record: CallRecord, fault: Fault
) -> Response | None:
    """Return the end of a call that the fault keeps from being done at all."""
    match fault.rule.kind:
        case FaultKind.ERROR:
            record.verdict = "fault"
            record.code, record.description = fault.rule.code, fault.error().description
            return _refused(fault.error())
        case FaultKind.RESET:
            record.verdict = "fault"
            return await cut(request)
        case FaultKind.SLOW:
            await asyncio.sleep(fault.rule.delay_s)
        case FaultKind.HOLD:
            return await _held(world, request, record, fault)
        case FaultKind.DROP_REPLY | FaultKind.DUPLICATE_UPDATE:
            return None
    return None


async def _held(
    world: TelegramWorld, request: Request, record: CallRecord, fault: Fault
) -> Response | None:
    record.verdict = "held"
    fault.held += 1
    world.feed.announce()
    is_released = await released_or_gone(request, fault.released)
    fault.held -= 1
    goes_on = is_released and not world.polling.is_closing
    record.verdict = "pending" if goes_on else "gone"
    return None if goes_on else _refused(ApiError(500, "Internal Server Error: restart"))


async def _performed(world: TelegramWorld, record: CallRecord, raw: RawCall) -> Response:
    try:
        result = await _perform(world, record, raw)
    except ApiError as error:
        return _note_refusal(world, record, error)
    except Exception as error:
        log.exception("the sandbox failed", method=raw.method)
        world.log.violation(record, f"the sandbox failed: {error!r}")
        return _note_refusal(world, record, ApiError(500, "Internal Server Error"))
    record.verdict, record.code = "ok", 200
    world.feed.announce()
    return JSONResponse({"ok": True, "result": result})


async def _perform(world: TelegramWorld, record: CallRecord, raw: RawCall) -> object:
    name = raw.method.lower()
    model = METHODS.get(name)
    if model is None:
        world.log.violation(record, f"there is no method {raw.method}")
        raise MethodNotFound
    named = {upload: f"attach://{upload}" for upload in raw.uploads if upload in fields_of(model)}
    params = check_call(model, {**named, **raw.parameters})
    handler = HANDLERS.get(name)
    if handler is None:
        world.log.violation(record, f"the sandbox does not have {raw.method}")
        raise MethodNotFound
    call = Call(raw.method, params, raw.uploads)
    try:
        return await handler(world, call)
    finally:
        for oversight in call.oversights:
            world.log.violation(record, oversight)
        world.storage.commit()


def _note_refusal(world: TelegramWorld, record: CallRecord, error: ApiError) -> Response:
    if isinstance(error, Breach):
        world.log.violation(record, error.description)
    record.verdict = "refused"
    record.code, record.description = error.code, error.description
    world.feed.announce()
    return _refused(error)


def _refused(error: ApiError) -> Response:
    return JSONResponse(error.body(), status_code=error.code)


def _is_ours(world: TelegramWorld, token: str) -> bool:
    return compare_digest(token.encode(), world.settings.token.encode())
