"""The pass over the whole log: chain, positions, versions, clock, columns, balances, rules.

A damaged row does not stop it. The pass goes on from what is stored there, so that the broken
position is named and the ones after it are not blamed.
"""

import hashlib
from collections.abc import Iterable

from ledger.audit.columns import differing
from ledger.audit.findings import Findings, Kind
from ledger.audit.lawful import complaint_about
from ledger.audit.states import UNDECODABLE, AccountState
from ledger.chain import Row
from ledger.codec import decode

STAMP_MIN = -(2**63)


class LogCheck:
    def __init__(self, genesis: bytes, findings: Findings) -> None:
        self.position = 0
        self.hash = genesis
        self.events = 0
        self._stamp = STAMP_MIN
        self._accounts: dict[bytes, AccountState] = {}
        self._findings = findings

    def take(self, rows: Iterable[Row]) -> None:
        """Check the next rows of the log, in their order."""
        # Names are looked up once: this loop runs for every event there ever was.
        sha256, accounts, check = hashlib.sha256, self._accounts, self._check_event
        position, previous, stamp = self.position, self.hash, self._stamp
        count = 0
        for row in rows:
            count += 1
            if row.position != position + 1:
                self._report_gap(row, position)
            if sha256(previous + row.form).digest() != row.hash:
                self._add(Kind.CHAIN_BROKEN, row, "its hash is not that of the row and its past")
            if row.recorded_at < stamp:
                span_s = (stamp - row.recorded_at) / 1_000_000
                self._add(Kind.CLOCK_WENT_BACK, row, f"{span_s:.6f} s before the event before it")
            account = accounts.get(row.originator_id)
            if account is None:
                account = accounts[row.originator_id] = AccountState()
            check(account, row)
            position, previous, stamp = row.position, row.hash, row.recorded_at
        self.position, self.hash, self._stamp = position, previous, stamp
        self.events += count

    def finish(self) -> None:
        """Report what only the end of the log shows."""
        for account_id, account in self._accounts.items():
            if account.cut_short is not None:
                self._findings.add(
                    Kind.UNLAWFUL,
                    f"the log ends amid {account.cut_short.count} jobs confirmed together",
                    account=account_id.decode(errors="replace"),
                )

    def _check_event(self, account: AccountState, row: Row) -> None:
        version = account.version + 1
        if row.version != version:
            self._add(Kind.VERSION_GAP, row, f"version {row.version} follows {version - 1}")
            account.version = row.version - 1
        try:
            event = decode(row.topic.decode(), row.state)
        except UNDECODABLE as error:
            self._add(Kind.UNDECODABLE, row, f"{row.topic.decode(errors='replace')}: {error}")
            account.trust(row)
            return
        if columns := differing(event, row):
            self._add(Kind.COLUMN_MISMATCH, row, f"{', '.join(columns)} contradict the payload")
        if complaint := complaint_about(account, event, row):
            self._add(Kind.UNLAWFUL, row, f"{row.kind.decode(errors='replace')}: {complaint}")
        account.version = row.version
        if row.balance_after != account.balance or row.debt_after != account.debt:
            self._report_balance(account, row)
            account.trust(row)

    def _report_balance(self, account: AccountState, row: Row) -> None:
        if row.balance_after != account.balance:
            says = f"balance_after is {row.balance_after}, the events make {account.balance}"
            self._add(Kind.BALANCE_MISMATCH, row, says)
        if row.debt_after != account.debt:
            says = f"debt_after is {row.debt_after}, the events make {account.debt}"
            self._add(Kind.DEBT_MISMATCH, row, says)

    def _report_gap(self, row: Row, before: int) -> None:
        expected = before + 1
        if row.position < expected:
            self._add(Kind.POSITION_GAP, row, f"it comes after position {before}")
            return
        last = row.position - 1
        says = "the event is missing" if last == expected else f"events up to {last} are missing"
        self._findings.add(Kind.POSITION_GAP, says, position=expected)

    def _add(self, kind: Kind, row: Row, says: str) -> None:
        account = row.originator_id.decode(errors="replace")
        self._findings.add(kind, says, position=row.position, account=account)
