"""The hash chain in Python: the canonical form of a row, and a reader of rows in that form.

The form is PostgreSQL's binary row format, so a row that comes by `COPY ... BINARY` is hashed as
the bytes that came. `ledger.event_form` is the same in SQL; nothing here needs a connection.
"""

import hashlib
import struct
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

from msgspec import Struct

HASHED_COLUMNS = """
    notification_id, originator_version, recorded_at, amount, balance_after, debt_change,
    debt_after, originator_id, topic, state, kind, key, actor, correlation_id, job_id, closes_job,
    order_id, closes_refund
"""
"""In the order of the canonical form."""
ROW_COLUMNS = f"{HASHED_COLUMNS.rstrip()}, hash\n"
"""What a `COPY` must name, and nothing else, for `RowReader` or with `row_of`."""

COPY_HEADER = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
COPY_TRAILER = b"\xff\xff"
ROW_BYTES_MAX = 16 * 1024 * 1024

_FIELDS = 19
_COUNT = struct.pack(">h", _FIELDS)
_HASH_LENGTH = struct.pack(">i", 32)
_NULL = struct.pack(">i", -1)
_LENGTH = struct.Struct(">i")
_NUMBERS = struct.Struct(">" + "iq" * 7)
_EIGHTS = (8,) * 7
_POSTGRES_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Row(Struct, frozen=True, gc=False):
    """One row of `ledger.events` as it was read: a text is its UTF-8, a UUID its 16 bytes."""

    position: int
    version: int
    recorded_at: int
    """As PostgreSQL counts; see `moment_of`."""
    amount: int
    balance_after: int
    debt_change: int
    debt_after: int
    originator_id: bytes
    topic: bytes
    state: bytes
    kind: bytes
    key: bytes
    actor: bytes
    correlation_id: bytes
    job_id: bytes | None
    closes_job: bytes | None
    order_id: bytes | None
    closes_refund: bytes | None
    hash: bytes
    form: bytes
    """What the hash covers beside the previous hash."""


class UnreadableStreamError(Exception):
    """The bytes are not rows of `ROW_COLUMNS` as `COPY ... BINARY` writes them."""


def genesis_of(log_id: UUID) -> bytes:
    """Return what the first event's hash follows: a chain belongs to its log."""
    return hashlib.sha256(log_id.bytes).digest()


def next_hash(previous: bytes, form: bytes) -> bytes:
    return hashlib.sha256(previous + form).digest()


def form_of(  # noqa: PLR0913 - a row has as many columns
    *,
    position: int,
    version: int,
    recorded_at: int,
    amount: int,
    balance_after: int,
    debt_change: int,
    debt_after: int,
    originator_id: str,
    topic: str,
    state: bytes,
    kind: str,
    key: str,
    actor: str,
    correlation_id: str,
    job_id: UUID | None,
    closes_job: UUID | None,
    order_id: UUID | None,
    closes_refund: str | None,
) -> bytes:
    """Return the canonical form; `recorded_at` is a `stamp_of`."""
    numbers = _NUMBERS.pack(
        *(8, position, 8, version, 8, recorded_at, 8, amount),
        *(8, balance_after, 8, debt_change, 8, debt_after),
    )
    texts = (originator_id.encode(), topic.encode(), state, kind.encode(), key.encode())
    origin = (actor.encode(), correlation_id.encode())
    ids = [None if one is None else one.bytes for one in (job_id, closes_job, order_id)]
    refund = None if closes_refund is None else closes_refund.encode()
    return numbers + b"".join(
        _NULL if value is None else _LENGTH.pack(len(value)) + value
        for value in (*texts, *origin, *ids, refund)
    )


def row_of(form: bytes, row_hash: bytes) -> bytes:
    """Return the row as a binary `COPY` takes it, between `COPY_HEADER` and `COPY_TRAILER`."""
    return _COUNT + form + _HASH_LENGTH + row_hash


def stamp_of(moment: datetime) -> int:
    return (moment - _POSTGRES_EPOCH) // _MICROSECOND


def moment_of(stamp: int) -> datetime:
    """Raises `OverflowError` for a time that only PostgreSQL can express."""
    return _POSTGRES_EPOCH + timedelta(microseconds=stamp)


class RowReader:
    """Takes a binary `COPY` stream in pieces of any size; holds at most one unfinished row."""

    def __init__(self) -> None:
        self._rest = b""
        self._has_started = False
        self._has_ended = False

    @property
    def is_complete(self) -> bool:
        """Whether the stream has come to its end."""
        return self._has_ended and not self._rest

    def feed(self, piece: bytes) -> Iterator[Row]:
        """Yield the rows that are whole now. Raises `UnreadableStreamError`.

        Within the `output` of asyncpg's `copy_from_query` catch it: asyncpg may hang on an error.
        """
        data = self._rest + piece if self._rest else piece
        start = 0
        if not self._has_started:
            if len(data) < len(COPY_HEADER):
                self._rest = data
                return
            if not data.startswith(COPY_HEADER):
                raise UnreadableStreamError("it does not begin as a binary COPY")
            self._has_started = True
            start = len(COPY_HEADER)
        yield from self._rows(data, start)

    def _rows(self, data: bytes, start: int) -> Iterator[Row]:
        # The hot loop of whoever reads the whole log: names are looked up once.
        end = len(data)
        unpack_numbers, unpack_length = _NUMBERS.unpack_from, _LENGTH.unpack_from
        first, others = 2 + _NUMBERS.size, range(_FIELDS - 8)
        while start < end and data[start : start + 2] == _COUNT:
            values: list[bytes | None] = []
            try:
                numbers = unpack_numbers(data, start + 2)
                at = start + first
                for _ in others:
                    (length,) = unpack_length(data, at)
                    at += 4
                    if length < 0:
                        values.append(None)
                    else:
                        values.append(data[at : at + length])
                        at += length
                (length,) = unpack_length(data, at)
            except struct.error:
                break
            if at + 4 + length > end:
                break
            if numbers[::2] != _EIGHTS or length < 0:
                raise UnreadableStreamError(f"a row lacks a value: {numbers}")
            form = data[start + 2 : at]
            start = at + 4 + length
            yield Row(*numbers[1::2], *values, data[at + 4 : start], form)  # pyright: ignore[reportArgumentType, reportCallIssue] - columns that may not be null are not
        self._keep(data[start:])

    def _keep(self, rest: bytes) -> None:
        """Set aside the beginning of the next row, or notice the end."""
        if rest == COPY_TRAILER:
            self._has_ended = True
            rest = b""
        elif rest[:2] not in (b"", _COUNT[:1], COPY_TRAILER[:1], _COUNT):
            raise UnreadableStreamError(f"{len(rest)} bytes are not a row")
        elif len(rest) > ROW_BYTES_MAX:
            raise UnreadableStreamError(f"a row has more than {ROW_BYTES_MAX} bytes")
        self._rest = rest
