"""The equations of the ledger, folded from the log by somebody who is not the ledger."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from infra.sandbox.journey.books import Entry
from infra.sandbox.soak.evidence import REFUNDED, SETTLED, Job

SIGNS = {"topped_up": 1, REFUNDED: 1, "deducted": -1}
"""What moves a balance here: nobody pays with money in a soak."""
OF_A_JOB = ("started", SETTLED, REFUNDED, "delivered")


def broken_accounts(entries: Sequence[Entry]) -> Iterator[str]:
    """Balance = topped up + refunded - deducted, after every event, and never below zero."""
    balances: defaultdict[str, int] = defaultdict(int)
    for one in entries:
        balances[one.account] += SIGNS.get(one.kind, 0) * one.credits
        if balances[one.account] != one.balance_after or one.balance_after < 0:
            yield (
                f"position {one.position}: {one.account} has {one.balance_after} credits "
                f"where the log adds up to {balances[one.account]}"
            )
            balances[one.account] = one.balance_after


def broken_jobs(jobs: Sequence[Job], entries: Sequence[Entry]) -> Iterator[str]:
    """Deducted = settled + refunded + open; one end, of the whole credit; each after its cause."""
    for job in jobs:
        kinds = Counter(one.kind for one in job.entries)
        if len(job.ends) > 1:
            yield f"job {job.number} has {len(job.ends)} ends"
        if any(end.credits != job.deducted.credits for end in job.ends):
            yield f"job {job.number} ended with another number of credits than it cost"
        if any(one.position < job.deducted.position for one in job.entries):
            yield f"job {job.number} went on before it was paid for"
        if any(kinds[kind] > 1 for kind in ("deducted", "started", "delivered")):
            yield f"job {job.number} did something twice: {dict(kinds)}"
        if kinds["started"] and any(end.reason == "cancelled" for end in job.ends):
            yield f"job {job.number} was started and cancelled"
        if kinds[SETTLED] and not kinds["started"]:
            yield f"job {job.number} was settled and never started"
    known = {job.deducted.job_id for job in jobs}
    for one in entries:
        if one.kind in OF_A_JOB and one.job_id not in known:
            yield f"position {one.position}: {one.kind} of a job that nobody paid for"
