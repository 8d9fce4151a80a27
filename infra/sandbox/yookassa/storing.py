"""What YooKassa remembers through a restart of the sandbox: all but the faults and the log."""

from dataclasses import asdict
from typing import Any

from pydantic import TypeAdapter

from infra.sandbox.telegram.storage import StateError, Storage
from infra.sandbox.yookassa.notifications import Delivery
from infra.sandbox.yookassa.payments import Payment
from infra.sandbox.yookassa.refunds import Refund
from infra.sandbox.yookassa.replays import Replay

KINDS: dict[type[Any], str] = {
    Payment: "payment",
    Refund: "refund",
    Replay: "replay",
    Delivery: "delivery",
}
Kept = Payment | Refund | Replay | Delivery


class Store:
    """Without a storage nothing outlives the process."""

    def __init__(self, storage: Storage | None) -> None:
        self._storage = storage

    def keep(self, *things: Kept) -> None:
        if self._storage is None:
            return
        for thing in things:
            self._storage.put(KINDS[type(thing)], _key(thing), asdict(thing))
        self._storage.commit()

    def payments(self) -> list[Payment]:
        return _read(self._storage, Payment)

    def refunds(self) -> list[Refund]:
        return _read(self._storage, Refund)

    def replays(self) -> list[Replay]:
        return _read(self._storage, Replay)

    def deliveries(self) -> list[Delivery]:
        return _read(self._storage, Delivery)

    def forget_all(self) -> None:
        if self._storage is not None:
            for kind in KINDS.values():
                self._storage.clear(kind)
            self._storage.commit()

    def close(self) -> None:
        """From now on nothing is kept: what is still on its way is sent again next time."""
        if self._storage is not None:
            self._storage.close()
        self._storage = None


def _key(thing: Kept) -> str:
    match thing:
        case Payment():
            return thing.payment_id
        case Refund():
            return thing.refund_id
        case Replay():
            return thing.scope
        case Delivery():
            return f"{thing.number:012}"


def _read(storage: Storage | None, kind: type[Any]) -> list[Any]:
    """Return them in the order of their creation. Raises `StateError`."""
    if storage is None:
        return []
    adapter = TypeAdapter(kind)
    try:
        found = [adapter.validate_python(body) for _, body in storage.load(KINDS[kind])]
    except ValueError as error:
        raise StateError(f"the kept payments cannot be read ({error})") from error
    return sorted(found, key=lambda one: float(getattr(one, "created_at", 0)))
