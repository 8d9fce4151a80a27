"""The LEDGER stream on NATS, as the outbox publishes to it."""

from contracts.bus import Bus, SequenceMovedError, tail_of
from contracts.topology import LEDGER, ledger_event
from ledger.codec import kind_of
from ledger.log import Recorded
from ledger.outbox import StreamMovedError, StreamState
from ledger.translate import to_fact

LOG_HEADER = "Ledger-Log"
POSITION_HEADER = "Ledger-Position"
REFILL_HEADER = "Ledger-Refill"


class NatsPublisher:
    def __init__(self, bus: Bus) -> None:
        self._bus = bus

    async def state(self) -> StreamState:
        tail = await tail_of(self._bus, LEDGER)
        return StreamState(
            created_at=tail.created_at,
            sequence=tail.sequence,
            log_id=tail.headers.get(LOG_HEADER),
            position=int(tail.headers.get(POSITION_HEADER, 0)),
        )

    async def publish(self, one: Recorded, *, log_id: str, after: int, refill: bool) -> int:
        headers = {LOG_HEADER: log_id, POSITION_HEADER: str(one.position)}
        if refill:
            headers[REFILL_HEADER] = "1"
        try:
            return await self._bus.publish(
                ledger_event(kind_of(one.event), one.event.originator_id),
                to_fact(one),
                message_id=f"{one.position}-{log_id}",
                headers=headers,
                after=after,
            )
        except SequenceMovedError as error:
            raise StreamMovedError(str(error)) from error
