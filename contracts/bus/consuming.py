"""The consume loop: one message at a time per worker, acknowledged last.

One at a time because `fetch(n)` of nats-py 2.16 stalls after an empty fetch.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from typing import TypeVar

import nats.errors
import structlog
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.errors import APIError
from pydantic import BaseModel, ValidationError

from contracts.bus.connection import Bus
from contracts.bus.declaring import declare_consumer
from contracts.topology import REFILL_HEADER, Consumer

FETCH_WAIT_S = 5.0
RETRY_DELAYS_S = (1.0, 2.0, 5.0, 15.0, 30.0)
REDECLARE_DELAYS_S = (0.1, 0.5, 1.0, 2.0, 5.0)
QUIET_TROUBLES = 3
"""Services start one after another, so a stream may well be missing for a moment."""
REASON_MAX = 200
HANDLED_KEPT = 1_000

Body = TypeVar("Body", bound=BaseModel)

log = structlog.get_logger()


class UnprocessableMessageError(Exception):
    """No retry will help: the message is set aside for an operator."""


class Delivery:
    """One delivered message, as a handler sees it."""

    def __init__(self, message: Msg) -> None:
        self._message = message
        self.subject = message.subject
        self.data = message.data
        self.headers = message.headers or {}
        self.stream_sequence = message.metadata.sequence.stream
        self.attempt = message.metadata.num_delivered

    @property
    def name(self) -> str:
        """The event's name in `<owner>.event.<name>.<account>`."""
        return self.subject.split(".")[2]

    @property
    def refill_until(self) -> int:
        """The position as of which to ask the ledger before acting; 0 unless it is a refill."""
        return int(self.headers.get(REFILL_HEADER, 0))

    def parse(self, body: type[Body]) -> Body:
        try:
            return body.model_validate_json(self.data)
        except ValidationError as error:
            raise UnprocessableMessageError(f"not a {body.__name__}") from error


Handle = Callable[[Delivery], Awaitable[None]]


async def consume(
    bus: Bus, consumer: Consumer, handle: Handle, stop: asyncio.Event, *, workers: int = 1
) -> None:
    """Handle messages of a durable consumer until `stop`, with `workers` at the same time.

    A handler that returns acknowledges; one that raises is retried with growing delays, or
    set aside after `UnprocessableMessageError` or the consumer's last attempt. When the task is
    cancelled the message goes back at once, so that another worker can take it.
    """
    reading = _Reading(bus, consumer, handle)
    async with asyncio.TaskGroup() as tasks:
        for _ in range(workers):
            tasks.create_task(_work(reading, stop))


class _Reading:
    """What the workers of one consumer share."""

    def __init__(self, bus: Bus, consumer: Consumer, handle: Handle) -> None:
        self.bus = bus
        self.consumer = consumer
        self._handle = handle
        self._handled: deque[tuple[int, datetime]] = deque(maxlen=HANDLED_KEPT)

    async def handle(self, message: Msg, delivery: Delivery) -> None:
        """Handle the message, unless this process did so and only its acknowledgement was lost."""
        # With its time, because a stream that was made anew counts from 1 again.
        identity = (delivery.stream_sequence, message.metadata.timestamp)
        if identity not in self._handled:
            await self._handle(delivery)
            self._handled.append(identity)


async def _work(reading: _Reading, stop: asyncio.Event) -> None:
    bus, consumer = reading.bus, reading.consumer
    troubles = 0
    while not stop.is_set():
        try:
            async with _bound(bus, consumer) as subscription:
                while not stop.is_set():
                    message = await _fetch(subscription, stop)
                    troubles = 0
                    if message is not None:
                        await _deliver(reading, message)
        except (APIError, nats.errors.Error) as error:
            # The stream's owner has not declared it yet, or the consumer was deleted: then the
            # server answers at once and for ever. Pause, and declare again.
            delay_s = REDECLARE_DELAYS_S[min(troubles, len(REDECLARE_DELAYS_S) - 1)]
            tell = log.warning if troubles > QUIET_TROUBLES else log.debug
            tell("consumer is not there", consumer=consumer.name, error=repr(error))
            troubles += 1
            await asyncio.sleep(delay_s)


