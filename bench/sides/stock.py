"""The stock library: its application, repository, mapper and recorder on psycopg, safe settings.

Its aggregate has the four methods of a job's life. `POSTGRES_ENABLE_DB_FUNCTIONS` stays off: with
it the library takes no lock, and readers lose events.
"""

import asyncio
import itertools
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from random import Random
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event

from bench.life import DIGEST, REASON, TERMS, random_id
from bench.meter import WARM_UP_S
from bench.sides import Figures, Parameters

SEED = 7
CACHES = {
    "none": {},
    "cache": {"AGGREGATE_CACHE_MAXSIZE": "100000", "AGGREGATE_CACHE_FASTFORWARD": "n"},
    "fastforward": {"AGGREGATE_CACHE_MAXSIZE": "100000", "AGGREGATE_CACHE_FASTFORWARD": "y"},
}


class Account(Aggregate):
    @event("Opened")
    def __init__(self, terms_version: str) -> None:
        self.terms_version = terms_version
        self.balance = 0
        self.started: dict[str, bool] = {}

    @event("ToppedUp")
    def top_up(self, grant_id: str, amount: int, reason: str) -> None:
        self.balance += amount

    def deduct(self, job_id: UUID, amount: int) -> None:
        if self.balance < amount or str(job_id) in self.started:
            raise ValueError(job_id)
        self._deduct(job_id, amount, DIGEST, 0, 1, datetime.now(UTC))

    @event("Deducted")
    def _deduct(  # noqa: PLR0913, PLR0917 - the fields of the event
        self,
        job_id: UUID,
        amount: int,
        order_digest: str,
        index: int,
        count: int,
        deadline_at: datetime,
    ) -> None:
        self.balance -= amount
        self.started[str(job_id)] = False

    def start(self, job_id: UUID) -> None:
        if self.started[str(job_id)]:
            raise ValueError(job_id)
        self._start(job_id)

    @event("Started")
    def _start(self, job_id: UUID) -> None:
        self.started[str(job_id)] = True

    def settle(self, job_id: UUID, video_digest: str) -> None:
        if not self.started[str(job_id)]:
            raise ValueError(job_id)
        self._settle(job_id, 1, video_digest)

    @event("Settled")
    def _settle(self, job_id: UUID, amount: int, video_digest: str) -> None:
        del self.started[str(job_id)]


class Accounts(Application[UUID]):
    def open(self) -> UUID:
        account = Account(TERMS)
        self.save(account)
        return account.id

    def top_up(self, account_id: UUID, job_id: UUID) -> None:
        account: Account = self.repository.get(account_id)
        account.top_up(job_id.hex, 1, REASON)
        self.save(account)

    def deduct(self, account_id: UUID, job_id: UUID) -> None:
        account: Account = self.repository.get(account_id)
        account.deduct(job_id, 1)
        self.save(account)

    def start(self, account_id: UUID, job_id: UUID) -> None:
        account: Account = self.repository.get(account_id)
        account.start(job_id)
        self.save(account)

    def settle(self, account_id: UUID, job_id: UUID) -> None:
        account: Account = self.repository.get(account_id)
        account.settle(job_id, DIGEST)
        self.save(account)


def settings_of(url: str, threads: int) -> dict[str, str]:
    parts = urlsplit(url)
    return {
        "PERSISTENCE_MODULE": "eventsourcing.postgres",
        "POSTGRES_DBNAME": parts.path.removeprefix("/"),
        "POSTGRES_HOST": parts.hostname or "",
        "POSTGRES_PORT": str(parts.port),
        "POSTGRES_USER": parts.username or "",
        "POSTGRES_PASSWORD": parts.password or "",
        "POSTGRES_POOL_SIZE": str(threads),
        "POSTGRES_MAX_OVERFLOW": str(threads),
    }


async def throughput(parameters: Parameters) -> Figures:
    """`threads` callers, each with `accounts` of its own, with one of the library's caches."""
    return await asyncio.to_thread(_throughput, parameters)


def _throughput(parameters: Parameters) -> Figures:
    threads, cache = parameters["threads"], parameters["cache"]
    application = Accounts({**settings_of(parameters["url"], threads), **CACHES[cache]})
    callers = [
        Caller(application, parameters["accounts"], Random(SEED + nth)) for nth in range(threads)
    ]
    with application:
        for caller in callers:
            caller.start()
        time.sleep(WARM_UP_S)
        before, started = sum(one.done for one in callers), time.perf_counter()
        time.sleep(parameters["seconds"])
        done, passed = sum(one.done for one in callers), time.perf_counter() - started
        for caller in callers:
            caller.over = True
        for caller in callers:
            caller.join()
        stored = application.recorder.max_notification_id()
        asked = sum(one.done for one in callers) + parameters["accounts"] * threads
    assert stored == asked, f"{asked} commands, but {stored} events"
    return {f"stock_{threads}_{cache}": (done - before) / passed}


class Caller(threading.Thread):
    """One thread that does one command after the other."""

    def __init__(self, application: Accounts, accounts: int, chance: Random) -> None:
        super().__init__(daemon=True)
        self.done = 0
        self.over = False
        self._accounts = [application.open() for _ in range(accounts)]
        self._application = application
        self._chance = chance

    def run(self) -> None:
        for do, account_id, job_id in self._steps():
            if self.over:
                return
            do(account_id, job_id)
            self.done += 1

    def _steps(self) -> Iterator[tuple[Any, UUID, UUID]]:
        ours = self._application
        for account_id in itertools.cycle(self._accounts):
            job_id = random_id(self._chance)
            for do in (ours.top_up, ours.deduct, ours.start, ours.settle):
                yield do, account_id, job_id
