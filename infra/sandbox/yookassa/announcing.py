"""From an event to its notifications: none, one or several, now, later or behind the next."""

import json
from dataclasses import replace

from infra.sandbox.telegram.json_types import Json
from infra.sandbox.yookassa.faults import Event, FaultKind, FaultRule, Faults
from infra.sandbox.yookassa.notifications import Delivery, NotificationQueue
from infra.sandbox.yookassa.settings import HOUR_S, Shop


class Announcer:
    def __init__(self, queue: NotificationQueue, faults: Faults) -> None:
        self._queue = queue
        self._faults = faults

    def announce(
        self, event: Event, about_id: str, told: Json, shop: Shop, now: float
    ) -> list[Delivery]:
        """Return what is new or changed in the queue."""
        if shop.notification_url is None:
            return []
        body = {"type": "notification", "event": event.value, "object": told}
        rule = self._faults.of_event(event, json.dumps(body, ensure_ascii=False))
        one = self._delivery(body, shop.notification_url, about_id, shop, now)
        return self._queue.add(one) if rule is None else self._troubled(one, rule)

    def as_is(self, body: Json, url: str, about_id: str, shop: Shop, now: float) -> list[Delivery]:
        """Queue something that no event has caused; no fault meets it."""
        return self._queue.add(self._delivery(body, url, about_id, shop, now))

    def _troubled(self, one: Delivery, rule: FaultRule) -> list[Delivery]:
        match rule.kind:
            case FaultKind.NO_NOTIFICATION:
                return []
            case FaultKind.DELAYED:
                one.due_at = one.made_at + rule.delay(HOUR_S)
                return self._queue.add(one)
            case FaultKind.REORDERED:
                self._queue.hold(one)
                return [one]
            case _:
                copies = [replace(one, number=one.number + nth) for nth in range(rule.copies)]
                return [kept for copy in copies for kept in self._queue.add(_own(copy))]

    def _delivery(self, body: Json, url: str, about_id: str, shop: Shop, now: float) -> Delivery:
        headers = {"X-Forwarded-For": shop.forwarded_for} if shop.forwarded_for else {}
        return Delivery(
            number=self._queue.next_number(),
            event=str(body.get("event", "")),
            object_id=about_id,
            url=url,
            body=body,
            made_at=now,
            due_at=now,
            headers=headers,
        )


def _own(copy: Delivery) -> Delivery:
    """A copy keeps its answers to itself."""
    return replace(copy, answers=[])
