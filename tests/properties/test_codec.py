"""Every event survives being stored, and reaches the other services as it was."""

from datetime import UTC, datetime
from typing import get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts import messages
from ledger.codec import TOPICS, UPCASTERS, UnknownTopicError, decode, encode, kind_of
from ledger.domain.account import Account, evolve
from ledger.domain.columns import columns_of
from ledger.domain.events import (
    AccountOpened,
    Deducted,
    Delivered,
    PaymentCanceled,
    PaymentCompleted,
    PaymentEvent,
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
from ledger.domain.keys import key_of
from ledger.log import Recorded
from ledger.translate import to_fact

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
accounts = st.integers(min_value=1, max_value=10**12).map(lambda number: f"tg:{number}")
versions = st.integers(min_value=1, max_value=2**53)
texts = st.text(alphabet=st.characters(exclude_categories=["Cs"]), min_size=1, max_size=64)
amounts = st.integers(min_value=1, max_value=10**6)
digests = st.text(alphabet="0123456789abcdef", min_size=64, max_size=64)
times = st.datetimes(timezones=st.just(UTC))
head = {"originator_id": accounts, "originator_version": versions}
job = {**head, "job_id": st.uuids()}
order = {**head, "order_id": st.uuids()}
payment = {**order, "provider": texts, "payment_id": texts}
given_credits = {"credits": amounts, "to_debt": st.integers(0, 10**6)}
prices = {"price": st.integers(1, 10**12), "currency": st.sampled_from(["RUB", "XTR"])}

events = st.one_of(
    st.builds(AccountOpened, **head, terms_version=texts),
    st.builds(ToppedUp, **head, **given_credits, grant_id=texts, reason=texts),
    st.builds(
        Deducted,
        **job,
        credits=amounts,
        order_digest=digests,
        index=st.integers(0, 9),
        count=st.integers(1, 10),
        deadline_at=times,
    ),
    st.builds(Started, **job),
    st.builds(Settled, **job, credits=amounts, video_digest=digests),
    st.builds(Refunded, **job, **given_credits, reason=texts),
    st.builds(
        Delivered,
        **job,
        outcome=st.sampled_from(["sent", "unreachable"]),
        file_digest=st.none() | digests,
    ),
    st.builds(PaymentRequested, **order, **prices, provider=texts, plan=texts, credits=amounts),
    st.builds(PaymentOpened, **payment),
    st.builds(PaymentCompleted, **payment, **prices, **given_credits),
    st.builds(PaymentCanceled, **order, reason=texts),
    st.builds(
        PaymentRefundRequested,
        **payment,
        refund_id=texts,
        money=st.integers(1, 10**12),
        currency=st.sampled_from(["RUB", "XTR"]),
        credits=st.integers(0, 10**6),
        shortfall=st.integers(0, 10**6),
    ),
    st.builds(PaymentRefunded, **order, refund_id=texts, provider=texts, provider_refund_id=texts),
    st.builds(PaymentRefundFailed, **order, **given_credits, refund_id=texts, reason=texts),
)


@given(event=events)
def test_a_stored_event_is_read_back_as_it_was(event):
    stored = encode(event)
    assert decode(stored.topic, stored.state) == event
    assert (stored.originator_id, stored.originator_version) == (
        event.originator_id,
        event.originator_version,
    )
    assert encode(decode(stored.topic, stored.state)) == stored


@given(event=events, position=versions, balance=st.integers(0, 10**9))
def test_a_published_event_says_what_the_log_says(event, position, balance):
    one = Recorded(
        position=position,
        event=event,
        recorded_at=NOW,
        actor="a",
        correlation_id="c",
        balance_after=balance,
        debt_after=0,
        hash=b"",
    )
    fact = to_fact(one)
    read = type(fact).model_validate_json(fact.model_dump_json())
    assert read == fact
    assert (read.account, read.version) == (event.originator_id, event.originator_version)
    assert (read.position, read.balance_after) == (position, balance)
    assert type(fact).__name__ == type(event).__name__
    own = type(fact).model_fields.keys() - messages.LedgerFact.model_fields.keys()
    assert {name: getattr(fact, name) for name in own} == {
        name: getattr(event, name) for name in own
    }


@pytest.mark.parametrize(
    "event",
    [ToppedUp, Refunded, *get_args(PaymentEvent)],
)
def test_a_fact_about_credits_or_money_leaves_nothing_out(event):
    fact = getattr(messages, event.__name__)
    head_of_event = {"originator_id", "originator_version"}
    assert set(event.__struct_fields__) - head_of_event == (
        fact.model_fields.keys() - messages.LedgerFact.model_fields.keys()
    )


@given(event=events)
def test_history_is_never_refused(event):
    """`evolve` is total: even an event that no rule would allow is remembered."""
    after = evolve(Account(account_id=event.originator_id), event)
    assert after.version == event.originator_version
    assert key_of(event)


@given(event=events)
def test_the_columns_say_what_the_event_does_to_its_account(event):
    before = Account(account_id=event.originator_id, balance=100, debt=50)
    after = evolve(before, event)
    columns = columns_of(event)
    assert after.debt - before.debt == columns.debt_change
    assert columns.amount == getattr(event, "credits", 0)
    assert columns.job_id == getattr(event, "job_id", None)
    assert columns.order_id == getattr(event, "order_id", None)
    ends_job = isinstance(event, Settled | Refunded)
    assert columns.closes_job == (event.job_id if ends_job else None)
    ends_refund = isinstance(event, PaymentRefunded | PaymentRefundFailed)
    assert columns.closes_refund == (event.refund_id if ends_refund else None)


def test_every_topic_has_its_contract():
    names = {kind_of(case) for case in map(example_of, TOPICS.values())}
    assert names == {topic.partition(".")[0] for topic in TOPICS}
    facts = {one.__name__ for one in messages.LedgerFact.__subclasses__()}
    assert facts == {kind.__name__ for kind in TOPICS.values()}


def test_an_unknown_topic_is_an_error_and_not_a_guess():
    with pytest.raises(UnknownTopicError):
        decode("ledger.domain.events:Deducted", b"{}")


@pytest.mark.parametrize("state", [b"", b"{}", b"null", b'{"originator_id":5}', b"\xff"])
def test_a_damaged_state_is_an_error(state):
    for topic in [*TOPICS, *UPCASTERS]:
        with pytest.raises((msgspec.ValidationError, msgspec.DecodeError)):
            decode(topic, state)


@pytest.mark.parametrize("topic", UPCASTERS)
def test_an_older_state_with_a_later_field_is_damaged(topic):
    latest = topic
    while latest in UPCASTERS:
        latest, _ = UPCASTERS[latest]
    state = encode(example_of(TOPICS[latest])).state
    with pytest.raises(msgspec.ValidationError):
        decode(topic, state)


def example_of(kind):
    fields = {one.name: SAMPLES[one.name] for one in msgspec.structs.fields(kind)}
    return msgspec.convert(fields, kind)


SAMPLES = {
    "originator_id": "tg:1",
    "originator_version": 1,
    "terms_version": "1",
    "grant_id": "g",
    "credits": 1,
    "reason": "r",
    "job_id": "00000000-0000-0000-0000-000000000001",
    "order_digest": "a" * 64,
    "video_digest": "a" * 64,
    "file_digest": None,
    "index": 0,
    "count": 1,
    "deadline_at": "2026-11-23T12:00:00Z",
    "outcome": "sent",
    "to_debt": 0,
    "order_id": "00000000-0000-0000-0000-000000000002",
    "provider": "yookassa",
    "plan": "m",
    "price": 1000,
    "currency": "RUB",
    "payment_id": "p",
    "refund_id": "r1",
    "money": 1,
    "shortfall": 0,
    "provider_refund_id": "pr",
}
