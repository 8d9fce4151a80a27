"""Commands as they arrive over NATS, and how they are answered."""

from collections.abc import Sequence
from typing import Any

from contracts import topology
from contracts.bus import Route
from contracts.messages import (
    Cancel,
    Deduct,
    Deliver,
    LedgerCommand,
    Message,
    OpenAccount,
    Start,
    TopUp,
)
from ledger.domain.refusals import LedgerRefusal
from ledger.granting import ChatGrants
from ledger.service import Ledger
from ledger.translate import origin_of, to_command, to_done, to_refusal


def command_routes(ledger: Ledger, grants: ChatGrants | None = None) -> Sequence[Route[Any]]:
    """Without `grants` nothing limits what may be granted."""

    async def answer(message: LedgerCommand) -> Message:
        try:
            outcome = await ledger.execute(to_command(message), origin_of(message))
        except LedgerRefusal as refusal:
            return to_refusal(refusal)
        return to_done(message.account, outcome)

    async def answer_grant(message: TopUp) -> Message:
        try:
            if grants is not None:
                await grants.note(message)
        except LedgerRefusal as refusal:
            return to_refusal(refusal)
        return await answer(message)

    return [
        Route(topology.OPEN_ACCOUNT, OpenAccount, answer),
        Route(topology.TOP_UP, TopUp, answer_grant),
        Route(topology.DEDUCT, Deduct, answer),
        Route(topology.START, Start, answer),
        Route(topology.CANCEL, Cancel, answer),
        Route(topology.DELIVER, Deliver, answer),
    ]
