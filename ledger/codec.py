"""How an event is stored: a short stable topic with a version, and canonical JSON.

A topic never names a Python path, so that code may move and a database can never choose
what is imported. An older version is read through its upcasters, one version at a time.
"""

from collections.abc import Callable
from typing import Any

import msgspec

from ledger.domain.events import (
    AccountEvent,
    AccountOpened,
    Deducted,
    Delivered,
    PaymentCanceled,
    PaymentCompleted,
    PaymentOpened,
    PaymentRefunded,
    PaymentRefundFailed,
    PaymentRefundRequested,
    PaymentRequested,
    Refunded,
    Settled,
    Started,
    ToppedUp,
)
from ledger.library import StoredEvent

Fields = dict[str, Any]

TOPICS: dict[str, type[AccountEvent]] = {
    "account_opened.v1": AccountOpened,
    "topped_up.v2": ToppedUp,
    "deducted.v1": Deducted,
    "started.v1": Started,
    "settled.v1": Settled,
    "refunded.v2": Refunded,
    "delivered.v1": Delivered,
    "payment_requested.v1": PaymentRequested,
    "payment_opened.v1": PaymentOpened,
    "payment_completed.v1": PaymentCompleted,
    "payment_canceled.v1": PaymentCanceled,
    "payment_refund_requested.v1": PaymentRefundRequested,
    "payment_refunded.v1": PaymentRefunded,
    "payment_refund_failed.v1": PaymentRefundFailed,
}
"""What is written today."""


class UnknownTopicError(Exception):
    """The log holds an event that this version of the ledger cannot read."""


def kind_of(event: AccountEvent) -> str:
    """Return the event's kind, which is its topic without the version: `topped_up`."""
    return _KIND_OF[type(event)]


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
        return _decode_older(topic, state)
    return decoder.decode(state)


def _decode_older(topic: str, state: bytes) -> AccountEvent:
    if topic not in UPCASTERS:
        raise UnknownTopicError(topic)
    fields = _FIELDS.decode(state)
    while topic in UPCASTERS:
        topic, upcast = UPCASTERS[topic]
        fields = upcast(fields)
    return msgspec.convert(fields, TOPICS[topic])


def _without_debt(fields: Fields) -> Fields:
    """Before there was debt, all credits went to the balance."""
    if "to_debt" in fields:
        raise msgspec.ValidationError("Object contains unknown field `to_debt`")
    return {**fields, "to_debt": 0}


UPCASTERS: dict[str, tuple[str, Callable[[Fields], Fields]]] = {
    "topped_up.v1": ("topped_up.v2", _without_debt),
    "refunded.v1": ("refunded.v2", _without_debt),
}
"""By topic: the next version's topic, and how fields become its fields."""

_TOPIC_OF: dict[type[Any], str] = {event: topic for topic, event in TOPICS.items()}
_KIND_OF = {event: topic.partition(".")[0] for event, topic in _TOPIC_OF.items()}
_DECODERS = {topic: msgspec.json.Decoder(event) for topic, event in TOPICS.items()}
_FIELDS = msgspec.json.Decoder(Fields)
_ENCODER = msgspec.json.Encoder(order="deterministic")
