"""The ledger as the bot asks it. Silence means unknown, so a command is asked again."""

import asyncio
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from contracts import topology
from contracts.bus import Bus, NoAnswerError, ask
from contracts.ids import Token
from contracts.messages import (
    Balance,
    Buy,
    Cancel,
    CheckPayment,
    Deduct,
    Deliver,
    DeliveryOutcome,
    Done,
    GetBalance,
    GetHistory,
    GetJob,
    GetLate,
    GetPayment,
    GetPlans,
    GetTerms,
    GetUndelivered,
    History,
    Job,
    Jobs,
    LedgerCommand,
    Message,
    OpenAccount,
    Payment,
    Plans,
    Refusal,
    RefusalCode,
    ReportStars,
    ReportStarsRefund,
    Terms,
)
from contracts.topology import Endpoint

ATTEMPTS_MAX = 3
ATTEMPT_WAIT_S = 2.0
PROVIDER_WAIT_S = 5.0
"""Of an answer for which the ledger itself asks the provider of payments."""
RETRY_S = 0.3

Answer = TypeVar("Answer", bound=Message)


class UnexpectedRefusalError(Exception):
    """The ledger refused for a reason that cannot come from a person: a bug of ours."""


class LedgerClient:
    """Every method raises `NoAnswerError` when the outcome is unknown after a few attempts."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus

    async def open_account(
        self, account: str, terms_version: str, correlation_id: Token
    ) -> Done | Refusal:
        command = OpenAccount(
            account=account, terms_version=terms_version, correlation_id=correlation_id
        )
        return await self._command(topology.OPEN_ACCOUNT, command)

    async def deduct(self, command: Deduct) -> Done | Refusal:
        return await self._command(topology.DEDUCT, command)

    async def cancel(self, account: str, job_id: UUID, not_after: datetime) -> Done | Refusal:
        command = Cancel(
            account=account, job_id=job_id, correlation_id=str(job_id), not_after=not_after
        )
        return await self._command(topology.CANCEL, command)

    async def deliver(
        self, account: str, job_id: UUID, outcome: DeliveryOutcome, file_digest: str | None
    ) -> Done | Refusal:
        command = Deliver(
            account=account,
            job_id=job_id,
            correlation_id=str(job_id),
            outcome=outcome,
            file_digest=file_digest,
        )
        return await self._command(topology.DELIVER, command)

    async def terms(self) -> Terms | Refusal:
        return await self._ask(topology.TERMS, GetTerms(), Terms)

    async def balance(self, account: str, min_position: int = 0) -> Balance | Refusal:
        query = GetBalance(account=account, min_position=min_position)
        return await self._ask(topology.BALANCE, query, Balance)

    async def history(
        self, account: str, limit: int, before_position: int | None = None
    ) -> History | Refusal:
        query = GetHistory(account=account, limit=limit, before_position=before_position)
        return await self._ask(topology.HISTORY, query, History)

    async def job(self, account: str, job_id: UUID, min_position: int = 0) -> Job | Refusal:
        query = GetJob(account=account, job_id=job_id, min_position=min_position)
        return await self._ask(topology.JOB, query, Job)

    async def undelivered(self) -> Jobs | Refusal:
        return await self._ask(topology.UNDELIVERED, GetUndelivered(), Jobs)

    async def late(self, older_s: float) -> Jobs | Refusal:
        return await self._ask(topology.LATE, GetLate(older_s=older_s), Jobs)

    async def plans(self, account: str) -> Plans | Refusal:
        return await self._ask(topology.PLANS, GetPlans(account=account), Plans)

    async def buy(self, command: Buy) -> Payment | Refusal:
        return await self._ask(topology.BUY, command, Payment, PROVIDER_WAIT_S)

    async def check_payment(self, account: str, order_id: UUID) -> Payment | Refusal:
        """Have the provider asked, as far as it was not asked a moment ago."""
        command = CheckPayment(account=account, order_id=order_id, correlation_id=order_id.hex)
        return await self._ask(topology.CHECK_PAYMENT, command, Payment, PROVIDER_WAIT_S)

    async def payment(self, account: str, order_id: UUID) -> Payment | Refusal:
        query = GetPayment(account=account, order_id=order_id)
        return await self._ask(topology.PAYMENT, query, Payment)

    async def report_stars(self, command: ReportStars) -> Payment | Refusal:
        return await self._ask(topology.REPORT_STARS, command, Payment)

    async def report_stars_refund(self, command: ReportStarsRefund) -> Message | Refusal:
        """Any answer that is no refusal says that the ledger knows of it."""
        return await self._ask(topology.REPORT_STARS_REFUND, command, Message)

    async def _command(self, endpoint: Endpoint, command: LedgerCommand) -> Done | Refusal:
        return await self._ask(endpoint, command, Done)

    async def _ask(
        self,
        endpoint: Endpoint,
        body: Message,
        answer: type[Answer],
        wait_s: float = ATTEMPT_WAIT_S,
    ) -> Answer | Refusal:
        """Ask with the same keys until there is an answer, again when the ledger is overloaded."""
        for attempt in range(ATTEMPTS_MAX):
            try:
                reply = await ask(self._bus, endpoint, body, answer, wait_s)
            except NoAnswerError:
                if attempt == ATTEMPTS_MAX - 1:
                    raise
            else:
                if not isinstance(reply, Refusal) or reply.code is not RefusalCode.OVERLOADED:
                    return reply
            await asyncio.sleep(RETRY_S)
        raise NoAnswerError(f"{endpoint.name}: the ledger is busy")
