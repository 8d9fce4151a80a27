"""What the bot remembers of purchases: the bill in the chat, and what a person is about to buy."""

import asyncio
from collections.abc import Callable
from uuid import UUID, uuid5
from weakref import WeakValueDictionary

from pydantic import BaseModel, ConfigDict

from bot.draft import Draft
from bot.records import Records
from contracts.bus import Values
from contracts.ids import kv_key
from contracts.messages import PaymentProvider, PaymentState

# Fixed for ever: another namespace would make a second order of a replayed tap.
ORDERS = UUID("5b0d1c3a-7e0e-5d55-8f3f-0f6f2c8f7a24")
STATES = (
    PaymentState.REQUESTED,
    PaymentState.OPENED,
    PaymentState.CANCELED,
    PaymentState.COMPLETED,
)
"""A bill only moves forward, and money that came after all is the last word."""
TAG_LENGTH = 8


def order_id_of(account: str, cause: str) -> UUID:
    """Return the id of the order that this tap or message caused: a replay is the same order."""
    return uuid5(ORDERS, f"{account}/{cause}")


class Agreement(BaseModel):
    """The person agreed that this revision of the draft is confirmed when the money has come."""

    model_config = ConfigDict(frozen=True)

    draft_id: UUID
    revision: int


def tag_of(draft: Draft) -> str:
    """Return the few letters that tell a person's draft from their others, as buttons hold it."""
    return draft.draft_id.hex[:TAG_LENGTH]


class Bill(BaseModel):
    """The message with the link to pay, stored under the order's id."""

    model_config = ConfigDict(frozen=True)

    order_id: UUID
    account: str
    chat_id: int
    locale: str = "ru"
    title: str = ""
    message_id: int | None = None
    cause: str = ""
    """The tap or message that put the bill up last."""
    shown: PaymentState | None = None
    hidden: bool = False
    """The person put it away, and what they agreed to with it."""
    agreement: Agreement | None = None
    continued: bool = False
    """What was agreed has been done, or cannot be done any more."""

    def noting(self, **changes: object) -> "Bill":
        return self.model_copy(update=changes)

    def is_past(self, state: PaymentState) -> bool:
        """The message says something later than this."""
        return self.shown is not None and STATES.index(self.shown) > STATES.index(state)


class Bills:
    def __init__(self, values: Values) -> None:
        self._records = Records(values, Bill)
        self._locks: WeakValueDictionary[UUID, asyncio.Lock] = WeakValueDictionary()

    def lock(self, order_id: UUID) -> asyncio.Lock:
        """Whoever says something about an order holds it, so that the last word stays the last."""
        return self._locks.setdefault(order_id, asyncio.Lock())

    async def load(self, order_id: UUID) -> Bill | None:
        return await self._records.load(order_id.hex)

    async def change(self, fresh: Bill, change: Callable[[Bill], Bill]) -> Bill:
        """Change the stored bill, or `fresh` when there is none."""
        return await self._records.change(fresh.order_id.hex, lambda found: change(found or fresh))


class Purchase(BaseModel):
    """What a person chose to buy, kept apart from the draft that they are putting together."""

    model_config = ConfigDict(frozen=True)

    awaits_email: bool = False
    email: str | None = None
    """For the receipt; kept only until the ledger has it."""
    email_message_id: int | None = None
    """The message that held the address, so that its replay is not taken for something else."""
    provider: PaymentProvider | None = None
    """None: nothing was chosen, only the address is being changed."""
    seen: str = ""
    """The plan as its button showed it."""
    agreement: Agreement | None = None

    def noting(self, **changes: object) -> "Purchase":
        return self.model_copy(update=changes)


class Purchases:
    """One per person."""

    def __init__(self, values: Values) -> None:
        self._records = Records(values, Purchase)

    async def load(self, account: str) -> Purchase:
        return await self._records.load(_key(account)) or Purchase()

    async def change(self, account: str, change: Callable[[Purchase], Purchase]) -> Purchase:
        return await self._records.change(_key(account), lambda found: change(found or Purchase()))

    async def leave_email(self, account: str) -> bool:
        """Ask for no address any more. False when none was asked for."""
        if not (await self.load(account)).awaits_email:
            return False
        await self.change(account, lambda found: found.noting(awaits_email=False))
        return True


def _key(account: str) -> str:
    return f"buying.{kv_key(account)}"
