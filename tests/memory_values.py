"""A key-value bucket in memory, for tests that need no server."""

from contracts.bus import KeyExistsError, KeyMissingError, RevisionMovedError


class MemoryValues:
    """`contracts.bus.Values` in memory."""

    def __init__(self) -> None:
        self.stored: dict[str, tuple[bytes, int]] = {}
        self._revision = 0

    async def get(self, key: str) -> tuple[bytes, int]:
        if key not in self.stored:
            raise KeyMissingError(key)
        return self.stored[key]

    async def create(self, key: str, value: bytes) -> int:
        if key in self.stored:
            raise KeyExistsError(key)
        return self._write(key, value)

    async def update(self, key: str, value: bytes, revision: int) -> int:
        if key not in self.stored or self.stored[key][1] != revision:
            raise RevisionMovedError(key)
        return self._write(key, value)

    async def delete(self, key: str) -> None:
        self.stored.pop(key, None)

    def _write(self, key: str, value: bytes) -> int:
        self._revision += 1
        self.stored[key] = value, self._revision
        return self._revision
