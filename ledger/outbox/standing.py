"""How far the LEDGER stream has come: what it says of itself, and what the outbox makes of it."""

from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace


class Mark(Struct, frozen=True, kw_only=True):
    """What a message on the stream says of its event."""

    log_id: str
    position: int
    hash: bytes | None
    """None on a message of the time before events had hashes."""


class StreamState(Struct, frozen=True, kw_only=True):
    """What the stream says of itself; without messages it has neither a first nor a last."""

    created_at: datetime
    sequence: int
    """The last that was given out."""
    first_sequence: int
    missing: int
    """How many messages are gone from in between."""
    is_full: bool
    """Whether it drops old messages to make room."""
    first: Mark | None = None
    last: Mark | None = None


class Standing(Struct, frozen=True, kw_only=True):
    """Where the leader stands: the stream as it was seen or left, and what comes next."""

    stream: StreamState
    intact_from: int
    """From this sequence on the stream holds, or will hold, all that somebody may wait for."""
    position: int
    """Of the last event that needs no publishing."""
    hash: bytes | None
    refill_until: int
    """Events up to this position may have been published before."""

    @property
    def is_refill(self) -> bool:
        return self.position < self.refill_until

    def after(self, sequence: int, position: int, digest: bytes) -> "Standing":
        """Return where we stand after a batch was stored."""
        return replace(
            self, stream=replace(self.stream, sequence=sequence), position=position, hash=digest
        )

    def is_left_as(self, seen: StreamState) -> bool:
        """Whether nobody else has touched the stream since we looked or wrote."""
        ours = self.stream
        return (ours.created_at, ours.sequence, ours.missing) == (
            seen.created_at,
            seen.sequence,
            seen.missing,
        ) and seen.first_sequence <= max(self.intact_from, ours.first_sequence)
