"""What can be asked of an account."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct


class Command(Struct, frozen=True, kw_only=True):
    account_id: str
    not_after: datetime | None = None
    """An instant after which nothing new may happen because of this command."""


class OpenAccount(Command, frozen=True, kw_only=True):
    terms_version: str


class TopUp(Command, frozen=True, kw_only=True):
    grant_id: str
    credits: int
    reason: str


class Deduct(Command, frozen=True, kw_only=True):
    """Order one job per `(job_id, order_digest)`, all or none, at the price the person saw."""

    jobs: tuple[tuple[UUID, str], ...]
    price_credits: int


class Start(Command, frozen=True, kw_only=True):
    job_id: UUID


class Settle(Command, frozen=True, kw_only=True):
    job_id: UUID
    video_digest: str


class Refund(Command, frozen=True, kw_only=True):
    """Give a deduction back: it failed, or its deadline has passed. Never says how much."""

    job_id: UUID
    reason: str


class Cancel(Command, frozen=True, kw_only=True):
    job_id: UUID


class Deliver(Command, frozen=True, kw_only=True):
    job_id: UUID
    outcome: str
    file_digest: str | None = None


class RequestPayment(Command, frozen=True, kw_only=True):
    """Record what is bought and at which price, before the provider is called."""

    order_id: UUID
    provider: str
    plan: str
    credits: int
    price: int
    currency: str


class OpenPayment(Command, frozen=True, kw_only=True):
    order_id: UUID
    provider: str
    payment_id: str


class CompletePayment(Command, frozen=True, kw_only=True):
    """Credit an order with what the provider says was paid."""

    order_id: UUID
    provider: str
    payment_id: str
    price: int
    currency: str


class CancelPayment(Command, frozen=True, kw_only=True):
    order_id: UUID
    reason: str


class RequestPaymentRefund(Command, frozen=True, kw_only=True):
    """Take the credits of `money` that is about to go back. Never says how many."""

    order_id: UUID
    provider: str
    payment_id: str
    refund_id: str
    money: int


class ConfirmPaymentRefund(Command, frozen=True, kw_only=True):
    order_id: UUID
    refund_id: str
    provider: str
    provider_refund_id: str


class FailPaymentRefund(Command, frozen=True, kw_only=True):
    order_id: UUID
    refund_id: str
    reason: str


CreditCommand = OpenAccount | TopUp
JobCommand = Deduct | Start | Settle | Refund | Cancel | Deliver
RefundCommand = RequestPaymentRefund | ConfirmPaymentRefund | FailPaymentRefund
PaymentCommand = RequestPayment | OpenPayment | CompletePayment | CancelPayment | RefundCommand
AccountCommand = CreditCommand | JobCommand | PaymentCommand
