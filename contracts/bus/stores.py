"""Key-value buckets with compare-and-set, and object stores with a limit on size and time.

Opening one asks nothing of the server, so services may start in any order.
"""

import asyncio
import base64
import hashlib

import nats.js.errors
from nats.js.kv import KeyValue
from nats.js.object_store import ObjectStore

from contracts.bus.connection import Bus
from contracts.bus.listing import headers_of, last_of_each
from contracts.topology import Bucket

OBJECT_WAIT_S = 30.0
DELETED_HEADERS = ("KV-Operation", "Nats-Marker-Reason")
"""Each marks a key that was deleted; a written value has neither."""


class KeyMissingError(Exception):
    pass


class KeyExistsError(Exception):
    pass


class RevisionMovedError(Exception):
    """Someone else wrote the key since it was read: read again and decide again."""


class ObjectMissingError(Exception):
    pass


class Values:
    """One key-value bucket. Every write names what it expects, so none is lost unseen."""

    def __init__(self, bus: Bus, bucket: Bucket) -> None:
        self._bus = bus
        self._stream = bucket.stream
        self._prefix = f"$KV.{bucket.name}."
        self._store = KeyValue(bucket.name, bucket.stream, self._prefix, bus.js, direct=True)

    @classmethod
    def of(cls, bus: Bus, bucket: Bucket) -> "Values":
        return cls(bus, bucket)

    async def get(self, key: str) -> tuple[bytes, int]:
        """Return the value and its revision. Raises `KeyMissingError`."""
        try:
            entry = await self._store.get(key)
        except nats.js.errors.KeyNotFoundError as error:
            raise KeyMissingError(key) from error
        return entry.value or b"", entry.revision or 0

    async def all(self) -> dict[str, bytes]:
        """Return the value of every key. Raises `TimeoutError`.

        Of one that changes meanwhile it is an older or a newer one.
        """
        found = await last_of_each(self._bus.js, self._bus.client, self._stream, f"{self._prefix}>")
        return {
            subject.removeprefix(self._prefix): message.data
            for subject, message in found.items()
            if not any(header in headers_of(message) for header in DELETED_HEADERS)
        }

    async def create(self, key: str, value: bytes) -> int:
        """Write a key that must not exist. Raises `KeyExistsError`."""
        try:
            return await self._store.create(key, value)
        except nats.js.errors.KeyWrongLastSequenceError as error:
            raise KeyExistsError(key) from error

    async def update(self, key: str, value: bytes, revision: int) -> int:
        """Write over `revision`. Raises `RevisionMovedError`."""
        try:
            return await self._store.update(key, value, last=revision)
        except nats.js.errors.KeyWrongLastSequenceError as error:
            raise RevisionMovedError(key) from error

    async def delete(self, key: str) -> None:
        await self._store.delete(key)


class Objects:
    """One object store."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    @classmethod
    def of(cls, bus: Bus, bucket: Bucket) -> "Objects":
        return cls(ObjectStore(bucket.name, bucket.stream, bus.js))

    async def put(self, name: str, data: bytes) -> None:
        """Store under `name`; a repeat with the same content writes nothing."""
        if await self._digest(name) == hashlib.sha256(data).digest():
            return
        async with asyncio.timeout(OBJECT_WAIT_S):
            await self._store.put(name, data)

    async def get(self, name: str) -> bytes:
        """Return the whole object, its SHA-256 checked. Raises `ObjectMissingError`."""
        try:
            async with asyncio.timeout(OBJECT_WAIT_S):
                result = await self._store.get(name)
        except nats.js.errors.NotFoundError as error:
            raise ObjectMissingError(name) from error
        return bytes(result.data or b"")

    async def _digest(self, name: str) -> bytes | None:
        try:
            info = await self._store.get_info(name)
        except nats.js.errors.NotFoundError:
            return None
        if not info.digest:
            return None
        return base64.urlsafe_b64decode(info.digest.partition("=")[2])
