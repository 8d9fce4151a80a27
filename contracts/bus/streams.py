"""What a stream and a consumer say of themselves."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import cast

import nats.errors
from nats.js.api import RawStreamMsg
from nats.js.errors import APIError, NotFoundError

from contracts.bus.connection import Bus
from contracts.bus.declaring import declare_stream
from contracts.service import OperatorNeededError
from contracts.topology import Consumer, Stream

PAYLOAD_BYTES_MAX = 1024 * 1024
"""A stream is as good as full when the largest message would make it drop an old one."""


class BatchesMissingError(OperatorNeededError):
    """The server cannot store several messages at once."""


@dataclass(frozen=True)
class Tail:
    """What a stream holds: its bounds, and the headers of its first and of its last message.

    Both are empty when the stream is; `first_sequence` is then the one that comes next.
    `sequence` is the last that was given out, whether or not that message is still there.
    """

    created_at: datetime
    sequence: int
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    first_sequence: int = 0
    first_headers: Mapping[str, str] = field(default_factory=dict[str, str])
    messages: int = 0
    is_full: bool = False

    @property
    def missing(self) -> int:
        """How many messages are gone from behind the first."""
        return self.sequence - self.first_sequence + 1 - self.messages


async def tail_of(bus: Bus, stream: Stream) -> Tail:
    """Declare the stream when it is gone, then look at it. Raises `TimeoutError`."""
    try:
        await declare_stream(bus, stream)
        info = await bus.js.stream_info(stream.name)
        first = last = None
        if info.state.messages:
            first = await bus.js.get_msg(stream.name, seq=info.state.first_seq)
            last = await _last_message(bus, stream)
    except NotFoundError as error:
        raise TimeoutError(f"{stream.name} changed while it was read") from error
    except (APIError, nats.errors.Error) as error:
        raise TimeoutError(f"{stream.name} could not be read: {error!r}") from error
    if info.created is None:
        raise TimeoutError(f"{stream.name} does not say when it was created")
    if stream.batches and not info.config.allow_atomic:
        raise BatchesMissingError(f"{stream.name} needs a nats-server of version 2.12 or newer")
    return Tail(
        created_at=info.created,
        sequence=info.state.last_seq,
        headers=_headers(last),
        first_sequence=info.state.first_seq if first else info.state.last_seq + 1,
        first_headers=_headers(first),
        messages=info.state.messages,
        is_full=info.state.bytes + PAYLOAD_BYTES_MAX > stream.bytes_max,
    )


async def _last_message(bus: Bus, stream: Stream) -> RawStreamMsg | None:
    """Return the last that is there: the last sequence may have been deleted or purged."""
    found: list[RawStreamMsg] = []
    for subject in stream.subjects:
        with suppress(NotFoundError):
            found.append(await bus.js.get_last_msg(stream.name, subject))
    return max(found, key=lambda one: one.seq or 0, default=None)


def _headers(message: RawStreamMsg | None) -> Mapping[str, str]:
    # nats-py leaves the header types open; the server sends text.
    headers = message.headers if message else None  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType] - nats-py does not annotate its headers
    return cast("dict[str, str] | None", headers) or {}


async def backlog_of(bus: Bus, consumer: Consumer) -> int | None:
    """Return how many messages wait or are being handled, or None when NATS cannot say."""
    try:
        info = await bus.js.consumer_info(consumer.stream.name, consumer.name)
    except (APIError, nats.errors.Error):
        return None
    return (info.num_pending or 0) + (info.num_ack_pending or 0)