@asynccontextmanager
async def _bound(bus: Bus, consumer: Consumer) -> AsyncGenerator[JetStreamContext.PullSubscription]:
    await declare_consumer(bus, consumer)
    subscription = await bus.js.pull_subscribe_bind(consumer.name, stream=consumer.stream.name)
    try:
        yield subscription
    finally:
        with suppress(nats.errors.Error):
            await subscription.unsubscribe()


async def _fetch(
    subscription: JetStreamContext.PullSubscription, stop: asyncio.Event
) -> Msg | None:
    """Return the next message, or None when there was none or `stop` came first."""
    fetching = asyncio.ensure_future(subscription.fetch(1, timeout=FETCH_WAIT_S))
    stopping = asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait({fetching, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if not fetching.done():
            return None
        return fetching.result()[0]
    except nats.errors.TimeoutError:
        return None
    finally:
        fetching.cancel()
        stopping.cancel()


async def _deliver(reading: _Reading, message: Msg) -> None:
    bus, consumer, delivery = reading.bus, reading.consumer, Delivery(message)
    try:
        async with _heartbeats(consumer, message), asyncio.timeout(consumer.handle_s_max):
            await reading.handle(message, delivery)
    except UnprocessableMessageError as error:
        await _set_aside(bus, consumer, delivery, message, str(error))
    except asyncio.CancelledError:
        with suppress(nats.errors.Error):
            await message.nak()
        raise
    except Exception as error:
        if consumer.attempts_max is not None and delivery.attempt >= consumer.attempts_max:
            log.exception("last attempt failed", consumer=consumer.name, subject=message.subject)
            await _set_aside(bus, consumer, delivery, message, repr(error))
            return
        delay_s = RETRY_DELAYS_S[min(delivery.attempt, len(RETRY_DELAYS_S)) - 1]
        log.exception(
            "message will be retried",
            consumer=consumer.name,
            subject=message.subject,
            attempt=delivery.attempt,
            delay_s=delay_s,
        )
        await _tell(message.nak(delay=delay_s))
    else:
        await _tell(message.ack())


@asynccontextmanager
async def _heartbeats(consumer: Consumer, message: Msg) -> AsyncGenerator[None]:
    """Tell the server that work goes on, so that nobody else gets the message meanwhile."""

    async def beat() -> None:
        while True:
            await asyncio.sleep(consumer.ack_wait_s / 3)
            await _tell(message.in_progress())

    # Not a TaskGroup: it would wrap the handler's own error in a group.
    beating = asyncio.ensure_future(beat())
    try:
        yield
    finally:
        beating.cancel()


async def _set_aside(
    bus: Bus, consumer: Consumer, delivery: Delivery, message: Msg, reason: str
) -> None:
    """Keep a copy where an operator finds it, then tell the server never to deliver it again."""
    log.error(
        "message set aside",
        consumer=consumer.name,
        subject=delivery.subject,
        stream_sequence=delivery.stream_sequence,
        reason=reason[:REASON_MAX],
    )
    try:
        await _keep_copy(bus, consumer, delivery, reason)
    except TimeoutError as error:
        log.warning("not set aside yet, it will come again", error=repr(error))
    else:
        await _tell(message.term())


async def _keep_copy(bus: Bus, consumer: Consumer, delivery: Delivery, reason: str) -> None:
    await bus.publish(
        f"set_aside.{bus.service}.{consumer.name}",
        delivery.data,
        message_id=f"{consumer.name}-{delivery.stream_sequence}",
        headers={
            "Set-Aside-Subject": delivery.subject,
            "Set-Aside-Sequence": str(delivery.stream_sequence),
            "Set-Aside-Reason": reason[:REASON_MAX].encode("ascii", "replace").decode(),
        },
    )


async def _tell(acknowledgement: Awaitable[None]) -> None:
    """An acknowledgement that is lost only means that the message comes again."""
    try:
        await acknowledgement
    except nats.errors.Error as error:
        log.warning("acknowledgement was not sent", error=repr(error))
