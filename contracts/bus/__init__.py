"""The bus: the only code that speaks NATS. It goes round the faults of nats-py 2.16."""

from contracts.bus.batching import Outgoing, publish_in_order
from contracts.bus.connection import (
    UNREACHABLE,
    Bus,
    BusSettings,
    PermissionViolationError,
    SequenceMovedError,
    open_bus,
)
from contracts.bus.consuming import Delivery, UnprocessableMessageError, consume
from contracts.bus.declaring import declare
from contracts.bus.requests import NoAnswerError, Route, ask, serve
from contracts.bus.stores import (
    KeyExistsError,
    KeyMissingError,
    ObjectMissingError,
    Objects,
    RevisionMovedError,
    Values,
)
from contracts.bus.streams import BatchesMissingError, Tail, backlog_of, tail_of
from contracts.bus.watching import Change, Watcher, watch

__all__ = [
    "UNREACHABLE",
    "BatchesMissingError",
    "Bus",
    "BusSettings",
    "Change",
    "Delivery",
    "KeyExistsError",
    "KeyMissingError",
    "NoAnswerError",
    "ObjectMissingError",
    "Objects",
    "Outgoing",
    "PermissionViolationError",
    "RevisionMovedError",
    "Route",
    "SequenceMovedError",
    "Tail",
    "UnprocessableMessageError",
    "Values",
    "Watcher",
    "ask",
    "backlog_of",
    "consume",
    "declare",
    "open_bus",
    "publish_in_order",
    "serve",
    "tail_of",
    "watch",
]
