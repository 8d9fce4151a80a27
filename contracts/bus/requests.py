# pyright: reportUnknownVariableType=false
# nats-py does not annotate its keyword arguments.
"""Request and reply: the ledger's micro service, and the way to ask it."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import nats.errors
import structlog
from nats.micro import add_service
from nats.micro.request import Request
from pydantic import BaseModel, ValidationError

from contracts.bus.connection import Bus
from contracts.messages import REPLY, Message, Refusal, RefusalCode
from contracts.topology import NO_ACCOUNT, Endpoint

ASK_WAIT_S = 3.0
UNDER_WAY_MAX = 1_000
BODY_BYTES_MAX = 64 * 1024

Body = TypeVar("Body", bound=BaseModel)
Answer = TypeVar("Answer", bound=Message)

log = structlog.get_logger()


class NoAnswerError(Exception):
    """No answer in time, or an unusable one: whether it happened is unknown. Ask again."""


@dataclass(frozen=True)
class Route(Generic[Body]):
    """One endpoint, the message that it takes, and what answers it."""

    endpoint: Endpoint
    body: type[Body]
    handle: Callable[[Body], Awaitable[Message]]


async def ask(
    bus: Bus,
    endpoint: Endpoint,
    body: BaseModel,
    answer: type[Answer],
    wait_s: float = ASK_WAIT_S,
) -> Answer | Refusal:
    """Ask once. A timeout means unknown, never no: repeat with the same keys.

    Raises `NoAnswerError`.
    """
    account: str = getattr(body, "account", NO_ACCOUNT)
    try:
        reply = await bus.client.request(
            endpoint.subject(account), body.model_dump_json().encode(), timeout=wait_s
        )
    except (nats.errors.Error, TimeoutError) as error:
        raise NoAnswerError(f"{endpoint.name}: {error!r}") from error
    headers = reply.headers or {}
    if "Nats-Service-Error" in headers:
        raise NoAnswerError(f"{endpoint.name}: {headers['Nats-Service-Error']}")
    try:
        message = REPLY.validate_json(reply.data)
    except ValidationError as error:
        raise NoAnswerError(f"{endpoint.name}: the reply cannot be read") from error
    if isinstance(message, answer | Refusal):
        return message
    raise NoAnswerError(f"{endpoint.name}: expected {answer.__name__}, got {message.status}")


async def serve(
    bus: Bus, routes: Sequence[Route[Any]], stop: asyncio.Event, *, version: str
) -> None:
    """Answer requests until `stop`, those under way included.

    Each endpoint answers many at once, so a slow answer delays no other, and says `overloaded`
    by itself, so a busy endpoint silences no other.
    """
    service = await add_service(bus.client, name=str(bus.service), version=version)
    async with asyncio.TaskGroup() as answering:
        for route in routes:
            await service.add_endpoint(
                name=route.endpoint.name,
                subject=route.endpoint.pattern,
                handler=_handler(route, answering),
            )
        await stop.wait()
        # Leave the queue group first, so that another instance gets what comes from now on.
        await service.stop()


def _handler(
    route: Route[Any], answering: asyncio.TaskGroup
) -> Callable[[Request], Awaitable[None]]:
    under_way = 0

    async def answer(request: Request) -> None:
        nonlocal under_way
        try:
            await _answer_safely(route, request)
        finally:
            under_way -= 1

    async def handle(request: Request) -> None:
        nonlocal under_way
        if under_way >= UNDER_WAY_MAX:
            await _respond(request, Refusal(code=RefusalCode.OVERLOADED))
            return
        under_way += 1
        answering.create_task(answer(request))

    return handle


async def _answer_safely(route: Route[Any], request: Request) -> None:
    try:
        await _respond(request, await _answer(route, request))
    except Exception:
        # The outcome may be either; silence or an error both tell the caller to ask again.
        log.exception("a request failed", subject=request.subject)
        await request.respond_error("500", "the outcome is unknown")


async def _answer(route: Route[Any], request: Request) -> Message:
    if len(request.data) > BODY_BYTES_MAX:
        return Refusal(code=RefusalCode.MALFORMED, field="body")
    try:
        body: Any = route.body.model_validate_json(request.data)
    except ValidationError as error:
        return Refusal(code=RefusalCode.MALFORMED, field=_first_field(error))
    account = request.subject.rpartition(".")[2]
    if getattr(body, "account", NO_ACCOUNT) != account:
        return Refusal(code=RefusalCode.MALFORMED, field="account")
    return await route.handle(body)


def _first_field(error: ValidationError) -> str:
    location = error.errors(include_url=False, include_input=False)[0]["loc"]
    return str(location[0]) if location else "body"


async def _respond(request: Request, message: Message) -> None:
    await request.respond(message.model_dump_json().encode())
