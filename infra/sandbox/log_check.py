"""Sums of credits over the whole log beside what the accounts hold: whether the log adds up."""

from dataclasses import dataclass

# One statement sees one moment, so the sums belong together although the log goes on growing.
CHECK = """
    WITH totals AS (
        SELECT count(*) AS events,
               coalesce(sum(amount) FILTER (WHERE kind = 'topped_up'), 0) AS topped_up,
               coalesce(sum(amount) FILTER (WHERE kind = 'payment_completed'), 0) AS bought,
               coalesce(sum(CASE kind WHEN 'payment_refund_requested' THEN amount
                                      WHEN 'payment_refund_failed' THEN -amount END), 0)
                   AS clawed_back,
               coalesce(sum(amount) FILTER (WHERE kind = 'deducted'), 0) AS deducted,
               coalesce(sum(amount) FILTER (WHERE kind = 'settled'), 0) AS settled,
               coalesce(sum(amount) FILTER (WHERE kind = 'refunded'), 0) AS refunded,
               coalesce(sum(debt_change), 0) AS debt
        FROM ledger.events
    ), open AS (
        SELECT coalesce(sum(taken.amount), 0) AS credits FROM ledger.events AS taken
        WHERE taken.kind = 'deducted' AND NOT EXISTS (
            SELECT FROM ledger.events AS closing WHERE closing.closes_job = taken.job_id)
    ), folded AS (
        SELECT originator_id, sum(debt_change) AS debt,
               sum(debt_change + CASE
                   WHEN kind IN ('topped_up', 'refunded', 'payment_completed',
                                 'payment_refund_failed') THEN amount
                   WHEN kind IN ('deducted', 'payment_refund_requested') THEN -amount
                   ELSE 0 END) AS balance
        FROM ledger.events GROUP BY originator_id
    ), compared AS (
        SELECT count(*) AS accounts, coalesce(sum(accounts.balance), 0) AS balances,
               coalesce(sum(accounts.debt), 0) AS debts,
               count(*) FILTER (WHERE (folded.balance, folded.debt)
                   IS DISTINCT FROM (accounts.balance, accounts.debt)) AS wrong
        FROM folded FULL JOIN ledger.accounts AS accounts USING (originator_id)
    )
    SELECT totals.*, open.credits AS open, compared.* FROM totals, open, compared
"""


@dataclass(frozen=True, kw_only=True)
class Check:
    """What is named here in the past happened over the whole log."""

    events: int
    topped_up: int
    bought: int
    clawed_back: int
    """Taken because money goes back, less what returned because it did not go."""
    deducted: int
    settled: int
    refunded: int
    debt: int
    """What became debt, less what was paid into it."""
    open: int
    accounts: int
    balances: int
    debts: int
    wrong: int
    """Accounts whose balance or debt differs from the fold of their events."""

    @property
    def balance_told(self) -> int:
        """What the log says that all accounts hold: what is owed was taken from nobody."""
        given = self.topped_up + self.bought + self.refunded
        return given - self.deducted - self.clawed_back + self.debt

    @property
    def balances_hold(self) -> bool:
        return not self.wrong and self.balance_told == self.balances

    @property
    def debts_hold(self) -> bool:
        return not self.wrong and self.debt == self.debts and self.debt >= 0

    @property
    def deductions_hold(self) -> bool:
        return self.deducted == self.settled + self.refunded + self.open

    @property
    def holds(self) -> bool:
        return self.balances_hold and self.debts_hold and self.deductions_hold
