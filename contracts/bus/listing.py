# pyright: reportUnknownMemberType=false
# nats-py does not annotate its keyword arguments.
"""Read every message of a stream that keeps one per subject, once.

nats-py's own `keys` hangs where a key is deleted meanwhile, and is silent of what it dropped.
Messages come by a callback, because its `next_msg` may swallow a cancellation on Python 3.11.
"""

import asyncio
import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

import nats.errors
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, ConsumerInfo, DeliverPolicy
from nats.js.errors import APIError

READ_S_MAX = 30.0
BATCH_MAX = 256
"""Asked for at a time, so that a large bucket does not overrun the connection."""
BATCH_S_MAX = 5.0
IDLE_S_MAX = 60.0
"""The server forgets the consumer of whoever vanished meanwhile."""
STATUS_HEADER = "Status"


async def last_of_each(
    js: JetStreamContext, client: Client, stream: str, subjects: str
) -> dict[str, Msg]:
    """Return the last message under each of the subjects, which are all that the stream has.

    Of one that is written meanwhile it is some message or a later one. Raises `TimeoutError`.
    """
    try:
        async with asyncio.timeout(READ_S_MAX), _reader(js, client, stream, subjects) as reader:
            return await _read(reader)
    except (nats.errors.Error, TimeoutError) as error:
        raise TimeoutError(f"{stream} could not be read: {str(error) or repr(error)}") from error


@dataclass(frozen=True)
class _Reader:
    js: JetStreamContext
    client: Client
    stream: str
    consumer: str
    inbox: str
    replies: asyncio.Queue[Msg]

    async def missing(self, found: int) -> int:
        """Return how many more there are. What is written later only takes an old one's place."""
        info = await self.js.stream_info(self.stream)
        return info.state.messages - found

    async def pull(self, count: int) -> AsyncGenerator[Msg]:
        """Yield what is there, at most `count`. The server says with a status that it is less."""
        subject = f"$JS.API.CONSUMER.MSG.NEXT.{self.stream}.{self.consumer}"
        wish = json.dumps({"batch": count, "no_wait": True}).encode()
        await self.client.publish(subject, wish, reply=self.inbox)
        for _ in range(count):
            async with asyncio.timeout(BATCH_S_MAX):
                message = await self.replies.get()
            if STATUS_HEADER in headers_of(message):
                return
            yield message


async def _read(reader: _Reader) -> dict[str, Msg]:
    found: dict[str, Msg] = {}
    while (missing := await reader.missing(len(found))) > 0:
        async for message in reader.pull(min(missing, BATCH_MAX)):
            found[message.subject] = message
    return found


@asynccontextmanager
async def _reader(
    js: JetStreamContext, client: Client, stream: str, subjects: str
) -> AsyncGenerator[_Reader]:
    inbox = client.new_inbox()
    replies: asyncio.Queue[Msg] = asyncio.Queue()
    subscription = await client.subscribe(inbox, cb=replies.put)
    try:
        info = await _add_consumer(js, stream, subjects)
        try:
            yield _Reader(js, client, stream, info.name, inbox, replies)
        finally:
            with suppress(APIError, nats.errors.Error):
                await js.delete_consumer(stream, info.name)
    finally:
        with suppress(nats.errors.Error):
            await subscription.unsubscribe()


async def _add_consumer(js: JetStreamContext, stream: str, subjects: str) -> ConsumerInfo:
    return await js.add_consumer(
        stream,
        ConsumerConfig(
            deliver_policy=DeliverPolicy.LAST_PER_SUBJECT,
            filter_subject=subjects,
            ack_policy=AckPolicy.NONE,
            mem_storage=True,
            inactive_threshold=IDLE_S_MAX,
        ),
    )


def headers_of(message: Msg) -> Mapping[str, str]:
    return message.headers or {}
