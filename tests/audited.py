"""Events as rows of a log that exists only in the test, under the eyes of the audit."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from msgspec.structs import asdict

from ledger.audit.findings import Finding, Findings
from ledger.audit.log import LogCheck
from ledger.audit.orders import OrderCheck
from ledger.chain import COPY_HEADER, RowReader, form_of, next_hash, row_of, stamp_of
from ledger.codec import encode, kind_of
from ledger.domain.account import Account, evolve
from ledger.domain.columns import columns_of
from ledger.domain.events import AccountEvent
from ledger.domain.keys import key_of

GENESIS = b"\0" * 32


def findings_of(history: Iterable[tuple[datetime, AccountEvent]]) -> list[Finding]:
    """Return what the passes over the log and over its orders find."""
    history = list(history)
    findings = Findings()
    check = LogCheck(GENESIS, findings)
    check.take(RowReader().feed(COPY_HEADER + _rows(history)))
    check.finish()
    orders: dict[object, OrderCheck] = defaultdict(OrderCheck)
    for _, event in history:
        order_id = columns_of(event).order_id
        wrong = orders[order_id].complaint_about(event) if order_id is not None else None
        if wrong:
            findings.add(wrong[0], wrong[1], account=event.originator_id)
    return list(findings.listed())


def _rows(history: Iterable[tuple[datetime, AccountEvent]]) -> bytes:
    accounts: dict[str, Account] = {}
    previous = GENESIS
    rows = b""
    for position, (recorded_at, event) in enumerate(history, start=1):
        one = event.originator_id
        after = evolve(accounts.get(one, Account(account_id=one)), event)
        accounts[one] = after
        stored = encode(event)
        form = form_of(
            position=position,
            version=event.originator_version,
            recorded_at=stamp_of(recorded_at),
            balance_after=after.balance,
            debt_after=after.debt,
            originator_id=one,
            topic=stored.topic,
            state=stored.state,
            kind=kind_of(event),
            key=key_of(event),
            actor="test",
            correlation_id="test",
            **asdict(columns_of(event)),
        )
        previous = next_hash(previous, form)
        rows += row_of(form, previous)
    return rows
