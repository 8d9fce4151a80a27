"""What a look at the log allows to answer, and what it tells of an append whose answer was lost."""

import pytest
from msgspec.structs import replace

from ledger.batch import Decided, Look
from ledger.domain.account import Account, evolve
from ledger.domain.events import AccountOpened
from ledger.domain.keys import key_of, keys_of
from ledger.domain.refusals import InsufficientCredits, TooLate, TooLittleTime
from ledger.log import Change, Loaded, Origin, Recorded
from tests.memory_log import NOON
from tests.story import DEDUCT, ME, PERSON

SHORT = InsufficientCredits(balance=0, needed=1)
NOBODY = Account(account_id=ME)
OPENED = AccountOpened(originator_id=ME, originator_version=1, terms_version="1")
DECIDED = Decided(
    changes=[Change(key=key_of(OPENED), event=OPENED, after=evolve(NOBODY, OPENED), origin=PERSON)]
)
RECORDED = Recorded(
    position=1,
    event=OPENED,
    recorded_at=NOON,
    actor=PERSON.actor,
    correlation_id=PERSON.correlation_id,
    balance_after=0,
    debt_after=0,
    hash=b"",
)


def looked(*looks: tuple[bool, bool, bool]) -> Look:
    """Look at the account, at the keys of DEDUCT, and while no append is under way, or not."""
    look = Look({ME: NOBODY})
    for at_account, at_keys, settled in looks:
        accounts = {ME: NOBODY} if at_account else {}
        loaded = Loaded(accounts=accounts, events={}, orders={}, now=NOON)
        look.learn(loaded, keys_of(DEDUCT) if at_keys else (), settled=settled)
    return look


@pytest.mark.parametrize(
    ("looks", "refusal", "certain"),
    [
        ([], SHORT, False),
        ([(True, True, False)], SHORT, True),
        ([(True, True, False)], None, True),
        ([(True, False, False)], SHORT, False),
        ([(False, True, False)], SHORT, False),
        ([(False, True, False)], None, False),
        ([(True, True, False)], TooLate(), False),
        ([(True, True, False)], TooLittleTime(), False),
        ([(True, True, True)], TooLate(), True),
        ([(True, True, True)], TooLittleTime(), True),
        ([(True, False, True)], TooLate(), False),
        ([(True, True, True), (True, True, False)], TooLate(), False),
        ([(True, True, True), (False, True, False)], TooLate(), True),
    ],
)
def test_what_may_be_answered(looks, refusal, certain):
    assert looked(*looks).is_certain(DEDUCT, refusal) is certain


@pytest.mark.parametrize(
    ("recorded", "held"),
    [
        ({}, False),
        ({key_of(OPENED): RECORDED}, True),
        ({key_of(OPENED): replace(RECORDED, event=replace(OPENED, terms_version="2"))}, False),
        ({key_of(OPENED): replace(RECORDED, correlation_id="another's")}, False),
        ({key_of(OPENED): replace(RECORDED, actor="operator")}, False),
    ],
)
def test_a_lost_append_is_known_by_its_events_and_who_caused_them(recorded, held):
    look = Look({}, recorded=recorded)
    assert look.holds(DECIDED) is held


def test_half_of_an_append_is_another_append():
    other = replace(OPENED, originator_id="tg:2")
    changes = [
        *DECIDED.changes,
        Change(
            key=key_of(other),
            event=other,
            after=evolve(Account(account_id="tg:2"), other),
            origin=Origin(actor="person", correlation_id="c-2"),
        ),
    ]
    assert not Look({}, recorded={key_of(OPENED): RECORDED}).holds(Decided(changes=changes))
