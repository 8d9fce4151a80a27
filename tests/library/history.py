"""A history with every kind of event, made by the engine as it runs in production."""

from collections.abc import Iterator
from uuid import UUID, uuid5

from ledger.database import open_lines
from ledger.domain.commands import (
    AccountCommand,
    Cancel,
    CancelPayment,
    CompletePayment,
    ConfirmPaymentRefund,
    Deduct,
    Deliver,
    FailPaymentRefund,
    OpenAccount,
    OpenPayment,
    RequestPayment,
    RequestPaymentRefund,
    Settle,
    Start,
    TopUp,
)
from ledger.domain.rules import Rules
from ledger.log import Origin
from ledger.log.postgres import PostgresEventLog
from ledger.service import open_ledger

NAMES = UUID(int=7)
ORIGIN = Origin(actor="test", correlation_id="library")
DIGEST = "5" * 64
PRICE = 199_00
CREDITS = 5


async def record_history(url: str, accounts: int) -> None:
    """Let the accounts do different amounts of everything."""
    async with (
        open_lines(url, name="history") as line,
        open_ledger(PostgresEventLog(line), Rules()) as ledger,
    ):
        for number in range(accounts):
            for command in life_of(f"tg:{number}", number):
                await ledger.execute(command, ORIGIN)


def life_of(account: str, number: int) -> Iterator[AccountCommand]:
    """One account: videos made and failed, money in, money back, debt, and some of it paid."""
    yield OpenAccount(account_id=account, terms_version="1")
    yield TopUp(account_id=account, grant_id="bonus", credits=3 + number, reason="test")
    for nth in range(1 + number):
        yield from video(account, f"video-{nth}")
    yield from abandoned_order(account)
    yield from paid_order(account, "small")
    yield from paid_order(account, "large")
    yield from spend_all(account, 2 * CREDITS + 1)
    yield from money_back(account, "small", PRICE, fails=number % 2 == 0)
    yield from money_back(account, "large", PRICE // 2 + number, fails=False)
    yield TopUp(account_id=account, grant_id="part", credits=1 + number % 3, reason="test")


def video(account: str, name: str) -> Iterator[AccountCommand]:
    job_id = uuid5(NAMES, f"{account}/{name}")
    yield Deduct(account_id=account, jobs=((job_id, DIGEST),), price_credits=1)
    yield Start(account_id=account, job_id=job_id)
    yield Settle(account_id=account, job_id=job_id, video_digest=DIGEST)
    yield Deliver(account_id=account, job_id=job_id, outcome="sent", file_digest=DIGEST)


def spend_all(account: str, videos: int) -> Iterator[AccountCommand]:
    """Leave two credits, one open job and one cancelled."""
    for nth in range(videos - 2):
        yield from video(account, f"paid-{nth}")
    jobs = [uuid5(NAMES, f"{account}/last-{nth}") for nth in range(2)]
    yield Deduct(account_id=account, jobs=tuple((job, DIGEST) for job in jobs), price_credits=1)
    yield Cancel(account_id=account, job_id=jobs[0])


def order_of(account: str, plan: str) -> UUID:
    return uuid5(NAMES, f"{account}/{plan}")


def abandoned_order(account: str) -> Iterator[AccountCommand]:
    order_id = order_of(account, "abandoned")
    yield request(account, "abandoned")
    yield CancelPayment(account_id=account, order_id=order_id, reason="expired")


def paid_order(account: str, plan: str) -> Iterator[AccountCommand]:
    order_id = order_of(account, plan)
    paid = {"provider": "yookassa", "payment_id": f"{account}-{plan}"}
    yield request(account, plan)
    yield OpenPayment(account_id=account, order_id=order_id, **paid)
    yield CompletePayment(
        account_id=account, order_id=order_id, price=PRICE, currency="RUB", **paid
    )


def request(account: str, plan: str) -> AccountCommand:
    return RequestPayment(
        account_id=account,
        order_id=order_of(account, plan),
        provider="yookassa",
        plan=plan,
        credits=CREDITS,
        price=PRICE,
        currency="RUB",
    )


def money_back(account: str, plan: str, money: int, *, fails: bool) -> Iterator[AccountCommand]:
    refund_id = f"{account}-{plan}-back"
    refund = {"account_id": account, "order_id": order_of(account, plan), "refund_id": refund_id}
    yield RequestPaymentRefund(
        provider="yookassa", payment_id=f"{account}-{plan}", money=money, **refund
    )
    if fails:
        yield FailPaymentRefund(reason="declined", **refund)
    else:
        yield ConfirmPaymentRefund(provider="yookassa", provider_refund_id=refund_id, **refund)
