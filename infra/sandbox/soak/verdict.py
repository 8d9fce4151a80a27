"""Judge the evidence of a soak. Pure: every promise is one function that names what breaks it."""

from collections.abc import Iterator

from infra.sandbox.soak.evidence import SETTLED, Evidence, Job, jobs_in
from infra.sandbox.soak.judging.books import broken_accounts, broken_jobs
from infra.sandbox.soak.judging.chats import missing_messages, untrue_messages
from infra.sandbox.soak.judging.orders import broken_orders
from infra.sandbox.soak.judging.provider import broken_tasks, open_records
from infra.sandbox.soak.plan import Plan

VIDEOS_LEAST = 0.4
"""Of all orders, when half of them meet a fault."""


def verdict(evidence: Evidence) -> list[str]:
    """Return one sentence for each thing that does not hold; none means that all is well."""
    return [*still_open(evidence), *_lies(evidence)]


def still_open(evidence: Evidence) -> list[str]:
    """Return what time alone may still put right, and must."""
    jobs = jobs_in(evidence)
    return [
        *(f"job {job.number} is open" for job in jobs if job.end is None),
        *(f"video {job.number} was not delivered" for job in jobs if _is_undelivered(job)),
        *missing_messages(jobs),
        *open_records(jobs, evidence.tasks),
    ]


def hollow(plan: Plan, evidence: Evidence) -> Iterator[str]:
    """What proves nothing: kills that all missed, or a studio that made next to no videos."""
    if plan.kills and not evidence.kills:
        yield "not one of the planned kills happened"
    jobs = jobs_in(evidence)
    made = sum(job.end is not None and job.end.kind == SETTLED for job in jobs)
    least = len(plan.orders) * (VIDEOS_LEAST if plan.faults else 1)
    if made < least:
        yield f"{made} videos were made of {len(plan.orders)} orders, and {least:g} should be"


def _lies(evidence: Evidence) -> Iterator[str]:
    jobs = jobs_in(evidence)
    yield from broken_orders(evidence.cycles, jobs)
    yield from broken_accounts(evidence.entries)
    yield from broken_jobs(jobs, evidence.entries)
    yield from untrue_messages(jobs, evidence.told, evidence.kills)
    yield from broken_tasks(jobs, evidence.tasks)
    yield from evidence.troubles


def _is_undelivered(job: Job) -> bool:
    return job.end is not None and job.end.kind == SETTLED and not job.of_kind("delivered")
