"""The right side as a whole: asks the log when something is new in it, and shows what it says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from infra.sandbox.log_reader import Balance, JobRow, NoLinkError
from infra.sandbox.page.backstage import Backstage
from infra.sandbox.page.log import jobs, journal
from infra.sandbox.page.log.account import AccountCard
from infra.sandbox.page.log.jobs import JobsCard
from infra.sandbox.page.log.journal import JournalCard, Names


@dataclass(frozen=True)
class Subject:
    """Whose account is watched."""

    account: str | None
    owner: str


class LogPane:
    def __init__(self, backstage: Backstage) -> None:
        self._backstage = backstage
        self._subject = Subject(None, "")
        self._names = Names()
        self._everybody = True
        self._shown: object = None
        self._balance: Balance | None = None
        self._jobs: Sequence[JobRow] = ()
        self._account_card = AccountCard(backstage.link)
        self._jobs_card = JobsCard()
        self._journal = JournalCard(
            on_everybody=lambda: self._filter(everybody=True),
            on_one=lambda: self._filter(everybody=False),
            on_older=self._show_older,
        )

    async def refresh(self, subject: Subject, names: Mapping[str, str]) -> None:
        """Show the account; `names` says to whom the accounts in the log belong."""
        self._names = Names(names, self._backstage.plans)
        if subject != self._subject:
            self._subject = subject
            self._shown = None
            if not self._everybody:
                self._journal.clear()
        marks = self._backstage.follower.marks
        if marks is not None and marks != self._shown and await self._read():
            self._shown = marks
        self._account_card.name(subject.owner)
        if self._shown is not None:
            self._account_card.show(subject.account, self._balance)
        self._journal.show_filter(everybody=self._everybody, owner=subject.owner)
        self._journal.show_check(self._backstage.follower.check)
        self._jobs_card.show(self._jobs, self._backstage.link.stages, self._backstage.now())

    async def _read(self) -> bool:
        """Show what the log says now; False when it does not answer, or something else is asked."""
        subject, wanted, reader = self._subject, self._wanted, self._backstage.reader
        account = subject.account
        try:
            balance = await reader.balance(account) if account else None
            found = await reader.jobs(account, limit=jobs.SHOWN_MAX) if account else ()
            newer = await reader.entries(
                wanted, after=self._journal.newest, limit=journal.PAGE_SIZE
            )
        except NoLinkError:
            return False
        if (subject, wanted) != (self._subject, self._wanted):
            return False
        self._jobs = found
        self._balance = balance
        if len(newer) == journal.PAGE_SIZE:
            # More came than one page holds: begin anew rather than leave a gap.
            self._journal.clear()
        self._journal.add_newer(newer, self._names)
        return True

    @property
    def _wanted(self) -> str | None:
        return None if self._everybody else (self._subject.account or "-")

    def _filter(self, *, everybody: bool) -> None:
        if everybody != self._everybody:
            self._everybody = everybody
            self._shown = None
            self._journal.clear()

    async def _show_older(self) -> None:
        wanted, before = self._wanted, self._journal.oldest
        if before is None:
            return
        try:
            entries = await self._backstage.reader.entries(
                wanted, before=before, limit=journal.PAGE_SIZE
            )
        except NoLinkError:
            return
        if (wanted, before) == (self._wanted, self._journal.oldest):
            self._journal.add_older(entries, self._names)
