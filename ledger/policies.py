"""What the ledger does about a fact of videogen: ready is settled, failed is refunded."""

import structlog

from contracts.bus import Delivery, UnprocessableMessageError
from contracts.messages import VideoFailed, VideogenFact, VideoReady
from ledger.domain.commands import AccountCommand, Refund, Settle
from ledger.domain.refusals import DeductionClosed, LedgerRefusal, Overloaded
from ledger.log import Origin
from ledger.service import Ledger

log = structlog.get_logger()


class Policies:
    """Handles each fact of the `ledger-outcomes` consumer."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    async def __call__(self, delivery: Delivery) -> None:
        """Raises `UnprocessableMessageError` for a fact that contradicts the log.

        Raises `Overloaded` for one that has to come again.
        """
        fact, command = _command_for(delivery)
        origin = Origin(actor="videogen", correlation_id=str(fact.job_id))
        try:
            outcome = await self._ledger.execute(command, origin)
        except DeductionClosed:
            # Usual after a deadline: the credit went back, and it stays there.
            log.info("outcome came after the end of its job", job_id=str(fact.job_id))
        except Overloaded:
            raise  # which says nothing about the fact
        except LedgerRefusal as refusal:
            raise UnprocessableMessageError(f"refused: {refusal}") from refusal
        else:
            log.info(
                "outcome recorded",
                job_id=str(fact.job_id),
                outcome=delivery.name,
                position=outcome.recorded[-1].position,
                repeat=outcome.repeat,
            )


def _command_for(delivery: Delivery) -> tuple[VideogenFact, AccountCommand]:
    match delivery.name:
        case "video_ready":
            ready = delivery.parse(VideoReady)
            return ready, Settle(
                account_id=ready.account, job_id=ready.job_id, video_digest=ready.video_digest
            )
        case "video_failed":
            failed = delivery.parse(VideoFailed)
            return failed, Refund(
                account_id=failed.account, job_id=failed.job_id, reason=failed.reason
            )
        case name:
            raise UnprocessableMessageError(f"no policy for {name}")
