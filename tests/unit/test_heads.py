"""Signed heads: what a signature covers, and what the file keeps through a crash."""

import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from msgspec.structs import replace
from nacl.signing import SigningKey

from ledger.heads import Head, is_signed_by, sign
from ledger.heads.file import (
    LINE_BYTES_MAX,
    HeadsError,
    HeadsFile,
    newest_head,
    open_heads,
    read_heads,
)
from ledger.heads.key import KeyFileError, make_key, public_half, read_key
from tests.chained_rows import some_hash

KEY = SigningKey(bytes(range(32)))
OTHER_KEY = SigningKey(bytes(32))
LOG_ID = UUID(int=7)
SIGNED_AT = datetime(2026, 11, 3, 12, 0, 0, 123456, tzinfo=UTC)


def head_of(position: int) -> Head:
    return sign(
        KEY,
        log_id=LOG_ID,
        position=position,
        event_hash=some_hash(str(position)),
        signed_at=SIGNED_AT,
    )


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "heads.jsonl"


def write(file: Path, *positions: int) -> None:
    with open_heads(file) as heads:
        for position in positions:
            heads.append(head_of(position))


@pytest.mark.parametrize(
    ("field", "other"),
    [
        ("log_id", UUID(int=8)),
        ("position", 2),
        ("hash", some_hash("other").hex()),
        ("signed_at", SIGNED_AT + timedelta(microseconds=1)),
        ("signature", "00" * 64),
        ("key", public_half(OTHER_KEY)),
    ],
)
def test_a_signature_covers_every_field(field: str, other: object):
    head = head_of(1)
    assert is_signed_by(head, public_half(KEY))
    assert set(Head.__struct_fields__) == {
        *("log_id", "position", "hash", "signed_at", "signature", "key")
    }
    forged = replace(head, **{field: other})
    assert not is_signed_by(forged, public_half(KEY))
    assert not is_signed_by(forged, public_half(OTHER_KEY))


def test_a_head_of_another_key_is_not_ours():
    assert not is_signed_by(head_of(1), public_half(OTHER_KEY))


def test_heads_are_read_as_they_were_signed(file: Path):
    write(file, 1, 5)
    write(file, 9)
    assert list(read_heads(file)) == [head_of(1), head_of(5), head_of(9)]
    assert newest_head(file) == head_of(9)
    assert is_signed_by(head_of(9), public_half(KEY))


def test_a_file_that_is_missing_or_empty_has_no_head(file: Path):
    assert newest_head(file) is None
    write(file)
    assert newest_head(file) is None
    assert list(read_heads(file)) == []


@pytest.mark.parametrize("kept", [1, 20, 200, -1])
@pytest.mark.parametrize("before", [(), (1,), (1, 5)])
def test_a_line_that_a_crash_cut_short_does_not_count(
    file: Path, before: tuple[int, ...], kept: int
):
    write(file, *before, 9)
    text = file.read_bytes()
    lines = text.splitlines(keepends=True)
    file.write_bytes(b"".join(lines[:-1]) + lines[-1][:kept])
    newest = head_of(before[-1]) if before else None
    assert newest_head(file) == newest
    assert list(read_heads(file)) == [head_of(position) for position in before]
    with open_heads(file) as heads:
        assert heads.newest == newest
        heads.append(head_of(9))
    assert file.read_bytes() == text


def test_zeros_that_a_power_failure_left_do_not_count(file: Path):
    write(file, 1)
    whole = file.read_bytes()
    file.write_bytes(whole + bytes(100))
    assert newest_head(file) == head_of(1)
    write(file, 5)
    assert list(read_heads(file)) == [head_of(1), head_of(5)]


@pytest.mark.parametrize(
    "content", [b"a key of somebody", b"{}\n", b"x" * 5000, b'{"log_id":1}\nx', b"\xff\n"]
)
def test_a_file_of_something_else_is_left_alone(file: Path, content: bytes):
    file.write_bytes(content)
    with pytest.raises(HeadsError, match=r"heads\.jsonl"), open_heads(file):
        pass
    assert file.read_bytes() == content


def test_a_line_without_end_is_not_read_into_memory(file: Path):
    write(file, 1)
    with file.open("ab") as tail:
        tail.write(b"x" * (3 * LINE_BYTES_MAX))
    with pytest.raises(HeadsError):
        newest_head(file)
    with pytest.raises(HeadsError):
        list(read_heads(file))


def test_a_second_signer_is_kept_out_of_the_file(file: Path):
    with open_heads(file):
        with pytest.raises(HeadsError, match="another signer"), open_heads(file):
            pass
        assert newest_head(file) is None
    write(file, 1)


def test_a_disk_without_room_is_said_and_leaves_the_last_head(file: Path):
    write(file, 1)
    with Path("/dev/full").open("rb+", buffering=0) as full:
        heads = HeadsFile(file, full.fileno(), head_of(1))
        with pytest.raises(HeadsError, match="No space left"):
            heads.append(head_of(2))
    assert heads.newest == head_of(1)


def test_a_key_is_made_once_for_its_owner_alone(tmp_path: Path):
    path = tmp_path / "key"
    public = make_key(path)
    assert public_half(read_key(path)) == public
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(KeyFileError, match="exists"):
        make_key(path)
    assert public_half(read_key(path)) == public


@pytest.mark.parametrize("content", [b"", b"00" * 31, b"zz" * 32, b"\xff" * 32])
def test_a_file_without_a_key_is_named_and_its_content_is_not(tmp_path: Path, content: bytes):
    path = tmp_path / "key"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(KeyFileError, match="key does not hold") as refused:
        read_key(path)
    assert refused.value.__cause__ is None
    assert "zz" not in str(refused.value)


def test_a_key_that_others_may_read_is_not_used(tmp_path: Path):
    path = tmp_path / "key"
    make_key(path)
    path.chmod(0o640)
    with pytest.raises(KeyFileError, match="chmod 600"):
        read_key(path)
