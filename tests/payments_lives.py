"""A ledger that dies at one of its outside calls: before it, or right after it took effect."""

import inspect
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from tests.payments_world import Running, World
from tests.videogen_lives import KilledError, Mortal

__all__ = ["KilledError", "Mortal", "MortalPort", "dying"]


class MortalPort:
    """Any port, seen by a process that will die: its coroutines are the outside calls."""

    def __init__(self, port: Any, mortal: Mortal) -> None:
        self._port = port
        self._mortal = mortal

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._port, name)
        if not inspect.iscoroutinefunction(found):
            return found

        async def call(*arguments: Any, **named: Any) -> Any:
            return await self._mortal.call(name, lambda: found(*arguments, **named))

        return call


@asynccontextmanager
async def dying(world: World, mortal: Mortal) -> AsyncIterator[Running]:
    """Run a ledger that dies when `mortal` says so; then the block just ends."""
    try:
        async with world.ledger(
            gateway=MortalPort(world.gateway, mortal),
            event_log=MortalPort(world.event_log, mortal),
            pool=MortalPort(world.pool, mortal),
        ) as running:
            yield running
    except BaseExceptionGroup as group:
        _, others = group.split(KilledError)
        if others is not None:
            raise others from None
