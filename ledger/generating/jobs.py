"""How the jobs of one order go: mostly well, sometimes cancelled, failed, or forgotten."""

from functools import partial
from uuid import UUID

from ledger.domain.commands import Cancel, Deduct, Deliver, Refund, Settle, Start
from ledger.domain.events import DEADLINE
from ledger.generating.agenda import Agenda, Deed
from ledger.generating.chance import Chance
from ledger.generating.history import History, Thread

SETTLED_UP_TO, FAILED_UP_TO = 90, 96
"""Of a hundred started jobs; the rest are forgotten and swept."""
FAILURES = ("internal", "content_rejected", "provider_failed", "photo_rejected")


class Jobs:
    def __init__(self, history: History, agenda: Agenda, chance: Chance) -> None:
        self._history = history
        self._agenda = agenda
        self._chance = chance

    def order(self, account_id: str, count: int, price_credits: int) -> bool:
        chance = self._chance
        jobs = tuple((chance.uuid(), chance.digest()) for _ in range(count))
        ordered = Thread(correlation_id=str(chance.uuid()))
        command = Deduct(account_id=account_id, jobs=jobs, price_credits=price_credits)
        if not self._history.tell(command, ordered, "bot"):
            return False
        for job_id, _ in jobs:
            self._plan(account_id, job_id, Thread(ordered.correlation_id, {**ordered.events}))
        return True

    def _plan(self, account_id: str, job_id: UUID, thread: Thread) -> None:
        chance = self._chance
        if chance.happens(0.04):
            self._later(1, 20, partial(self._cancel, account_id, job_id, thread))
        if chance.happens(0.02):
            # Too early, so the rules refuse it.
            self._later(60, 300, partial(self._sweep, account_id, job_id, thread))
        if chance.happens(0.98):
            self._later(1, 40, partial(self._start, account_id, job_id, thread))
        else:
            self._later(905, 935, partial(self._sweep, account_id, job_id, thread))

    def _cancel(self, account_id: str, job_id: UUID, thread: Thread) -> None:
        self._history.tell(Cancel(account_id=account_id, job_id=job_id), thread, "bot")

    def _start(self, account_id: str, job_id: UUID, thread: Thread) -> None:
        if not self._history.tell(Start(account_id=account_id, job_id=job_id), thread, "videogen"):
            return
        fate = self._chance.whole(1, 100)
        if fate <= SETTLED_UP_TO:
            self._later(20, 400, partial(self._settle, account_id, job_id, thread))
        elif fate <= FAILED_UP_TO:
            self._later(5, 300, partial(self._fail, account_id, job_id, thread))
        else:
            self._later(905, 935, partial(self._sweep, account_id, job_id, thread))

    def _settle(self, account_id: str, job_id: UUID, thread: Thread) -> None:
        digest = self._chance.digest()
        command = Settle(account_id=account_id, job_id=job_id, video_digest=digest)
        if self._history.tell(command, thread, "videogen") and self._chance.happens(0.97):
            self._later(1, 30, partial(self._deliver, account_id, job_id, thread))

    def _fail(self, account_id: str, job_id: UUID, thread: Thread) -> None:
        reason = FAILURES[self._chance.whole(0, len(FAILURES) - 1)]
        command = Refund(account_id=account_id, job_id=job_id, reason=reason)
        self._history.tell(command, thread, "videogen")
        if self._chance.happens(0.1):
            # Nothing was made, so the rules refuse it.
            self._later(1, 30, partial(self._deliver, account_id, job_id, thread))

    def _sweep(self, account_id: str, job_id: UUID, thread: Thread) -> None:
        command = Refund(account_id=account_id, job_id=job_id, reason=DEADLINE)
        if self._history.tell(command, thread, "sweep") and self._chance.happens(0.3):
            # The video came after its deadline: it is delivered, free.
            self._later(10, 600, partial(self._deliver, account_id, job_id, thread))

    def _deliver(self, account_id: str, job_id: UUID, thread: Thread) -> None:
        sent = self._chance.happens(0.97)
        command = Deliver(
            account_id=account_id,
            job_id=job_id,
            outcome="sent" if sent else "unreachable",
            file_digest=self._chance.digest() if sent else None,
        )
        self._history.tell(command, thread, "bot")

    def _later(self, low_s: float, high_s: float, deed: Deed) -> None:
        self._agenda.put(self._history.now + self._chance.span(low_s, high_s), deed)
