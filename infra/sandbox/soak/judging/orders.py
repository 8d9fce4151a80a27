"""Each confirmed order is one deduction, and there is no other deduction."""

from collections import Counter
from collections.abc import Iterator, Sequence

from infra.sandbox.soak.evidence import Cycle, Job


def broken_orders(cycles: Sequence[Cycle], jobs: Sequence[Job]) -> Iterator[str]:
    ordered = Counter((one.account, one.number) for one in cycles if one.number)
    deducted = Counter((job.deducted.account, job.number) for job in jobs)
    for account, number in ordered - deducted:
        yield f"the order {number} of {account} was taken without a deduction of its own"
    for account, number in deducted - ordered:
        yield f"a credit of {account} was taken for {number}, which nobody was told of"
    for one in cycles:
        if one.trouble:
            yield f"cycle {one.cycle} of {one.account}: {one.trouble}"
