"""A year of people who come, order videos and buy credits."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from ledger.domain.commands import OpenAccount, TopUp
from ledger.domain.rules import Rules
from ledger.generating.agenda import Agenda
from ledger.generating.chance import Chance
from ledger.generating.history import History, Thread
from ledger.generating.jobs import Jobs
from ledger.generating.payments import Payments

START = datetime(2023, 1, 1, tzinfo=UTC)
"""Long past, so that the made-up year ends before any real log begins."""
YEAR = timedelta(days=365)
EVENTS_PER_VISIT = 4
VISITS_AHEAD = 4
EVENTS_PER_OPENING = 2
FIRST_USER_ID = 100_000_000
GRANTS = ("promo", "compensation", "contest")
RULES = Rules()


class Life:
    def __init__(self, genesis: bytes, *, events: int, accounts: int, seed: int) -> None:
        self._chance = Chance(seed)
        self._agenda = Agenda()
        self.history = History(genesis, start=START, events_max=events, rules=RULES)
        self._jobs = Jobs(self.history, self._agenda, self._chance)
        self._payments = Payments(self.history, self._agenda, self._chance)
        self._events = events
        self._accounts_max = accounts
        self._ids: list[str] = []
        self._mean_pause_s = YEAR.total_seconds() * EVENTS_PER_VISIT / events
        self._grants = 0

    def pieces(self, size: int) -> Iterator[bytes]:
        """Live, and yield the rows of about so many events at a time, until all have happened."""
        self._visit()
        since = 0
        while self.history.remaining:
            self.history.now, deed = self._agenda.take()
            deed()
            if self.history.position - since >= size:
                since = self.history.position
                yield self.history.take_rows()
        yield self.history.take_rows()

    def _visit(self) -> None:
        """Somebody comes, and the next visit is put on the agenda."""
        history = self.history
        unopened = self._accounts_max - len(self._ids)
        history.reserved = EVENTS_PER_OPENING * unopened
        # Accounts come evenly in the first half of the events.
        due = min(self._accounts_max, 1 + 2 * self._accounts_max * history.position // self._events)
        if len(self._ids) < due or (unopened and history.remaining == history.reserved):
            self._open()
        else:
            self._come_back(self._ids[self._chance.early_one(len(self._ids))])
        at = history.now + self._chance.pause(self._mean_pause_s)
        self._agenda.put(max(history.now, min(at, self._latest())), self._visit)

    def _latest(self) -> datetime:
        """Return when the next visit is at the latest: the year has to hold all events."""
        events = self.history.position + VISITS_AHEAD * EVENTS_PER_VISIT
        return START + YEAR * min(1.0, events / self._events)

    def _open(self) -> None:
        account_id = f"tg:{FIRST_USER_ID + len(self._ids)}"
        self._ids.append(account_id)
        self.history.reserved -= EVENTS_PER_OPENING
        opening = OpenAccount(account_id=account_id, terms_version="1")
        self.history.tell(opening, Thread(correlation_id=account_id), "bot")

    def _come_back(self, account_id: str) -> None:
        balance = self.history.accounts[account_id].balance
        if balance == 0 and self._chance.happens(0.8):
            self._payments.order(account_id)
        elif self._chance.happens(0.03):
            self._grant(account_id)
        else:
            # Sometimes more than the balance holds: the rules refuse it.
            self._jobs.order(account_id, self._chance.whole(1, 4), RULES.price_credits)

    def _grant(self, account_id: str) -> None:
        self._grants += 1
        command = TopUp(
            account_id=account_id,
            grant_id=f"grant-{self._grants}",
            credits=self._chance.whole(1, 5),
            reason=GRANTS[self._chance.whole(0, len(GRANTS) - 1)],
        )
        self.history.tell(command, Thread(correlation_id=command.grant_id), "operator")
