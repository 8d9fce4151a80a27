"""The canonical form in Python, and the reader of binary COPY streams."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from ledger.chain import (
    COPY_HEADER,
    COPY_TRAILER,
    ROW_BYTES_MAX,
    Row,
    RowReader,
    UnreadableStreamError,
    form_of,
    moment_of,
    next_hash,
    row_of,
    stamp_of,
)

MOMENT = datetime(2026, 11, 3, 12, 0, 0, 123456, tzinfo=UTC)


def a_form(position: int, *, job: UUID | None = None, refund: str | None = None) -> bytes:
    return form_of(
        position=position,
        version=2,
        recorded_at=stamp_of(MOMENT),
        amount=3,
        balance_after=4,
        debt_change=-5,
        debt_after=6,
        originator_id="tg:1",
        topic="refunded.v2",
        state='{"о":1}'.encode(),
        kind="refunded",
        key=f"closed:{position}",
        actor="bot",
        correlation_id="",
        job_id=job,
        closes_job=job,
        order_id=None,
        closes_refund=refund,
    )


FORMS = [a_form(1), a_form(2, job=UUID(int=9)), a_form(3, refund="возврат")]
HASHES = [next_hash(bytes(32), form) for form in FORMS]
STREAM = COPY_HEADER + b"".join(map(row_of, FORMS, HASHES)) + COPY_TRAILER


def read(stream: bytes, size: int) -> tuple[list[Row], RowReader]:
    reader = RowReader()
    pieces = [stream[at : at + size] for at in range(0, len(stream), size)]
    return [row for piece in pieces for row in reader.feed(piece)], reader


@pytest.mark.parametrize("size", [*range(1, 40), 100, 333, len(STREAM)])
def test_rows_are_the_same_however_the_stream_is_cut(size: int):
    rows, reader = read(STREAM, size)
    assert [row.form for row in rows] == FORMS
    assert [row.hash for row in rows] == HASHES
    assert reader.is_complete


def test_a_row_has_each_value_in_its_place():
    [_, row, third], _ = read(STREAM, 1000)
    assert row == Row(
        position=2,
        version=2,
        recorded_at=stamp_of(MOMENT),
        amount=3,
        balance_after=4,
        debt_change=-5,
        debt_after=6,
        originator_id=b"tg:1",
        topic=b"refunded.v2",
        state='{"о":1}'.encode(),
        kind=b"refunded",
        key=b"closed:2",
        actor=b"bot",
        correlation_id=b"",
        job_id=UUID(int=9).bytes,
        closes_job=UUID(int=9).bytes,
        order_id=None,
        closes_refund=None,
        hash=HASHES[1],
        form=FORMS[1],
    )
    assert third.closes_refund == "возврат".encode()
    assert moment_of(row.recorded_at) == MOMENT


def test_a_stream_that_stops_early_is_not_complete():
    for end in (0, 5, len(COPY_HEADER), len(STREAM) - 2, len(STREAM) - 1):
        assert not read(STREAM[:end] or b"", 64)[1].is_complete


@pytest.mark.parametrize(
    "stream",
    [
        b"not a copy, but long enough for a header",
        COPY_HEADER + b"\x00\x05" + bytes(200),
        STREAM + b"more",
        COPY_HEADER + row_of(b"\xff\xff\xff\xff" + FORMS[0][4:], HASHES[0]) + COPY_TRAILER,
    ],
)
def test_what_is_no_stream_of_rows_is_refused(stream: bytes):
    with pytest.raises(UnreadableStreamError):
        read(stream, 1000)


def test_a_row_of_any_length_is_not_collected_for_ever():
    reader = RowReader()
    endless = COPY_HEADER + row_of(FORMS[0], HASHES[0])[:-36] + b"\x7f\xff\xff\xff"
    half = bytes(ROW_BYTES_MAX // 2)
    assert not [*reader.feed(endless + half)]
    with pytest.raises(UnreadableStreamError, match="more than"):
        list(reader.feed(half))


def test_every_part_of_a_row_changes_its_form():
    assert len({a_form(1), a_form(2), a_form(1, job=UUID(int=1)), a_form(1, refund="")}) == 4
