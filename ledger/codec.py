"""How an event is stored: a short stable topic with a version, and canonical JSON.

A topic never names a Python path, so that code may move and a database can never choose
what is imported.
"""

from typing import Any

import msgspec

from ledger.domain.events import (
    AccountEvent,
    AccountOpened,
    Deducted,
    Delivered,
    Refunded,
    Settled,
    Started,
    ToppedUp,
)
from ledger.library import StoredEvent

TOPICS: dict[str, type[AccountEvent]] = {
    "account_opened.v1": AccountOpened,
    "topped_up.v1": ToppedUp,
    "deducted.v1": Deducted,
    "started.v1": Started,
    "settled.v1": Settled,
    "refunded.v1": Refunded,
    "delivered.v1": Delivered,
}
_TOPIC_OF: dict[type[Any], str] = {event: topic for topic, event in TOPICS.items()}
_DECODERS = {topic: msgspec.json.Decoder(event) for topic, event in TOPICS.items()}
_ENCODER = msgspec.json.Encoder(order="deterministic")


class UnknownTopicError(Exception):
    """The log holds an event that this version of the ledger cannot read."""


def kind_of(event: AccountEvent) -> str:
    """Return the event's kind, which is its topic without the version: `topped_up`."""
    return _TOPIC_OF[type(event)].partition(".")[0]


def encode(event: AccountEvent) -> StoredEvent:
    return StoredEvent(
        originator_id=event.originator_id,
        originator_version=event.originator_version,
        topic=_TOPIC_OF[type(event)],
        state=_ENCODER.encode(event),
    )


def decode(topic: str, state: bytes) -> AccountEvent:
    """Raises `UnknownTopicError`, or `msgspec.ValidationError` for a damaged state."""
    decoder = _DECODERS.get(topic)
    if decoder is None:
        raise UnknownTopicError(topic)
    return decoder.decode(state)
