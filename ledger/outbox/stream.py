"""The LEDGER stream on NATS, as the outbox publishes to it."""

from collections.abc import Mapping, Sequence

from contracts.bus import Bus, Outgoing, SequenceMovedError, publish_in_order, tail_of
from contracts.topology import LEDGER, REFILL_HEADER, ledger_event
from ledger.codec import kind_of
from ledger.log import Recorded
from ledger.outbox.leading import StreamMovedError
from ledger.outbox.standing import Mark, StreamState
from ledger.translate import to_fact

LOG_HEADER = "Ledger-Log"
POSITION_HEADER = "Ledger-Position"
HASH_HEADER = "Ledger-Hash"


class NatsPublisher:
    def __init__(self, bus: Bus) -> None:
        self._bus = bus

    async def state(self) -> StreamState:
        tail = await tail_of(self._bus, LEDGER)
        return StreamState(
            created_at=tail.created_at,
            sequence=tail.sequence,
            first_sequence=tail.first_sequence,
            missing=tail.missing,
            is_full=tail.is_full,
            first=_mark_in(tail.first_headers) if tail.messages else None,
            last=_mark_in(tail.headers) if tail.messages else None,
        )

    async def publish(
        self, batch: Sequence[Recorded], *, log_id: str, after: int, refill_until: int
    ) -> int:
        messages = [
            _message_of(one, log_id, sequence, refill_until)
            for sequence, one in enumerate(batch, start=after + 1)
        ]
        try:
            return await publish_in_order(self._bus, messages, after=after)
        except SequenceMovedError as error:
            raise StreamMovedError(str(error)) from error


def _message_of(one: Recorded, log_id: str, sequence: int, refill_until: int) -> Outgoing:
    message_id = f"{one.position}-{one.hash.hex()}"
    headers = {
        LOG_HEADER: log_id,
        POSITION_HEADER: str(one.position),
        HASH_HEADER: one.hash.hex(),
    }
    if one.position <= refill_until:
        headers[REFILL_HEADER] = str(refill_until)
        # The stream may still remember the first time, and must not take this for its repetition.
        message_id = f"{message_id}-{sequence}"
    return Outgoing(
        subject=ledger_event(kind_of(one.event), one.event.originator_id),
        body=to_fact(one),
        message_id=message_id,
        headers=headers,
    )


def _mark_in(headers: Mapping[str, str]) -> Mark:
    digest = headers.get(HASH_HEADER)
    return Mark(
        log_id=headers.get(LOG_HEADER, "unknown"),
        position=int(headers.get(POSITION_HEADER, 0)),
        hash=bytes.fromhex(digest) if digest else None,
    )
