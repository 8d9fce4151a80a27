"""Every event survives being stored, and reaches the other services as it was."""

from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts import messages
from ledger.codec import TOPICS, UnknownTopicError, decode, encode, kind_of
from ledger.domain.account import Account, evolve
from ledger.domain.events import (
    AccountOpened,
    Deducted,
    Delivered,
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

events = st.one_of(
    st.builds(AccountOpened, **head, terms_version=texts),
    st.builds(ToppedUp, **head, grant_id=texts, credits=amounts, reason=texts),
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
    st.builds(Refunded, **job, credits=amounts, reason=texts),
    st.builds(
        Delivered,
        **job,
        outcome=st.sampled_from(["sent", "unreachable"]),
        file_digest=st.none() | digests,
    ),
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
    )
    fact = to_fact(one)
    read = type(fact).model_validate_json(fact.model_dump_json())
    assert read == fact
    assert (read.account, read.position, read.balance_after) == (
        event.originator_id,
        position,
        balance,
    )
    assert type(fact).__name__ == type(event).__name__


@given(event=events)
def test_history_is_never_refused(event):
    """`evolve` is total: even an event that no rule would allow is remembered."""
    after = evolve(Account(account_id=event.originator_id), event)
    assert after.version == event.originator_version
    assert key_of(event)


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
    for topic in TOPICS:
        with pytest.raises((msgspec.ValidationError, msgspec.DecodeError)):
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
}
