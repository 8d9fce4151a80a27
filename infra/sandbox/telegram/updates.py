"""The queue of updates: numbered, filtered when they are made, kept until confirmed or too old."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from infra.sandbox.telegram.json_types import Json
from infra.sandbox.telegram.schema import UPDATE_TYPES
from infra.sandbox.telegram.settings import Timing
from infra.sandbox.telegram.storage import Storage

FIRST_UPDATE_ID = 730_000_001
NOT_BY_DEFAULT = {"chat_member", "message_reaction", "message_reaction_count"}
QUERIES = {"callback_query", "pre_checkout_query"}
"""Somebody waits for the answer, so Telegram keeps them only for a moment."""
FUTURE_MAX = 10
"""An offset further ahead than this is not believed, and confirms nothing."""
KIND = "update"
ALLOWED = ("settings", "allowed_updates")


@dataclass(frozen=True)
class Pending:
    update_id: int
    kind: str
    payload: Json
    expires_at: float

    def as_update(self) -> Json:
        return {"update_id": self.update_id, self.kind: self.payload}


class UpdateQueue:
    def __init__(self, storage: Storage, timing: Timing, now: Callable[[], float]) -> None:
        self._storage = storage
        self._timing = timing
        self._now = now
        self._pending = {
            int(key): Pending(**body)
            for key, body in sorted(storage.load(KIND), key=lambda row: int(row[0]))
        }
        self._repeated: list[Pending] = []
        kept = dict(storage.load(ALLOWED[0])).get(ALLOWED[1])
        self.allowed: frozenset[str] | None = frozenset(kept["names"]) if kept else None
        self.on_arrival: Callable[[], None] = lambda: None
        self.is_repeated: Callable[[Sequence[Json]], bool] = lambda _: False
        """Asked whether an answer is to be handed out twice, although it will be confirmed."""

    def add(self, kind: str, payload: Json) -> int | None:
        """Queue an update and return its id, or None when the bot does not want this kind."""
        if not self._is_wanted(kind):
            return None
        is_query = kind in QUERIES
        ttl_s = self._timing.query_update_ttl_s if is_query else self._timing.update_ttl_s
        update_id = self._storage.next_number("update", first=FIRST_UPDATE_ID)
        pending = Pending(update_id, kind, payload, self._now() + ttl_s)
        self._pending[update_id] = pending
        self._storage.put(KIND, update_id, vars(pending))
        self.on_arrival()
        return update_id

    def allow(self, names: Sequence[str]) -> None:
        """Remember what the bot wants; an empty list means the default again."""
        self.allowed = frozenset(names) or None
        self._storage.put(*ALLOWED, {"names": sorted(self.allowed or [])})

    def take(self, offset: int, limit: int) -> list[Json]:
        """Return the next updates; those before a positive `offset` are forgotten for good.

        A negative offset forgets all but the last so many.
        """
        self._drop_expired()
        if offset < 0:
            self._forget([*self._pending][:offset])
        elif offset <= self.last_id + FUTURE_MAX:
            self._forget([update_id for update_id in self._pending if update_id < offset])
        first, self._repeated = self._repeated, []
        taken = [*first, *self._pending.values()][:limit]
        updates = [pending.as_update() for pending in taken]
        if updates and self.is_repeated(updates):
            self._repeated = taken
        return updates

    def forget_all(self) -> None:
        """Drop what waits; what the bot wants stays known."""
        self._forget([*self._pending])
        self._repeated = []

    @property
    def count(self) -> int:
        self._drop_expired()
        return len(self._pending)

    @property
    def last_id(self) -> int:
        return max(self._pending, default=0)

    def _is_wanted(self, kind: str) -> bool:
        return kind in (UPDATE_TYPES - NOT_BY_DEFAULT if self.allowed is None else self.allowed)

    def _drop_expired(self) -> None:
        now = self._now()
        self._forget([key for key, pending in self._pending.items() if pending.expires_at <= now])

    def _forget(self, update_ids: Sequence[int]) -> None:
        for update_id in update_ids:
            del self._pending[update_id]
            self._storage.remove(KIND, update_id)
