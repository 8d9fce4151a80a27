"""Telegram Stars: what people own, what an invoice asks for, and the bot's transactions."""

import hashlib
from collections import Counter
from dataclasses import asdict, dataclass
from typing import Literal

from pydantic import TypeAdapter

from infra.sandbox.telegram.json_types import Json
from infra.sandbox.telegram.storage import Storage

STARS_AT_FIRST = 10_000
"""What a person owns who never paid and was never given any."""
BALANCE, INVOICE, TRANSACTION = "stars", "invoice", "star_transaction"

State = Literal["waiting", "paid", "refused", "unanswered"]


@dataclass(frozen=True)
class Invoice:
    """What an invoice message asks for, with the payload, which nobody sees in the chat."""

    title: str
    payload: str
    stars: int


@dataclass
class StarTransaction:
    """Stars that came to the bot (`payment`) or went back (`refund`), both under the same id."""

    number: int
    kind: Literal["payment", "refund"]
    charge_id: str
    person_id: int
    stars: int
    payload: str
    at: int


@dataclass
class Checkout:
    """One press of a Pay button, and what became of it."""

    query_id: str
    chat_id: int
    message_id: int
    invoice: Invoice
    asked_at: float
    answer_until: float
    loses_update: bool
    """Once paid, the bot hears nothing of it: its `successful_payment` is lost."""
    answered_after_s: float | None = None
    error: str | None = None
    charge_id: str | None = None

    def state(self, now: float) -> State:
        if self.charge_id is not None:
            return "paid"
        if self.answered_after_s is not None:
            return "refused"
        return "waiting" if now < self.answer_until else "unanswered"


READ_INVOICE = TypeAdapter(Invoice)
READ_TRANSACTION = TypeAdapter(StarTransaction)


class StarBook:
    """Written inside `TelegramWorld.change`, or before a commit."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._balances = {int(key): int(body["stars"]) for key, body in storage.load(BALANCE)}
        self._invoices = {
            key: READ_INVOICE.validate_python(body) for key, body in storage.load(INVOICE)
        }
        self.checkouts: list[Checkout] = []
        """Of this run: nobody waits for an answer beyond it."""
        kept = (READ_TRANSACTION.validate_python(body) for _, body in storage.load(TRANSACTION))
        self._transactions = sorted(kept, key=lambda one: one.number)

    def balance(self, person_id: int) -> int:
        return self._balances.get(person_id, STARS_AT_FIRST)

    def set_balance(self, person_id: int, stars: int) -> None:
        self._balances[person_id] = stars
        self._storage.put(BALANCE, person_id, {"stars": stars})

    def keep_invoice(self, chat_id: int, message_id: int, invoice: Invoice) -> None:
        self._invoices[_place(chat_id, message_id)] = invoice
        self._storage.put(INVOICE, _place(chat_id, message_id), asdict(invoice))

    def invoice(self, chat_id: int, message_id: int) -> Invoice | None:
        return self._invoices.get(_place(chat_id, message_id))

    def take_payment(self, person_id: int, invoice: Invoice, at: int) -> StarTransaction:
        """Move the Stars to the bot under a charge id that no other payment has."""
        number = self._storage.next_number("star_charge")
        charge_id = f"stx{hashlib.sha256(f'{person_id}/{number}'.encode()).hexdigest()[:48]}"
        self.set_balance(person_id, self.balance(person_id) - invoice.stars)
        return self._add("payment", charge_id, person_id, invoice.stars, invoice.payload, at)

    def give_back(self, payment: StarTransaction, at: int) -> StarTransaction:
        person_id = payment.person_id
        self.set_balance(person_id, self.balance(person_id) + payment.stars)
        return self._add("refund", payment.charge_id, person_id, payment.stars, payment.payload, at)

    def find(
        self, charge_id: str, kind: Literal["payment", "refund"] = "payment"
    ) -> StarTransaction | None:
        found = (one for one in self._transactions if one.charge_id == charge_id)
        return next((one for one in found if one.kind == kind), None)

    def change_amount(self, payment: StarTransaction, stars: int) -> None:
        """Let Telegram say that another amount was paid; nobody is told."""
        payment.stars = stars
        self._storage.put(TRANSACTION, payment.number, asdict(payment))

    def transactions(self) -> list[StarTransaction]:
        """Return all, the oldest first, as Telegram lists them."""
        return list(self._transactions)

    def counts(self, now: float) -> dict[str, int]:
        """Count what became of all presses, and the updates that were lost on purpose."""
        found: Counter[str] = Counter({"waiting": 0, "paid": 0, "refused": 0, "unanswered": 0})
        found.update(one.state(now) for one in self.checkouts)
        lost = sum(one.loses_update for one in self.checkouts if one.charge_id is not None)
        return {"asked": len(self.checkouts), **found, "lost_updates": lost}

    def forget_all(self) -> None:
        for kind in (BALANCE, INVOICE, TRANSACTION):
            self._storage.clear(kind)
        self._balances.clear()
        self._invoices.clear()
        self._transactions.clear()
        self.checkouts.clear()

    def _add(  # noqa: PLR0913, PLR0917 - one transaction in all its parts
        self,
        kind: Literal["payment", "refund"],
        charge_id: str,
        person_id: int,
        stars: int,
        payload: str,
        at: int,
    ) -> StarTransaction:
        number = self._storage.next_number("star_transaction")
        made = StarTransaction(number, kind, charge_id, person_id, stars, payload, at)
        self._transactions.append(made)
        self._storage.put(TRANSACTION, number, asdict(made))
        return made


def transaction_json(one: StarTransaction, user: Json) -> Json:
    """Write it as getStarTransactions does."""
    partner: Json = {
        "type": "user",
        "transaction_type": "invoice_payment",
        "user": user,
        "invoice_payload": one.payload,
    }
    side = "source" if one.kind == "payment" else "receiver"
    return {"id": one.charge_id, "amount": one.stars, "date": one.at, side: partner}


def _place(chat_id: int, message_id: int) -> str:
    return f"{chat_id}/{message_id}"
