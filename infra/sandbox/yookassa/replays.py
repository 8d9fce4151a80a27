"""Idempotence: what was answered to a key is answered again for a day, and to nothing else."""

import asyncio
import hashlib
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from weakref import WeakValueDictionary

from infra.sandbox.telegram.json_types import Json
from infra.sandbox.yookassa.refusals import wrong

HEADER = "Idempotence-Key"
KEY_LENGTH_MAX = 64


@dataclass(frozen=True)
class Replay:
    """The first answer to a key. Never one of 5xx."""

    scope: str
    digest: str
    status: int
    body: Json
    at: float


class Replays:
    def __init__(self, kept_s: float) -> None:
        self._kept_s = kept_s
        self._replays: dict[str, Replay] = {}
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def one_at_a_time(self, scope: str) -> AsyncGenerator[None]:
        """Let a second call with the same key wait for the end of the first."""
        lock = self._locks.setdefault(scope, asyncio.Lock())
        async with lock:
            yield

    def find(self, scope: str, body: bytes, now: float) -> Replay | None:
        """Raises 400 when the key was used for something else."""
        replay = self._replays.get(scope)
        if replay is None or now - replay.at >= self._kept_s:
            return None
        if replay.digest != digest_of(body):
            raise wrong("Idempotence key duplicated", HEADER)
        return replay

    def keep(self, replay: Replay) -> None:
        self._replays[replay.scope] = replay

    def forget_all(self) -> None:
        self._replays.clear()


def scope_of(shop_id: str, method: str, path: str, key: str) -> str:
    """Return what a key is one of. Raises 400 when it is missing or too long."""
    if not key:
        raise wrong("Idempotence key is missing", HEADER)
    if len(key) > KEY_LENGTH_MAX:
        raise wrong(f"Idempotence key is over {KEY_LENGTH_MAX} characters", HEADER)
    return f"{shop_id} {method} {path} {key}"


def digest_of(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def as_json(replay: Replay) -> Json:
    return asdict(replay)
