"""The bus: the only code that speaks NATS. It goes round the faults of nats-py 2.16."""

from contracts.bus.connection import Bus, BusSettings, PermissionViolationError, open_bus
from contracts.bus.consuming import Delivery, UnprocessableMessageError, consume
from contracts.bus.requests import NoAnswerError, Route, ask, serve
from contracts.bus.stores import (
    KeyExistsError,
    KeyMissingError,
    ObjectMissingError,
    Objects,
    RevisionMovedError,
    Values,
)

__all__ = [
    "Bus",
    "BusSettings",
    "Delivery",
    "KeyExistsError",
    "KeyMissingError",
    "NoAnswerError",
    "ObjectMissingError",
    "Objects",
    "PermissionViolationError",
    "RevisionMovedError",
    "Route",
    "UnprocessableMessageError",
    "Values",
    "ask",
    "consume",
    "open_bus",
    "serve",
]
