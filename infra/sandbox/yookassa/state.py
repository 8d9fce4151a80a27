"""YooKassa's whole state, in memory and in its store, and how its changes are told."""

from typing import Any

from infra.sandbox.kie.clock import ScaledClock
from infra.sandbox.telegram.feed import Feed
from infra.sandbox.telegram.json_types import Json
from infra.sandbox.yookassa.announcing import Announcer
from infra.sandbox.yookassa.calls import CallLog
from infra.sandbox.yookassa.faults import Event, Faults
from infra.sandbox.yookassa.ids import Ids
from infra.sandbox.yookassa.notifications import Delivery, NotificationQueue
from infra.sandbox.yookassa.objects import payment_object, refund_object
from infra.sandbox.yookassa.payments import Payment, PaymentBook
from infra.sandbox.yookassa.refunds import Refund, RefundBook
from infra.sandbox.yookassa.replays import Replays
from infra.sandbox.yookassa.settings import YooKassaSettings
from infra.sandbox.yookassa.storing import Kept, Store


class YooKassaState:
    def __init__(
        self, settings: YooKassaSettings, *, clock: ScaledClock, ids: Ids, store: Store
    ) -> None:
        """Take up what the store kept. Raises `StateError`."""
        self.shop = settings.shop.model_copy()
        self.timing = settings.timing
        self.clock = clock
        self.ids = ids
        self.payments = PaymentBook()
        self.refunds = RefundBook()
        self.replays = Replays(settings.timing.key_kept_s)
        self.notifications = NotificationQueue(settings.timing)
        self.faults = Faults()
        self.calls = CallLog()
        self.feed = Feed()
        self._settings = settings
        self._store = store
        self._announcer = Announcer(self.notifications, self.faults)
        self._take_up()

    def next_change_at(self) -> float | None:
        """Return when time alone will change something, or a notification is due."""
        times = (
            self.payments.next_expiry_at(),
            self.refunds.next_end_at(),
            self.notifications.next_due_at(),
        )
        return min((at for at in times if at is not None), default=None)

    def tell(self, event: Event, about: Payment | Refund) -> list[Delivery]:
        """Keep the change and notify of it; return the deliveries."""
        self.keep(about)
        if self.shop.notification_url is None:
            return []
        told, about_id = self.object_of(about), _id_of(about)
        made = self._announcer.announce(event, about_id, told, self.shop, self.clock.now())
        self.keep(*made)
        return made

    def send_as_is(self, body: Json, url: str, about_id: str) -> int:
        """Send something that no event has caused; return its number."""
        made = self._announcer.as_is(body, url, about_id, self.shop, self.clock.now())
        self.keep(*made)
        return made[0].number

    def object_of(self, about: Payment | Refund) -> Json:
        if isinstance(about, Refund):
            return refund_object(about)
        return payment_object(about, self.shop, self.timing, self.clock.now())

    def keep(self, *things: Kept) -> None:
        self._store.keep(*things)
        self.feed.announce()

    def advance(self, seconds: float) -> None:
        self.clock.advance(seconds)
        self.feed.announce()

    def forget_all(self) -> None:
        self.shop = self._settings.shop.model_copy()
        books: tuple[Any, ...] = (self.payments, self.refunds, self.replays, self.notifications)
        for book in (*books, self.calls, self._store):
            book.forget_all()
        self.faults.clear()
        self.feed.announce()

    def close(self) -> None:
        """Let everyone who waits go on."""
        self.faults.clear()
        self.feed.close()
        self._store.close()

    def _take_up(self) -> None:
        for payment in self._store.payments():
            self.payments.add(payment)
        for refund in self._store.refunds():
            self.refunds.add(refund)
        for replay in self._store.replays():
            self.replays.keep(replay)
        for delivery in self._store.deliveries():
            if not delivery.answers:
                delivery.due_at = delivery.due_at or self.clock.now()
            self.notifications.put_back(delivery)


def _id_of(about: Payment | Refund) -> str:
    return about.refund_id if isinstance(about, Refund) else about.payment_id
