"""One command of each kind, about one account, one job and one order."""

from uuid import UUID

from ledger.domain.commands import (
    Cancel,
    CompletePayment,
    Deduct,
    Deliver,
    OpenAccount,
    Refund,
    RequestPayment,
    Settle,
    Start,
    TopUp,
)
from ledger.log import Origin

ME = "tg:1"
JOB = UUID(int=1)
DIGEST = "a" * 64
ORDER = UUID(int=77)
PERSON = Origin(actor="person", correlation_id="c-1")

OPEN = OpenAccount(account_id=ME, terms_version="1")
TOP_UP_2 = TopUp(account_id=ME, grant_id="g", credits=2, reason="promo")
DEDUCT = Deduct(account_id=ME, jobs=((JOB, DIGEST),), price_credits=1)
START = Start(account_id=ME, job_id=JOB)
SETTLE = Settle(account_id=ME, job_id=JOB, video_digest=DIGEST)
FAIL = Refund(account_id=ME, job_id=JOB, reason="internal")
CANCEL = Cancel(account_id=ME, job_id=JOB)
DELIVER = Deliver(account_id=ME, job_id=JOB, outcome="sent", file_digest=DIGEST)
REQUEST = RequestPayment(
    account_id=ME,
    order_id=ORDER,
    provider="yookassa",
    plan="starter",
    credits=5,
    price=19_900,
    currency="RUB",
)
COMPLETE = CompletePayment(
    account_id=ME,
    order_id=ORDER,
    provider="yookassa",
    payment_id="p-1",
    price=19_900,
    currency="RUB",
)
