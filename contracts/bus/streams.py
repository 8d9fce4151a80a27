"""What a stream and a consumer say of themselves."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import cast

import nats.errors
from nats.js.errors import APIError, NotFoundError

from contracts.bus.connection import Bus
from contracts.bus.declaring import declare_stream
from contracts.topology import Consumer, Stream


@dataclass(frozen=True)
class Tail:
    """The end of a stream: its last sequence, and the headers of its last message if it has one."""

    created_at: datetime
    sequence: int
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


async def tail_of(bus: Bus, stream: Stream) -> Tail:
    """Declare the stream when it is gone, then return its end. Raises `TimeoutError`."""
    try:
        await declare_stream(bus, stream)
        info = await bus.js.stream_info(stream.name)
        sequence, messages = info.state.last_seq, info.state.messages
        last = await bus.js.get_msg(stream.name, seq=sequence) if messages else None
    except NotFoundError as error:
        raise TimeoutError(f"{stream.name} changed while it was read") from error
    except (APIError, nats.errors.Error) as error:
        raise TimeoutError(f"{stream.name} could not be read: {error!r}") from error
    if info.created is None:
        raise TimeoutError(f"{stream.name} does not say when it was created")
    # nats-py leaves the header types open; the server sends text.
    headers = cast("dict[str, str] | None", last.headers) if last else None  # pyright: ignore[reportUnknownMemberType]
    return Tail(created_at=info.created, sequence=sequence, headers=headers or {})


async def backlog_of(bus: Bus, consumer: Consumer) -> int | None:
    """Return how many messages wait or are being handled, or None when NATS cannot say."""
    try:
        info = await bus.js.consumer_info(consumer.stream.name, consumer.name)
    except (APIError, nats.errors.Error):
        return None
    return (info.num_pending or 0) + (info.num_ack_pending or 0)
