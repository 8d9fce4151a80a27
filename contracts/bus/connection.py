# pyright: reportUnknownMemberType=false
# nats-py does not annotate its keyword arguments.
"""One connection to NATS per service, with the settings that make it survive restarts."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import nats
import nats.errors
import structlog
from nats.aio.client import Client
from nats.errors import NoRespondersError, SlowConsumerError
from nats.errors import TimeoutError as NatsTimeoutError
from nats.js import JetStreamContext
from nats.js.errors import APIError, NoStreamResponseError, ServiceUnavailableError
from pydantic import Field
from pydantic_settings import BaseSettings

from contracts.messages import Message
from contracts.permissions import inbox_prefix
from contracts.topology import Service

CONNECT_WAIT_S = 30.0
RECONNECT_WAIT_S = 0.25
PING_INTERVAL_S = 5
PINGS_UNANSWERED_MAX = 2
DRAIN_WAIT_S = 3
PUBLISH_WAIT_S = 2.0
PUBLISH_DELAYS_S = (0.1, 0.25, 0.5, 1.0, 2.0)
WRONG_LAST_SEQUENCE = (10071, 10164)

UNREACHABLE = (OSError, nats.errors.Error)
"""What whoever asks NATS meets when it is away or refuses; a `TimeoutError` is an `OSError`."""

log = structlog.get_logger()


class BusSettings(BaseSettings):
    """Where NATS is and who we are there."""

    nats_url: str = Field(default="nats://127.0.0.1:4222")
    nats_seed_file: Path | None = None
    """The file with the service's nkey seed."""


class PermissionViolationError(Exception):
    """The server refused a subject: the topology and the server's configuration disagree."""


class SequenceMovedError(Exception):
    """Somebody else wrote to the stream, or it is not the stream that it was."""


class Bus:
    """A live connection; `watch` belongs into the service's TaskGroup."""

    def __init__(self, client: Client, service: Service) -> None:
        self.client = client
        self.js: JetStreamContext = client.jetstream(timeout=PUBLISH_WAIT_S)
        self.service = service
        self._trouble: asyncio.Future[Exception] = asyncio.get_running_loop().create_future()

    @property
    def trouble(self) -> Exception | None:
        """What `watch` would raise."""
        return self._trouble.result() if self._trouble.done() else None

    def report(self, trouble: Exception) -> None:
        if not self._trouble.done():
            self._trouble.set_result(trouble)

    async def watch(self, stop: asyncio.Event) -> None:
        """End the service when its connection is closed for good or a right is missing."""
        stopped = asyncio.ensure_future(stop.wait())
        await asyncio.wait({stopped, self._trouble}, return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        if self._trouble.done():
            raise self._trouble.result()

    async def publish(
        self,
        subject: str,
        body: Message | bytes,
        *,
        message_id: str,
        headers: Mapping[str, str] | None = None,
        after: int | None = None,
    ) -> int:
        """Store one fact in its stream and return its sequence.

        A lost acknowledgement is retried under the same message id, which the stream recognises
        within its duplicate window. With `after`, the stream's last sequence must be that one.
        Raises `SequenceMovedError`, or `TimeoutError` when NATS stays away.
        """
        data = encoded(body)
        all_headers: dict[str, Any] = {**(headers or {}), "Nats-Msg-Id": message_id}
        if after is not None:
            all_headers["Nats-Expected-Last-Sequence"] = str(after)
        for delay_s in (*PUBLISH_DELAYS_S, None):
            try:
                ack = await self.js.publish(subject, data, headers=all_headers)
            except (NatsTimeoutError, NoStreamResponseError, ServiceUnavailableError) as error:
                if delay_s is None:
                    raise TimeoutError(f"NATS did not store {message_id}") from error
                log.warning("publish will be retried", subject=subject, error=repr(error))
                await asyncio.sleep(delay_s)
            except APIError as error:
                if error.err_code in WRONG_LAST_SEQUENCE:
                    raise SequenceMovedError(error.description) from error
                raise
            else:
                if after is not None and ack.seq != after + 1:
                    raise SequenceMovedError(f"{message_id} was stored before, as {ack.seq}")
                return ack.seq
        raise AssertionError("unreachable: the last attempt returns or raises")


def encoded(body: Message | bytes) -> bytes:
    return body if isinstance(body, bytes) else body.model_dump_json().encode()


@asynccontextmanager
async def open_bus(
    settings: BusSettings, service: Service, *, connect_wait_s: float = CONNECT_WAIT_S
) -> AsyncGenerator[Bus]:
    """Connect as `service`, and drain on the way out. Raises `TimeoutError`, which says why."""
    listener = _Listener()
    client = await _connect(settings, service, listener, connect_wait_s)
    listener.bus = bus = Bus(client, service)
    try:
        yield bus
    finally:
        listener.bus = None
        await _leave(client)


async def _connect(
    settings: BusSettings, service: Service, listener: "_Listener", wait_s: float
) -> Client:
    try:
        async with asyncio.timeout(wait_s):
            return await nats.connect(
                settings.nats_url,
                name=str(service),
                nkeys_seed=str(settings.nats_seed_file) if settings.nats_seed_file else None,
                inbox_prefix=inbox_prefix(service),
                error_cb=listener.on_error,
                closed_cb=listener.on_closed,
                disconnected_cb=listener.on_disconnected,
                reconnected_cb=listener.on_reconnected,
                max_reconnect_attempts=-1,
                # nats-py annotates an int here; it only ever sleeps that long.
                reconnect_time_wait=RECONNECT_WAIT_S,  # pyright: ignore[reportArgumentType] - seconds; nats-py says int and takes a fraction
                ping_interval=PING_INTERVAL_S,
                max_outstanding_pings=PINGS_UNANSWERED_MAX,
                drain_timeout=DRAIN_WAIT_S,
            )
    except TimeoutError as error:
        raise TimeoutError(f"no connection within {wait_s:g} s: {listener.last}") from error


class _Listener:
    """What the client says by itself. Without a bus we are connecting or leaving, and only note."""

    bus: Bus | None = None
    last: Exception | None = None
    """Why there is no connection yet."""

    async def on_error(self, error: Exception) -> None:
        # After a refusal the socket breaks, too, which says less.
        if self.last is None or not isinstance(error, OSError):
            self.last = error
        if "permissions violation" in str(error).lower():
            log.error("NATS refused a subject", error=str(error))
            self._report(PermissionViolationError(str(error)))
        elif isinstance(error, SlowConsumerError | NoRespondersError):
            log.error("NATS dropped messages", error=repr(error))
        elif isinstance(error, OSError):
            # The disconnection was told already; each attempt to connect again fails like this.
            log.debug("NATS is not there", error=repr(error))
        else:
            log.warning("NATS connection trouble", error=repr(error))

    async def on_closed(self) -> None:
        self._report(ConnectionError("the connection to NATS was closed"))

    async def on_disconnected(self) -> None:
        if self.bus:
            log.warning("NATS disconnected")

    async def on_reconnected(self) -> None:
        log.info("NATS reconnected")

    def _report(self, trouble: Exception) -> None:
        if self.bus:
            self.bus.report(trouble)


async def _leave(client: Client) -> None:
    try:
        async with asyncio.timeout(DRAIN_WAIT_S):
            if client.is_connected:
                await client.drain()
            else:
                await client.close()
    except (TimeoutError, nats.errors.Error):
        log.warning("NATS connection was closed before it had drained")
        await client.close()
