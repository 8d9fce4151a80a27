# pyright: reportUnknownMemberType=false
# nats-py does not annotate its keyword arguments.
"""Store messages in a stream in their order, right behind what the caller has seen there."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import nats.errors
from nats.js.errors import APIError

from contracts.bus.connection import (
    WRONG_LAST_SEQUENCE,
    Bus,
    SequenceMovedError,
    encoded,
)
from contracts.messages import Message

BATCH_MIN = 32
"""The server prepares a batch on disk, in the time of some thirty messages stored one by one."""
BATCH_MAX = 1_000
"""The server takes no more at once."""
BATCH_WAIT_S = 10.0
DUPLICATE = 10201
INCOMPLETE = 10176
UNAVAILABLE = 503


@dataclass(frozen=True)
class Outgoing:
    """A message to store; `message_id` makes a repetition recognisable for a while."""

    subject: str
    body: Message | bytes
    message_id: str
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


async def publish_in_order(bus: Bus, messages: Sequence[Outgoing], *, after: int) -> int:
    """Store the messages behind sequence `after`, without a gap, and return the last sequence.

    Many are stored all or none: the server checks `after` once for them all, so nothing that
    another publisher does meanwhile can come between them. Few are stored one after the other,
    and the first that fails is the last that was tried. Raises `SequenceMovedError`, or
    `TimeoutError` when the outcome is unknown.
    """
    if len(messages) >= BATCH_MIN:
        return await _publish_batch(bus, messages, after)
    for one in messages:
        after = await bus.publish(
            one.subject, one.body, message_id=one.message_id, headers=one.headers, after=after
        )
    return after


async def _publish_batch(bus: Bus, messages: Sequence[Outgoing], after: int) -> int:
    """The protocol is NATS ADR-50. nats-py 2.16 knows it only as a setting of the stream."""
    batch_id = bus.client.new_inbox().rpartition(".")[2]
    *others, last = enumerate(messages, start=1)
    expected = {"Nats-Expected-Last-Sequence": str(after)}
    try:
        for number, one in others:
            headers = _headers(one, batch_id, number) | (expected if number == 1 else {})
            await bus.client.publish(one.subject, encoded(one.body), headers=headers)
        number, one = last
        reply = await bus.client.request(
            one.subject,
            encoded(one.body),
            timeout=BATCH_WAIT_S,
            headers=_headers(one, batch_id, number) | {"Nats-Batch-Commit": "1"},
        )
    except (nats.errors.Error, OSError) as error:
        raise TimeoutError(f"NATS did not store a batch: {error!r}") from error
    return _sequence_of(json.loads(reply.data), after, len(messages))


def _headers(one: Outgoing, batch_id: str, number: int) -> dict[str, str]:
    return {
        **one.headers,
        "Nats-Msg-Id": one.message_id,
        "Nats-Batch-Id": batch_id,
        "Nats-Batch-Sequence": str(number),
    }


def _sequence_of(answer: dict[str, Any], after: int, count: int) -> int:
    if "error" in answer:
        raise _error_of(answer["error"])
    if (answer["seq"], answer.get("count")) != (after + count, count):
        raise SequenceMovedError(f"{count} messages behind {after} were stored as {answer}")
    return after + count


def _error_of(told: dict[str, Any]) -> Exception:
    if told["err_code"] in (*WRONG_LAST_SEQUENCE, DUPLICATE):
        return SequenceMovedError(told["description"])
    if told["err_code"] == INCOMPLETE or told["code"] == UNAVAILABLE:
        return TimeoutError(told["description"])
    return APIError(**told)
