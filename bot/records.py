"""Records in a key-value bucket, each written by compare-and-set."""

from collections.abc import Callable
from typing import Generic, TypeVar

from pydantic import BaseModel

from contracts.bus import KeyExistsError, KeyMissingError, RevisionMovedError, Values

ATTEMPTS_MAX = 10

Record = TypeVar("Record", bound=BaseModel)


class Records(Generic[Record]):
    def __init__(self, values: Values, kind: type[Record]) -> None:
        self._values = values
        self._kind = kind

    async def load(self, key: str) -> Record | None:
        try:
            value, _ = await self._values.get(key)
        except KeyMissingError:
            return None
        return self._kind.model_validate_json(value)

    async def change(self, key: str, change: Callable[[Record | None], Record]) -> Record:
        """Apply a pure change to what is stored, again if somebody else wrote meanwhile."""
        for _ in range(ATTEMPTS_MAX):
            try:
                value, revision = await self._values.get(key)
            except KeyMissingError:
                before, revision = None, 0
            else:
                before = self._kind.model_validate_json(value)
            after = change(before)
            if after == before:
                return after
            try:
                await self._write(key, after, revision)
            except (KeyExistsError, RevisionMovedError):
                continue
            return after
        raise RevisionMovedError(key)

    async def _write(self, key: str, record: Record, revision: int) -> None:
        value = record.model_dump_json().encode()
        if revision:
            await self._values.update(key, value, revision)
        else:
            await self._values.create(key, value)
