"""One sample of every version of every event ever written: each must load for ever.

A sample is what stands in somebody's log, so it is never edited. A changed event gets a new
topic, a new sample beside the old one, and an upcaster.
"""

from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest

from ledger.codec import TOPICS, UPCASTERS, decode, encode
from ledger.domain.events import (
    AccountOpened,
    Deducted,
    Delivered,
    PaymentCanceled,
    PaymentCompleted,
    PaymentOpened,
    PaymentRefunded,
    PaymentRefundFailed,
    PaymentRefundRequested,
    PaymentRequested,
    Refunded,
    Settled,
    Started,
    ToppedUp,
)

FOLDER = Path(__file__).parents[1] / "golden"
JOB = UUID("7da28c3a-8fa6-59a3-ac01-c83b74fa0ece")
ORDER = UUID("0b6a7e52-31c0-4c5b-9d0e-2f7f6a1b9c44")
ORDERED = {"order_id": ORDER, "provider": "yookassa"}
PAID = {**ORDERED, "payment_id": "2d9f1c5e-000f-5000-8000-18db351245c7"}
PRICE = {"price": 49_000, "currency": "RUB"}


def head(version):
    return {"originator_id": "tg:123456789", "originator_version": version}


GOLDEN = {
    "account_opened.v1": AccountOpened(**head(1), terms_version="2026-11-01"),
    "topped_up.v1": ToppedUp(
        **head(2), grant_id="welcome", credits=1, reason="welcome_bonus", to_debt=0
    ),
    "topped_up.v2": ToppedUp(**head(12), grant_id="promo-7", credits=5, reason="promo", to_debt=2),
    "deducted.v1": Deducted(
        **head(3),
        job_id=JOB,
        credits=1,
        order_digest="5e" * 32,
        index=0,
        count=2,
        deadline_at=datetime(2026, 11, 23, 12, 15, 0, 250_000, tzinfo=UTC),
    ),
    "started.v1": Started(**head(4), job_id=JOB),
    "settled.v1": Settled(**head(5), job_id=JOB, credits=1, video_digest="a7" * 32),
    "refunded.v1": Refunded(**head(6), job_id=JOB, credits=1, reason="deadline", to_debt=0),
    "refunded.v2": Refunded(**head(13), job_id=JOB, credits=3, reason="cancelled", to_debt=1),
    "delivered.v1": Delivered(**head(7), job_id=JOB, outcome="sent", file_digest="0c" * 32),
    "payment_requested.v1": PaymentRequested(**head(8), **ORDERED, **PRICE, plan="ten", credits=10),
    "payment_opened.v1": PaymentOpened(**head(9), **PAID),
    "payment_completed.v1": PaymentCompleted(**head(10), **PAID, **PRICE, credits=10, to_debt=4),
    "payment_canceled.v1": PaymentCanceled(**head(11), order_id=ORDER, reason="expired"),
    "payment_refund_requested.v1": PaymentRefundRequested(
        **head(14),
        **PAID,
        refund_id="support-31",
        money=24_500,
        currency="RUB",
        credits=5,
        shortfall=3,
    ),
    "payment_refunded.v1": PaymentRefunded(
        **head(15),
        **ORDERED,
        refund_id="support-31",
        provider_refund_id="2d9f2a11-0015-5000-a000-1b2c3d4e5f60",
    ),
    "payment_refund_failed.v1": PaymentRefundFailed(
        **head(16), order_id=ORDER, refund_id="support-32", credits=2, to_debt=2, reason="declined"
    ),
}


def sample(topic):
    return (FOLDER / f"{topic}.json").read_bytes()


@pytest.mark.parametrize("topic", GOLDEN)
def test_every_version_of_an_event_loads_for_ever(topic):
    assert decode(topic, sample(topic)) == GOLDEN[topic]


@pytest.mark.parametrize("topic", TOPICS)
def test_what_is_written_today_is_the_sample_to_the_byte(topic):
    stored = encode(GOLDEN[topic])
    assert (stored.topic, stored.state) == (topic, sample(topic))


def test_every_version_has_its_sample():
    files = {path.name.removesuffix(".json") for path in FOLDER.iterdir()}
    assert files == set(GOLDEN) == {*TOPICS, *UPCASTERS}


@pytest.mark.parametrize("topic", UPCASTERS)
def test_an_older_version_leads_to_the_one_that_is_written(topic):
    while topic in UPCASTERS:
        kind, _, version = topic.partition(".v")
        topic, _ = UPCASTERS[topic]
        assert topic == f"{kind}.v{int(version) + 1}"
    assert topic in TOPICS
