# pyright: reportUnknownMemberType=false
# nats-py does not annotate its keyword arguments.
"""Follow a key-value bucket: what is there now, then every change.

nats-py's own watcher may go silent for ever after its server was restarted. This one expects to
hear something every few seconds, counts what it hears, and begins anew when either fails. Messages
come by a callback, because `next_msg` of nats-py 2.16 may swallow a cancellation on Python 3.11.
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import nats.errors
import structlog
from nats.aio.msg import Msg
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from nats.js.errors import APIError

from contracts.bus.connection import Bus
from contracts.topology import Bucket

HEARTBEAT_S = 2.0
SILENCE_S = 3 * HEARTBEAT_S
BEGIN_AGAIN_S = (0.1, 0.5, 1.0, 2.0)
QUIET_TROUBLES = 3
FORGOTTEN_S = 60.0
"""After so long without us the server removes the consumer."""
MESSAGES_MAX = 1_000_000

log = structlog.get_logger()


@dataclass(frozen=True)
class Change:
    key: str
    value: bytes | None
    """None when the key was deleted."""
    at: datetime
    """By the server's clock, which is the same for everybody who watches."""


class Watcher(Protocol):
    def begin(self) -> None:
        """Forget everything: what is there comes again."""
        ...

    def see(self, change: Change) -> None: ...

    def caught_up(self) -> None:
        """What was there at `begin` has been seen."""
        ...


class _SilentError(Exception):
    """The server stopped talking, or something was left out."""


async def watch(bus: Bus, bucket: Bucket, watcher: Watcher) -> None:
    """Tell the watcher until cancelled. NATS may be away, or lose the bucket, meanwhile."""
    troubles = 0
    while True:
        try:
            await _follow(bus, bucket, watcher)
        except (APIError, nats.errors.Error, _SilentError, TimeoutError) as error:
            tell = log.warning if troubles > QUIET_TROUBLES else log.debug
            tell("the watch begins again", bucket=bucket.name, error=repr(error))
        await asyncio.sleep(BEGIN_AGAIN_S[min(troubles, len(BEGIN_AGAIN_S) - 1)])
        troubles += 1


async def _follow(bus: Bus, bucket: Bucket, watcher: Watcher) -> None:
    inbox = bus.client.new_inbox()
    heard: asyncio.Queue[Msg] = asyncio.Queue()
    subscription = await bus.client.subscribe(inbox, cb=heard.put, pending_msgs_limit=MESSAGES_MAX)
    try:
        consumer = await bus.js.add_consumer(
            bucket.stream,
            ConsumerConfig(
                deliver_subject=inbox,
                deliver_policy=DeliverPolicy.LAST_PER_SUBJECT,
                ack_policy=AckPolicy.NONE,
                filter_subject=f"$KV.{bucket.name}.>",
                idle_heartbeat=HEARTBEAT_S,
                inactive_threshold=FORGOTTEN_S,
                mem_storage=True,
                max_deliver=1,
            ),
        )
        watcher.begin()
        if not consumer.num_pending:
            watcher.caught_up()
        await _listen(heard, bucket, watcher, is_behind=bool(consumer.num_pending))
    finally:
        if not bus.client.is_closed:
            await subscription.unsubscribe()


async def _listen(
    heard: asyncio.Queue[Msg], bucket: Bucket, watcher: Watcher, *, is_behind: bool
) -> None:
    count = 0
    while True:
        async with asyncio.timeout(SILENCE_S):
            message = await heard.get()
        if message.headers and "Status" in message.headers:
            _check_heartbeat(message, count)
            continue
        metadata = message.metadata
        count += 1
        if metadata.sequence.consumer != count:
            raise _SilentError(f"message {metadata.sequence.consumer} came as number {count}")
        watcher.see(_change_of(message, bucket))
        if is_behind and metadata.num_pending == 0:
            is_behind = False
            watcher.caught_up()


def _check_heartbeat(message: Msg, heard: int) -> None:
    """A heartbeat names the last message that was sent to us."""
    sent = (message.headers or {}).get("Nats-Last-Consumer")
    if sent is not None and int(sent) != heard:
        raise _SilentError(f"{sent} messages were sent, {heard} came")


def _change_of(message: Msg, bucket: Bucket) -> Change:
    key = message.subject.removeprefix(f"$KV.{bucket.name}.")
    headers = message.headers or {}
    is_gone = "KV-Operation" in headers or "Nats-Marker-Reason" in headers
    return Change(key, None if is_gone else message.data, message.metadata.timestamp)
