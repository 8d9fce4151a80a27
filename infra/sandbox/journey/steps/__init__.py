"""The steps of the journey, in the order in which they are told."""

from infra.sandbox.journey.seeing import Step
from infra.sandbox.journey.steps.conservation import conservation
from infra.sandbox.journey.steps.crashes import (
    bot_killed,
    deadline,
    ledger_killed,
    nats_restarted,
    worker_killed,
)
from infra.sandbox.journey.steps.orders import (
    cancel,
    count,
    double_tap,
    failure,
    no_credits,
    open_,
    video,
)
from infra.sandbox.journey.steps.payments import (
    draft_continues,
    payment,
    payment_forged,
    payment_lost_reply,
    payment_refund,
    payment_without_webhook,
    reconciled,
)

STEPS: dict[str, Step] = {
    "open": open_,
    "video": video,
    "failure": failure,
    "double_tap": double_tap,
    "count": count,
    "no_credits": no_credits,
    "cancel": cancel,
    "worker_killed": worker_killed,
    "ledger_killed": ledger_killed,
    "bot_killed": bot_killed,
    "nats_restarted": nats_restarted,
    "deadline": deadline,
    "payment": payment,
    "payment_without_webhook": payment_without_webhook,
    "payment_forged": payment_forged,
    "payment_lost_reply": payment_lost_reply,
    "payment_refund": payment_refund,
    "draft_continues": draft_continues,
    "reconciled": reconciled,
    "conservation": conservation,
}
