"""What the bot keeps in NATS: drafts, photos, and the cards of jobs. Never money."""

import asyncio
import hashlib
from collections.abc import Callable
from uuid import UUID
from weakref import WeakValueDictionary

from bot.draft import Draft
from bot.jobs import JobCard
from contracts.bus import (
    KeyExistsError,
    KeyMissingError,
    ObjectMissingError,
    Objects,
    RevisionMovedError,
    Values,
)
from contracts.ids import kv_key
from contracts.orders import Order, digest_of

ATTEMPTS_MAX = 10
SAY_ATTEMPTS_MAX = 2


class Drafts:
    """One draft per person, written by compare-and-set."""

    def __init__(self, values: Values) -> None:
        self._values = values

    async def load(self, account: str) -> Draft | None:
        try:
            value, _ = await self._values.get(kv_key(account))
        except KeyMissingError:
            return None
        return Draft.model_validate_json(value)

    async def change(self, account: str, change: Callable[[Draft | None], Draft]) -> Draft:
        """Apply a pure change to the stored draft, again if somebody else wrote meanwhile."""
        key = kv_key(account)
        for _ in range(ATTEMPTS_MAX):
            try:
                value, revision = await self._values.get(key)
            except KeyMissingError:
                draft, revision = change(None), None
            else:
                draft = change(Draft.model_validate_json(value))
            try:
                await _write(self._values, key, draft.model_dump_json().encode(), revision)
            except (KeyExistsError, RevisionMovedError):
                continue
            return draft
        raise RevisionMovedError(key)

    async def drop(self, account: str) -> None:
        await self._values.delete(kv_key(account))


class JobCards:
    """One card per job."""

    def __init__(self, values: Values) -> None:
        self._values = values
        self._locks: WeakValueDictionary[UUID, asyncio.Lock] = WeakValueDictionary()

    def lock(self, job_id: UUID) -> asyncio.Lock:
        """Whoever says something about a job holds it, so that the last word stays the last."""
        return self._locks.setdefault(job_id, asyncio.Lock())

    async def load(self, job_id: UUID) -> JobCard | None:
        try:
            value, _ = await self._values.get(job_id.hex)
        except KeyMissingError:
            return None
        return JobCard.model_validate_json(value)

    async def create(self, card: JobCard) -> JobCard:
        """Store a new card, or return the one that is there."""
        try:
            await self._values.create(card.job_id.hex, card.model_dump_json().encode())
        except KeyExistsError:
            return await self.load(card.job_id) or card
        return card

    async def change(self, job_id: UUID, change: Callable[[JobCard], JobCard]) -> JobCard:
        """Apply a pure change to the stored card. Raises `KeyMissingError`."""
        for _ in range(ATTEMPTS_MAX):
            value, revision = await self._values.get(job_id.hex)
            before = JobCard.model_validate_json(value)
            card = change(before)
            if card == before:
                return card
            try:
                await self._values.update(job_id.hex, card.model_dump_json().encode(), revision)
            except RevisionMovedError:
                continue
            return card
        raise RevisionMovedError(job_id.hex)


class Notices:
    """What is said once and for all, by key; cut short in between, it is said once more."""

    def __init__(self, values: Values) -> None:
        self._values = values

    async def begin(self, key: str) -> bool:
        """Note that it is about to be said. False when it was, or somebody else is saying it."""
        try:
            value, revision = await self._values.get(key)
        except KeyMissingError:
            attempts, revision = 0, None
        else:
            attempts = int(value)
        if attempts >= SAY_ATTEMPTS_MAX:
            return False
        try:
            await _write(self._values, key, str(attempts + 1).encode(), revision)
        except (KeyExistsError, RevisionMovedError):
            return False
        return True

    async def end(self, key: str) -> None:
        await self._change(key, lambda _: SAY_ATTEMPTS_MAX)

    async def undo(self, key: str) -> None:
        """It certainly did not arrive."""
        await self._change(key, lambda attempts: attempts - 1)

    async def _change(self, key: str, change: Callable[[int], int]) -> None:
        value, revision = await self._values.get(key)
        await self._values.update(key, str(change(int(value))).encode(), revision)


class Photos:
    """One photo per person for the draft, and one per job for its order."""

    def __init__(self, drafts: Objects, orders: Objects) -> None:
        self._drafts = drafts
        self._orders = orders

    async def keep(self, account: str, data: bytes) -> None:
        """Keep the photo of the person's draft in place of the one before it."""
        await self._drafts.put(kv_key(account), data)

    async def load(self, account: str, digest: str) -> bytes | None:
        """Return the draft's photo, or None when it is gone or was replaced meanwhile."""
        try:
            data = await self._drafts.get(kv_key(account))
        except ObjectMissingError:
            return None
        return data if hashlib.sha256(data).hexdigest() == digest else None

    async def keep_for_order(self, job_id: UUID, data: bytes) -> None:
        await self._orders.put(str(job_id), data)


class Orders:
    """Orders under their job ids, written once and never again."""

    def __init__(self, values: Values) -> None:
        self._values = values

    async def freeze(self, order: Order) -> str:
        """Store the order, unless one is there already, and return the stored one's digest."""
        key = str(order.job_id)
        content = order.to_bytes()
        try:
            await self._values.create(key, content)
        except KeyExistsError:
            content, _ = await self._values.get(key)
        return digest_of(content)


async def _write(values: Values, key: str, value: bytes, revision: int | None) -> None:
    if revision is None:
        await values.create(key, value)
    else:
        await values.update(key, value, revision)
